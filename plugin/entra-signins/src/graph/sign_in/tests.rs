//! Tests of reading a sign-in record.

use super::{Anomaly, Kind, NotASignIn, SignIn, object};

/// A record with an id, a time and these further properties.
fn record(properties: &str) -> String {
    format!(r#"{{"id":"1","createdDateTime":"2026-03-02T08:15:27Z"{properties}}}"#)
}

/// Scenario: every form in which Graph writes "nothing", in properties of every type.
/// Guarantee: all are absent, and none is an anomaly.
#[test]
fn five_forms_of_nothing() {
    for nothing in ["null", r#""""#, "[]", "{}"] {
        let json = record(&format!(
            r#","appId":{nothing},"signInEventTypes":{nothing},"status":{nothing},"location":{{"city":{nothing}}},
            "deviceDetail":{{"isManaged":{nothing}}},"appliedConditionalAccessPolicies":{nothing}"#
        ));
        let sign_in = SignIn::parse(json.as_bytes()).unwrap();
        let properties = &sign_in.properties;
        assert_eq!(properties.app_id, None, "{nothing}");
        assert!(properties.sign_in_event_types.is_empty(), "{nothing}");
        assert_eq!(properties.status.error_code, None, "{nothing}");
        assert_eq!(properties.location.city, None, "{nothing}");
        assert_eq!(properties.device_detail.is_managed, None, "{nothing}");
        assert!(properties.applied_conditional_access_policies.is_empty(), "{nothing}");
        assert_eq!(sign_in.anomalies(), [], "{nothing}");
    }
}

/// Scenario: properties of unexpected types, at the top, inside objects and inside lists.
/// Guarantee: each is absent and named once with what stood there; everything else of the record is read.
#[test]
fn wrong_types_cost_themselves_alone() {
    let json = record(
        r#","appId":7,"userAgent":2.5,"userId":[1],"signInEventTypes":["interactiveUser",5,null],"userType":"member",
        "status":{"errorCode":"many","failureReason":true},"deviceDetail":"laptop","location":[[]],
        "appliedConditionalAccessPolicies":[{"id":"p","result":{"a":1}},"q",null,{"id":"r"}]"#,
    );
    let sign_in = SignIn::parse(json.as_bytes()).unwrap();
    let properties = &sign_in.properties;
    assert_eq!(properties.app_id, None);
    assert_eq!(properties.sign_in_event_types, ["interactiveUser"]);
    assert_eq!(properties.user_type.as_deref(), Some("member"));
    let ids: Vec<_> =
        properties.applied_conditional_access_policies.iter().map(|p| p.id.as_deref()).collect();
    assert_eq!(ids, [Some("p"), Some("r")]);
    let found = [
        ("appId", Kind::Number),
        ("userAgent", Kind::Number),
        ("userId", Kind::List),
        ("signInEventTypes", Kind::Number),
        ("status.errorCode", Kind::Text),
        ("status.failureReason", Kind::Boolean),
        ("deviceDetail", Kind::Text),
        ("location", Kind::List),
        ("appliedConditionalAccessPolicies.result", Kind::Object),
        ("appliedConditionalAccessPolicies", Kind::Text),
    ];
    assert_eq!(sign_in.anomalies(), found.map(|(property, found)| Anomaly { property, found }));
}

/// Scenario: numbers and booleans as text, a text for a list of one, as exports write them.
/// Guarantee: they count, and are no anomaly.
#[test]
fn sensible_spellings_count() {
    let json = record(
        r#","status":{"errorCode":" 50126 "},"deviceDetail":{"isCompliant":"True","isManaged":"false"},
        "signInEventTypes":"servicePrincipal""#,
    );
    let sign_in = SignIn::parse(json.as_bytes()).unwrap();
    assert_eq!(sign_in.properties.status.error_code, Some(50126));
    assert_eq!(sign_in.properties.device_detail.is_compliant, Some(true));
    assert_eq!(sign_in.properties.device_detail.is_managed, Some(false));
    assert_eq!(sign_in.properties.sign_in_event_types, ["servicePrincipal"]);
    assert_eq!(sign_in.anomalies(), []);
}

/// Scenario: a property and an object twice. Guarantee: the last counts, whole; an absent value takes it back.
#[test]
fn of_repeated_properties_the_last_counts() {
    let json = record(
        r#","id":"2","appId":"a","appId":"b","userId":"u","userId":null,
        "status":{"errorCode":5,"failureReason":"x"},"status":{"errorCode":0}"#,
    );
    let sign_in = SignIn::parse(json.as_bytes()).unwrap();
    assert_eq!(sign_in.id, "2");
    assert_eq!(sign_in.properties.app_id.as_deref(), Some("b"));
    assert_eq!(sign_in.properties.user_id, None);
    assert_eq!(sign_in.properties.status.error_code, Some(0));
    assert_eq!(sign_in.properties.status.failure_reason, None);
}

/// Scenario: a record without escapes. Guarantee: its texts borrow from it, so that reading copies nothing.
#[test]
fn texts_borrow() {
    use std::borrow::Cow;
    let json = record(r#","appId":"a","appDisplayName":"a\"b""#);
    let sign_in = SignIn::parse(json.as_bytes()).unwrap();
    assert!(matches!(sign_in.id, Cow::Borrowed(_)));
    assert!(matches!(sign_in.properties.app_id, Some(Cow::Borrowed(_))));
    assert_eq!(sign_in.properties.app_display_name.as_deref(), Some("a\"b"));
}

/// Scenario: half surrogate pairs, whole ones, invalid UTF-8, raw control characters, a number past every float, in
/// properties that are read and in ones that are not.
/// Guarantee: the record survives; what cannot be kept is replaced or left out.
#[test]
fn broken_details_do_not_cost_the_record() {
    let mut json = record(
        r#","appDisplayName":"a\ud800b\udc00\ud800\ud83d\ude80\\ud800c","status":{"errorCode":1e999,"failureReason":"no"},
        "unknown":[1e999,"\udead"],"userId":"u","userDisplayName":"#,
    )
    .into_bytes();
    json.pop();
    json.extend_from_slice(b"\"x\xff\x01y\"}");
    let sign_in = SignIn::parse(&json).unwrap();
    let properties = &sign_in.properties;
    assert_eq!(properties.app_display_name.as_deref(), Some("a\u{fffd}b\u{fffd}\u{fffd}\u{1f680}\\ud800c"));
    assert_eq!(properties.user_display_name.as_deref(), Some("x\u{fffd} y"));
    assert_eq!(properties.user_id.as_deref(), Some("u"));
    assert_eq!(properties.status.error_code, None);
    assert_eq!(properties.status.failure_reason.as_deref(), Some("no"));
    assert_eq!(sign_in.anomalies(), [Anomaly { property: "status.errorCode", found: Kind::Unreadable }]);
}

/// Scenario: texts that are no sign-in. Guarantee: each is refused for its own reason.
#[test]
fn what_is_no_sign_in_says_why() {
    let time = r#""createdDateTime":"2026-03-02T08:15:27Z""#;
    let cases = [
        ("[]".to_owned(), NotASignIn::NotAnObject),
        ("null".to_owned(), NotASignIn::NotAnObject),
        (String::new(), NotASignIn::NotAnObject),
        ("{}".to_owned(), NotASignIn::NoId),
        (format!(r#"{{"id":"",{time}}}"#), NotASignIn::NoId),
        (format!(r#"{{"id":7,{time}}}"#), NotASignIn::NoId),
        (r#"{"id":"1"}"#.to_owned(), NotASignIn::NoTime),
        (r#"{"id":"1","createdDateTime":"yesterday"}"#.to_owned(), NotASignIn::NoTime),
        (r#"{"id":"1","createdDateTime":"2026-02-30T08:15:27Z"}"#.to_owned(), NotASignIn::NoTime),
        (format!(r#"{{"id":"1",{time}"#), NotASignIn::Broken),
        (format!(r#"{{"id":"1",{time}}} x"#), NotASignIn::Broken),
    ];
    for (json, reason) in cases {
        assert_eq!(SignIn::parse(json.as_bytes()).unwrap_err(), reason, "{json}");
    }
}

/// Scenario: times as Graph, exports and other tools write them.
/// Guarantee: the instant is right, and the text is UTC with exactly the digits that came.
#[test]
fn times_keep_their_fraction() {
    let cases = [
        ("2026-03-02T08:15:27Z", "2026-03-02T08:15:27Z", 0),
        ("2026-03-02T08:15:27.1Z", "2026-03-02T08:15:27.1Z", 100_000_000),
        ("2026-03-02T08:15:27.1200000Z", "2026-03-02T08:15:27.1200000Z", 120_000_000),
        ("2026-03-02T08:15:27.000000000Z", "2026-03-02T08:15:27.000000000Z", 0),
        ("2026-03-02T08:15:27+00:00", "2026-03-02T08:15:27Z", 0),
        ("2026-03-02T10:15:27.6195833+02:00", "2026-03-02T08:15:27.6195833Z", 619_583_300),
        ("2026-03-02 08:15:27.983201900", "2026-03-02T08:15:27.983201900Z", 983_201_900),
        ("2026-03-02t08:15:27z", "2026-03-02T08:15:27Z", 0),
    ];
    for (text, expected, nanosecond) in cases {
        let json = format!(r#"{{"id":"1","createdDateTime":"{text}"}}"#);
        let time = SignIn::parse(json.as_bytes()).unwrap().created_date_time;
        assert_eq!(time.to_utc_text(), expected, "{text}");
        assert_eq!(time.timestamp().as_second(), 1_772_439_327, "{text}");
        assert_eq!(time.timestamp().subsec_nanosecond(), nanosecond, "{text}");
        assert_eq!(
            time.fraction(),
            expected.trim_end_matches('Z').split_once('.').map_or("", |parts| parts.1)
        );
    }
}

/// Scenario: a record with unknown properties, nulls, numbers of all sizes and a repeated name, as an object.
/// Guarantee: everything but null is there, the last of a repeated name; no object or too deep a one is nothing.
#[test]
fn the_whole_record_is_an_object() {
    let json =
        record(r#","later":{"n":[1,-2,2.5,18446744073709551615,null]},"x":1,"x":null,"half":"\ud800""#);
    let expected = serde_json::json!({
        "createdDateTime": "2026-03-02T08:15:27Z",
        "half": "\u{fffd}",
        "id": "1",
        "later": {"n": [1, -2, 2.5, 18_446_744_073_709_551_615.0]},
    });
    assert_eq!(serde_json::to_value(object(json.as_bytes()).unwrap()).unwrap(), expected);
    assert_eq!(object(b"[]"), None);
    assert_eq!(
        object(record(&format!(r#","deep":{}{}"#, "[".repeat(200), "]".repeat(200))).as_bytes()),
        None
    );
}

/// Scenario: nesting deeper than a recursive reader stands, in an unknown property and in a known one.
/// Guarantee: the sign-in is read all the same.
#[test]
fn depth_is_no_danger() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = record(&format!(r#","unknown":{deep},"appId":{deep},"userId":"u""#));
    let sign_in = SignIn::parse(json.as_bytes()).unwrap();
    assert_eq!(sign_in.properties.user_id.as_deref(), Some("u"));
    assert_eq!(sign_in.anomalies(), [Anomaly { property: "appId", found: Kind::List }]);
}
