use super::*;

fn query() -> SignInQuery {
    SignInQuery {
        kinds: vec![SignInEventType::ServicePrincipal],
        from: 1_767_323_045,
        to: 1_767_323_104,
        filter: None,
        top: 1_000,
        ids_alone: false,
        count: false,
    }
}

fn url(query: &SignInQuery) -> Url {
    query.url(&"https://graph.example/base/beta/auditLogs/signIns".parse().expect("is a URL"))
}

fn filter(query: &SignInQuery) -> String {
    let url = url(query);
    let (_, filter) = url.query_pairs().find(|(name, _)| name == "$filter").expect("has a filter");
    filter.into_owned()
}

/// Scenario: a query of one kind.
/// Guarantees: the URL to the letter: option names as they are, times unquoted and inclusive, spaces as %20.
#[test]
fn the_url_to_the_letter() {
    let expected = "https://graph.example/base/beta/auditLogs/signIns\
                    ?$filter=createdDateTime%20ge%202026-01-02T03%3A04%3A05Z%20and%20createdDateTime%20le%202026-01-02T03%3A05%3A04Z\
                    %20and%20signInEventTypes%2Fany%28t%3A%20t%20eq%20%27servicePrincipal%27%29\
                    &$orderby=createdDateTime%20asc&$top=1000";
    assert_eq!(url(&query()).as_str(), expected);
}

/// Scenario: two kinds, none, and a configured filter with everything that has a meaning in a query.
/// Guarantees: kinds are or-ed, the filter is and-ed as a whole and arrives as it was written.
#[test]
fn filters_are_joined() {
    let times = "createdDateTime ge 2026-01-02T03:04:05Z and createdDateTime le 2026-01-02T03:05:04Z";
    let both = SignInQuery {
        kinds: vec![SignInEventType::InteractiveUser, SignInEventType::NonInteractiveUser],
        ..query()
    };
    let kinds = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')";
    assert_eq!(filter(&both), format!("{times} and {kinds}"));
    assert_eq!(filter(&SignInQuery { kinds: vec![], ..query() }), times);
    let written = "appDisplayName eq 'R&D #1 + 50%' or userPrincipalName eq 'o''neil@example.com'";
    let extra = SignInQuery { kinds: vec![], filter: Some(format!("  {written} ")), ..query() };
    assert_eq!(filter(&extra), format!("{times} and ({written})"));
    let blank = SignInQuery { kinds: vec![], filter: Some(" ".to_owned()), ..query() };
    assert_eq!(filter(&blank), times);
}

/// Scenario: ids alone are wanted. Guarantee: nothing else is asked for.
#[test]
fn ids_can_be_asked_for_alone() {
    let url = SignInQuery { ids_alone: true, ..query() }.url(&"https://graph.test/beta".parse().unwrap());
    assert!(url.as_str().ends_with("&$select=id,createdDateTime"), "{url}");
}

/// Scenario: only how many there are is asked for. Guarantee: the query says so as OData has it.
#[test]
fn a_count_is_asked_for() {
    let url = SignInQuery { count: true, ..query() }.url(&"https://graph.test/beta".parse().unwrap());
    assert!(url.query().unwrap().ends_with("&$count=true"), "{url}");
}
