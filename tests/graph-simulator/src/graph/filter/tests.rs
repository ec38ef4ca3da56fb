//! What parses, what does not, and what it selects.

use serde_json::{Value, json};

use super::Filter;
use crate::sign_ins::{Entry, SignInKind};

fn entry(created: i64, kind: SignInKind) -> Entry {
    Entry { created, appears: created, seq: 0, kind, digits: 0 }
}

fn selects(filter: &str, entry: &Entry, record: &Value) -> bool {
    Filter::parse(filter).unwrap_or_else(|_| panic!("{filter}")).matches(entry, &mut || record.clone())
}

/// Scenario: comparisons with an instant of which the entry is exactly at, before or after.
/// Guarantees: each operator means what OData says, to the fraction of a second, with any offset.
#[test]
fn instants_compare_exactly() {
    let second = |at: i64| entry(at, SignInKind::InteractiveUser);
    for (operator, before, at, after) in [
        ("eq", false, true, false),
        ("ge", false, true, true),
        ("gt", false, false, true),
        ("le", true, true, false),
        ("lt", true, false, false),
    ] {
        for instant in
            ["1970-01-01T00:00:01.5Z", "1970-01-01T00:00:01.5000000Z", "1970-01-01T01:00:01.5+01:00"]
        {
            let filter = format!("createdDateTime {operator} {instant}");
            let got = [1_499_999_900, 1_500_000_000, 1_500_000_100]
                .map(|at| selects(&filter, &second(at), &Value::Null));
            assert_eq!(got, [before, at, after], "{filter}");
        }
    }
}

/// Scenario: the lambda over kinds in the spellings that collectors use.
/// Guarantees: each selects the kinds it names; `and` binds tighter than `or`; parentheses group.
#[test]
fn kinds_are_selected() {
    use SignInKind::{
        InteractiveUser as I, ManagedIdentity as M, NonInteractiveUser as N, ServicePrincipal as S,
    };
    for (filter, expected) in [
        ("signInEventTypes/any(t: t eq 'interactiveUser')", vec![I]),
        ("signInEventTypes/any(t:t eq 'interactiveUser' or t eq 'nonInteractiveUser')", vec![I, N]),
        ("signInEventTypes/any(t: t ne 'interactiveUser')", vec![N, S, M]),
        ("signInEventTypes/any( x : ( x eq 'servicePrincipal' ) or x eq 'managedIdentity' )", vec![S, M]),
        ("signInEventTypes/any(t: t eq 'x' or t ne 'x' and t eq 'managedIdentity')", vec![M]),
        (
            "signInEventTypes/any(t: t eq 'servicePrincipal') or signInEventTypes/any(t: t eq 'interactiveUser')",
            vec![I, S],
        ),
        (
            "(createdDateTime ge 1970-01-01T00:00:00Z and signInEventTypes/any(t: t ne 'x')) and (isInteractive eq true)",
            vec![],
        ),
    ] {
        let got: Vec<_> = SignInKind::ALL
            .into_iter()
            .filter(|kind| selects(filter, &entry(0, *kind), &Value::Null))
            .collect();
        assert_eq!(got, expected, "{filter}");
        assert!(Filter::parse(filter).is_ok_and(|filter| filter.names_kinds()));
    }
}

/// Scenario: comparisons of properties.
/// Guarantees: strings compare without letter case, numbers and nested members by value, quotes double.
#[test]
fn properties_compare() {
    let record = json!({"userPrincipalName": "adele@contoso.example", "status": {"errorCode": 50126}, "userDisplayName": "O'Brien"});
    let entry = entry(0, SignInKind::InteractiveUser);
    for (filter, expected) in [
        ("userPrincipalName eq 'Adele@contoso.example'", true),
        ("userPrincipalName ne 'adele@contoso.example'", false),
        ("startswith(userPrincipalName,'ADELE@')", true),
        ("startsWith(userPrincipalName, 'bob')", false),
        ("status/errorCode eq 50126", true),
        ("status/errorCode ne 0", true),
        ("userDisplayName eq 'O''Brien'", true),
        ("ipAddress eq null", true),
    ] {
        assert_eq!(selects(filter, &entry, &record), expected, "{filter}");
    }
}

/// Scenario: texts that are no filter of this resource.
/// Guarantees: none is taken for one.
#[test]
fn nonsense_is_refused() {
    for text in [
        "",
        "and",
        "createdDateTime",
        "createdDateTime ge",
        "createdDateTime ge '2026-01-01T00:00:00Z'",
        "createdDateTime ge yesterday",
        "createdDateTime ge 2026-01-01T00:00:00",
        "createdDateTime ne 2026-01-01T00:00:00Z",
        "createdDateTime ge 2026-01-01T00:00:00Z and",
        "createdDateTime ge 2026-01-01T00:00:00Z createdDateTime le 2026-01-01T00:00:00Z",
        "(createdDateTime ge 2026-01-01T00:00:00Z",
        "createdDateTime ge 2026-01-01T00:00:00Z)",
        "createdDateTime ge 2026-01-01T00:00:00 00:00",
        "signInEventTypes/any(t: x eq 'interactiveUser')",
        "signInEventTypes/any(t: t eq interactiveUser)",
        "signInEventTypes eq 'interactiveUser'",
        "startswith(userPrincipalName)",
        "userPrincipalName eq 'open",
        "userPrincipalName gt 'a'",
        "sessionId eq 'x'",
        "appId eq \"x\"",
    ] {
        assert!(Filter::parse(text).is_err(), "{text}");
    }
}

/// Scenario: the range that a filter can match.
/// Guarantees: `and` narrows it, `or` widens it, and the oldest bound is found wherever it stands.
#[test]
fn ranges_and_bounds() {
    let parse = |text: &str| Filter::parse(text).unwrap_or_else(|_| panic!("{text}"));
    let [one, two, three] = ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z"];
    let s = 1_000_000_000;
    let narrow = parse(&format!("createdDateTime ge {one} and createdDateTime lt {three}"));
    assert_eq!((narrow.range(), narrow.oldest_bound()), ((s, 3 * s), Some(s)));
    let wide = parse(&format!("createdDateTime eq {three} or (createdDateTime eq {two} and appId eq 'x')"));
    assert_eq!((wide.range(), wide.oldest_bound()), ((2 * s, 3 * s), Some(2 * s)));
    let open = parse(&format!("createdDateTime le {two}"));
    assert_eq!((open.range(), open.oldest_bound()), ((i64::MIN, 2 * s), None));
}
