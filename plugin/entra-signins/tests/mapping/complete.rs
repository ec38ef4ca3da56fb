//! Complete events, compared with what a person wrote down.

use entra_signins::cato::ConnectorFacts;

use crate::{FIXTURES, connector, event, written};

/// Scenario: one record of each kind, between them with every form of "nothing", Unicode, IPv6, a port, unknown
/// words and unknown properties.
/// Guarantee: the event is exactly the one written down, field by field, in value and in type.
#[test]
fn each_kind_gives_the_event_written_down() {
    for (name, record, expected) in FIXTURES {
        let event = event(record, &connector()).unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        let (written, expected) = (written(&event), expected);
        let differing = differences(&written, &expected);
        assert!(differing.is_empty(), "{name}:\n{}", differing.join("\n"));
    }
}

/// Scenario: an event's metadata. Guarantee: it has the event's id, its instant with all digits, and the record's
/// own bytes.
#[test]
fn metadata_identifies_and_keeps_the_record() {
    let (_, record, _) = FIXTURES[0];
    let event = event(record, &connector()).unwrap();
    let metadata = event.metadata();
    let id = event.get("event_id").and_then(|id| id.as_str()).unwrap();
    assert_eq!(metadata.source_event_id.unwrap().to_string(), id);
    assert_eq!(metadata.timestamp.unwrap().to_string(), "2026-03-02T08:15:27.1234567Z");
    assert_eq!(metadata.raw.as_deref(), Some(record.as_bytes()));
    assert_eq!(metadata.revision, 0);
}

/// Scenario: the connector asks for the record itself. Guarantee: `raw_data` is the whole record, unknown
/// properties included, nulls left out; every other field is as without it.
#[test]
fn the_record_comes_along_on_request() {
    for (name, record, expected) in FIXTURES {
        let event = event(record, &ConnectorFacts { include_raw: true, ..connector() }).unwrap();
        let mut written = written(&event);
        let raw = written.as_object_mut().unwrap().remove("raw_data").unwrap();
        let mut whole: serde_json::Value = serde_json::from_str(record).unwrap();
        drop_nulls(&mut whole);
        assert_eq!(raw, whole, "{name}");
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(written, expected, "{name}");
    }
}

/// Scenario: nothing is known of tenant and connector, as when a file is mapped without configuration.
/// Guarantee: the fields that speak of them are absent, the event has no id, everything else is there.
#[test]
fn without_a_connector_its_fields_are_absent() {
    let (_, record, expected) = FIXTURES[0];
    let event = event(record, &ConnectorFacts::default()).unwrap();
    assert_eq!(event.metadata().source_event_id, None);
    let mut expected: serde_json::Value = serde_json::from_str(expected).unwrap();
    for name in [
        "tenant_id",
        "tenant_name",
        "event_id",
        "connector_name",
        "connector_type",
        "parent_connector_name",
        "account_id",
        "out_of_band_access",
    ] {
        assert!(expected.as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    assert_eq!(written(&event), expected);
}

/// Scenario: the same sign-in is read by two tenants' connectors, and twice by one.
/// Guarantee: one id per tenant and sign-in, whatever else differs.
#[test]
fn ids_are_of_tenant_and_sign_in() {
    let (_, record, _) = FIXTURES[0];
    let id =
        |connector: &ConnectorFacts| event(record, connector).unwrap().metadata().source_event_id.unwrap();
    let renamed = ConnectorFacts { connector_name: Some("other".to_owned()), ..connector() };
    let elsewhere = ConnectorFacts {
        tenant_id: Some("c0ffee00-1234-4abc-8def-0123456789ac".parse().unwrap()),
        ..connector()
    };
    assert_eq!(id(&connector()), id(&renamed));
    assert_ne!(id(&connector()), id(&elsewhere));
}

fn differences(written: &serde_json::Value, expected: &serde_json::Value) -> Vec<String> {
    let (written, expected) = (written.as_object().unwrap(), expected.as_object().unwrap());
    let names: std::collections::BTreeSet<_> = written.keys().chain(expected.keys()).collect();
    names
        .into_iter()
        .filter(|name| written.get(*name) != expected.get(*name))
        .map(|name| format!("{name}: {:?}, expected {:?}", written.get(name), expected.get(name)))
        .collect()
}

fn drop_nulls(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(elements) => {
            elements.retain(|element| !element.is_null());
            elements.iter_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}
