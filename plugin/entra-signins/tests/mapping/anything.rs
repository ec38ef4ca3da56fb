//! Any JSON in any property: the event is never lost.

use bytes::Bytes;
use entra_signins::graph::records_of;
use entra_signins::graph::sign_in::{NotASignIn, SignIn};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::table::assert_fits_table;
use crate::{FIXTURES, connector, event, written};

/// Every property that is read, `id` and `createdDateTime` last, and one that is not.
const PROPERTIES: [&str; 38] = [
    "appDisplayName",
    "appId",
    "appliedConditionalAccessPolicies",
    "authenticationRequirement",
    "clientAppUsed",
    "correlationId",
    "deviceDetail",
    "deviceDetail.browser",
    "deviceDetail.deviceId",
    "deviceDetail.displayName",
    "deviceDetail.isCompliant",
    "deviceDetail.isManaged",
    "deviceDetail.operatingSystem",
    "deviceDetail.trustType",
    "homeTenantId",
    "ipAddress",
    "location",
    "location.city",
    "location.countryOrRegion",
    "location.state",
    "resourceDisplayName",
    "resourceId",
    "riskLevelDuringSignIn",
    "servicePrincipalId",
    "servicePrincipalName",
    "sessionId",
    "signInEventTypes",
    "status",
    "status.additionalDetails",
    "status.errorCode",
    "status.failureReason",
    "userAgent",
    "userDisplayName",
    "userId",
    "userPrincipalName",
    "userType",
    "introducedNextYear",
    "id",
];

/// The fields that each change of a property may touch.
fn touched(property: &str) -> &'static [&'static str] {
    match property.split('.').next().unwrap() {
        "appId" => &["application_id"],
        "userPrincipalName" | "servicePrincipalName" => &["user_name"],
        "status" => &["action", "failure_reason", "event_message"],
        "ipAddress" => &["src_ip", "out_of_band_access"],
        "riskLevelDuringSignIn" => &["risk_level"],
        _ => &[],
    }
}

/// JSON text of any kind, odd but correct in its syntax.
fn any_json() -> impl Strategy<Value = String> {
    let oddities = select(vec![
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "0",
        "-1",
        "1e999",
        "18446744073709551616",
        "2.5",
        r#""\ud800""#,
        r#""\u0000""#,
        r#"" ""#,
        r#""True""#,
        r#""50126""#,
        r#""\ud83d\ude80 9""#,
        r#""[::1]:1""#,
        r#""1.2.3.4:5""#,
        r#"[{"id":{},"displayName":5,"result":"success"},7]"#,
        r#"{"errorCode":[],"city":{"a":1}}"#,
    ]);
    let leaf = prop_oneof![
        oddities.prop_map(str::to_owned),
        any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        ".{0,12}".prop_map(|text| serde_json::json!(text).to_string()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let member = ("[a-zA-Z]{0,6}", inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|elements| format!("[{}]", elements.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|members| {
                let members = members.into_iter().map(|(name, value)| format!("{name:?}:{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

/// The record with some of its properties replaced by JSON texts.
fn replaced(record: &str, changes: &[(&str, String)]) -> String {
    let mut json: serde_json::Value = serde_json::from_str(record).unwrap();
    for (at, (property, _)) in changes.iter().enumerate() {
        let placeholder = serde_json::json!(format!("@@{at}@@"));
        match property.split_once('.') {
            Some((object, member)) if json[object].is_object() => json[object][member] = placeholder,
            Some(_) => {}
            None => json[*property] = placeholder,
        }
    }
    let text = json.to_string();
    changes
        .iter()
        .enumerate()
        .fold(text, |text, (at, (_, value))| text.replace(&format!("\"@@{at}@@\""), value))
}

/// The sign-ins of a page that has this record alone, as text that can be compared; nothing if that is no page.
fn on_a_page(record: &[u8]) -> Option<Vec<Result<String, NotASignIn>>> {
    let page = Bytes::from([b"{\"value\":[", record, b"]}"].concat());
    records_of(&page, |_, sign_in| sign_in.map(|sign_in| format!("{sign_in:?}")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Scenario: any JSON value in any properties but id and time, in a record of any kind.
    /// Guarantee: the event is there, fits the table, and fields of untouched properties are as they were.
    #[test]
    fn no_value_loses_the_event(
        fixture in select(&FIXTURES[..]),
        changes in subsequence(&PROPERTIES[..37], 1..8)
            .prop_flat_map(|names| names.into_iter().map(|name| (Just(name), any_json())).collect::<Vec<_>>()),
    ) {
        let (_, record, _) = fixture;
        let text = replaced(record, &changes);
        let changed = event(&text, &connector()).unwrap();
        assert_fits_table(&changed);
        let (changed, original) = (written(&changed), written(&event(record, &connector()).unwrap()));
        for name in ["event_id", "vendor_event_id", "time", "time_str", "event_type", "connector_name"] {
            prop_assert_eq!(&changed[name], &original[name]);
        }
        let may_differ: Vec<_> = changes.iter().flat_map(|(property, _)| touched(property)).collect();
        for name in ["application_id", "user_name", "action", "failure_reason", "src_ip", "risk_level"] {
            if !may_differ.contains(&&name) {
                prop_assert_eq!(&changed[name], &original[name], "{}", name);
            }
        }
    }

    /// Scenario: any JSON value as id and as time.
    /// Guarantee: either it serves, or the record is refused for that property, alone and on a page alike.
    #[test]
    fn only_id_and_time_refuse_a_record(id in any_json(), time in any_json()) {
        let (_, record, _) = FIXTURES[0];
        for (changes, reason) in [([("id", id)], NotASignIn::NoId), ([("createdDateTime", time)], NotASignIn::NoTime)] {
            let text = replaced(record, &changes);
            let alone = SignIn::parse(text.as_bytes());
            prop_assert!(alone.as_ref().is_ok_and(|sign_in| !sign_in.id.is_empty()) || alone.as_ref().is_err_and(|why| *why == reason));
            prop_assert_eq!(on_a_page(text.as_bytes()), Some(vec![alone.map(|sign_in| format!("{sign_in:?}"))]));
        }
    }

    /// Scenario: a record with some bytes changed at random, so broken in its syntax or its text.
    /// Guarantee: it is read or refused, never a panic, alone and on a page alike.
    #[test]
    fn damage_is_read_or_refused(
        fixture in select(&FIXTURES[..]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = fixture.1.as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let alone = SignIn::parse(&bytes).map(|sign_in| format!("{sign_in:?}"));
        if let Some([on_page]) = on_a_page(&bytes).as_deref() {
            prop_assert_eq!(on_page.is_ok(), alone.is_ok());
        }
    }
}
