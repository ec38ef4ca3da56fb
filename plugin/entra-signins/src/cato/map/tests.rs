//! Tests of finding records in files.

use super::{MapInputError, Place, records};
use crate::graph::sign_in::NotASignIn;

/// Places and ids of all records, errors as their text.
fn read(input: &str) -> Vec<Result<(usize, usize, String), String>> {
    let id = |record: super::RecordSlice<'_>| {
        let Place { record: number, line } = record.place;
        record.sign_in().map(|sign_in| (number, line, sign_in.id.into_owned()))
    };
    records(input).map(|record| record.and_then(id).map_err(|error| error.to_string())).collect()
}

fn sign_in(id: &str) -> String {
    format!(r#"{{"id":"{id}","createdDateTime":"2026-03-02T08:15:27Z"}}"#)
}

/// Scenario: the same two records as page, list, lines, batch, envelopes, and all of these in one file.
/// Guarantee: both are found in each form, numbered over the file, with the line that they begin in.
#[test]
fn records_are_found_in_every_form() {
    let (a, b) = (sign_in("a"), sign_in("b"));
    let found = |record, line, id: &str| Ok((record, line, id.to_owned()));
    let page = format!("{{\"@odata.nextLink\":\"x\",\n\"value\":[\n{a},\n{b}]}}");
    assert_eq!(read(&page), [found(1, 3, "a"), found(2, 4, "b")]);
    assert_eq!(read(&format!("\u{feff}[{a},{b}]")), [found(1, 1, "a"), found(2, 1, "b")]);
    assert_eq!(read(&format!("{a}\r\n\r\n{b}\n")), [found(1, 1, "a"), found(2, 3, "b")]);
    assert_eq!(read(&format!(" {a} ")), [found(1, 1, "a")]);
    let batch =
        format!(r#"{{"records":[{{"category":"SignInLogs","properties":{a}}},{{"properties":{b}}}]}}"#);
    assert_eq!(read(&batch), [found(1, 1, "a"), found(2, 1, "b")]);
    assert_eq!(read(&format!("{batch}\n{a}\n[{batch}]")).len(), 5);
    assert_eq!(read(""), []);
    assert_eq!(read(r#"{"value":[]}"#), []);
}

/// Scenario: envelopes of each category whose records do not say their kind, and one that does.
/// Guarantee: the kind comes from the category, in any letter case, and never over what the record says.
#[test]
fn the_category_says_the_kind() {
    let cases = [
        ("SignInLogs", Some("interactiveUser")),
        ("noninteractiveusersigninlogs", Some("nonInteractiveUser")),
        ("ServicePrincipalSignInLogs", Some("servicePrincipal")),
        ("ManagedIdentitySignInLogs", Some("managedIdentity")),
        ("ADFSSignInLogs", Some("interactiveUser")),
        ("SomethingLater", None),
    ];
    for (category, kind) in cases {
        let json = format!(r#"{{"category":"{category}","properties":{}}}"#, sign_in("a"));
        let record = records(&json).next().unwrap().unwrap();
        assert_eq!(record.sign_in().unwrap().properties.sign_in_event_types, kind.as_slice(), "{category}");
    }
    let json = r#"{"category":"SignInLogs","properties":
        {"id":"a","createdDateTime":"2026-03-02T08:15:27Z","signInEventTypes":["managedIdentity"]}}"#;
    let record = records(json).next().unwrap().unwrap();
    assert_eq!(record.sign_in().unwrap().properties.sign_in_event_types, ["managedIdentity"]);
}

/// Scenario: lines of which some are broken, cut off, or no sign-in.
/// Guarantee: each is an error with its place, once, and all records around them are found.
#[test]
fn errors_have_a_place_and_cost_nothing_else() {
    let input = format!(
        "{}\n{{\"id\":}}\n{}\n7\n{{\"id\":\"x\"}}\n{}\n{{\"cut\":",
        sign_in("a"),
        sign_in("b"),
        sign_in("c")
    );
    let found = read(&input);
    let ids: Vec<_> = found.iter().flatten().map(|(_, line, id)| (*line, id.as_str())).collect();
    assert_eq!(ids, [(1, "a"), (3, "b"), (6, "c")]);
    let errors: Vec<_> = found.iter().filter_map(|record| record.as_ref().err()).collect();
    assert_eq!(
        errors,
        [
            "line 2, column 7: not JSON: expected value",
            "record 3, line 4: the record is not an object",
            "record 4, line 5: the record has no usable createdDateTime",
            "line 7, column 7: not JSON: EOF while parsing a value",
        ]
    );
}

/// Scenario: an error that Graph answered, between two records; and objects with an `error` of another form.
/// Guarantee: the first is reported with Graph's own words and its line; the others are records that are none.
#[test]
fn an_error_of_graph_is_told_as_such() {
    let refused =
        r#"{"error":{"code":"Authorization_RequestDenied","message":"No.","innerError":{"date":"x"}}}"#;
    let input = format!("{}\n{refused}\n{}\n{{\"error\":\"no\"}}", sign_in("a"), sign_in("b"));
    let found = read(&input);
    assert_eq!(
        found[1],
        Err("line 2: an error that Graph answered, and no sign-ins: Authorization_RequestDenied: No."
            .to_owned())
    );
    assert_eq!(found[3], Err("record 3, line 4: the record has no id".to_owned()));
    assert_eq!((found[0].is_ok(), found[2].is_ok(), found.len()), (true, true, 4));
}

/// Scenario: a record that is no sign-in. Guarantee: the caller can tell why without reading the text.
#[test]
fn errors_are_typed() {
    let error = records("{}").next().unwrap().unwrap().sign_in().unwrap_err();
    assert!(matches!(error, MapInputError::NotASignIn { reason: NotASignIn::NoId, .. }));
}
