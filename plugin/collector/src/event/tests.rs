//! Tests of events and values.

use super::*;

/// Scenario: a JSON document with nulls, nested. Guarantee: nulls vanish, everything else is kept, sorted.
#[test]
fn json_becomes_a_value_without_nulls() {
    let json = serde_json::json!({"b": 1, "a": [null, "x", 2.5], "c": null, "d": {"e": true}});
    let value = Value::from_json(json).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), r#"{"a":["x",2.5],"b":1,"d":{"e":true}}"#);
}

/// Scenario: floats that JSON has no form for. Guarantee: they have no value.
#[test]
fn only_finite_floats_are_values() {
    assert_eq!(Value::float(f64::NAN), None);
    assert_eq!(Value::float(f64::INFINITY), None);
    assert_eq!(Value::float(1.5), Some(Value::Float(1.5)));
}

/// Scenario: an event is written as JSON. Guarantee: its fields alone, sorted by name, absent ones left out.
#[test]
fn an_event_is_its_fields() {
    let mut event = LogEvent::default();
    event.insert("user_name", "ada@contoso.example");
    event.insert("event_count", 1);
    event.maybe_insert("src_city", None::<&str>);
    assert_eq!(
        serde_json::to_string(&event).unwrap(),
        r#"{"event_count":1,"user_name":"ada@contoso.example"}"#
    );
}

/// Scenario: whole numbers at and past the ends of 64 bits. Guarantee: exact as long as they fit, near after that.
#[test]
fn numbers_that_do_not_fit_become_floats() {
    let table = [
        (serde_json::json!(i64::MIN), Value::Integer(i64::MIN)),
        (serde_json::json!(i64::MAX), Value::Integer(i64::MAX)),
        (serde_json::json!(9_223_372_036_854_775_808_u64), Value::Float(9_223_372_036_854_775_808.0)),
    ];
    for (json, value) in table {
        assert_eq!(Value::from_json(json), Some(value));
    }
}

/// Scenario: a field is written under a name known at compile time and read under one made at run time, and the
/// other way round. Guarantee: they are the same field.
#[test]
fn a_name_is_its_text() {
    let mut event = LogEvent::default();
    event.insert("user", "ada");
    assert_eq!(event.insert("user".to_owned(), "grace"), Some("ada".into()));
    assert_eq!(event.get(&String::from("user")).and_then(Value::as_str), Some("grace"));
    assert_eq!(event.remove("user"), Some("grace".into()));
    assert!(event.fields().is_empty());
}

/// Scenario: two equal events, one of them part of a batch. Guarantee: they are still equal; another id or revision
/// makes another event.
#[test]
fn equality_looks_at_what_an_event_is() {
    let event = LogEvent::default();
    let (batch, _receiver) = BatchNotifier::new_with_receiver();
    assert_eq!(event.clone().with_batch_notifier(&batch), event);
    let mut changed = event.clone();
    changed.metadata_mut().revision = 1;
    assert_ne!(changed, event);
}

/// Scenario: a time with a fraction of a second. Guarantee: RFC 3339 in UTC, with its fraction.
#[test]
fn a_time_is_written_as_rfc_3339() {
    let instant = jiff::Timestamp::new(1_700_000_000, 120_000_000).unwrap();
    assert_eq!(serde_json::to_string(&Value::from(instant)).unwrap(), r#""2023-11-14T22:13:20.12Z""#);
}

/// Scenario: every ASCII character alone and in the middle of longer text, text in other scripts, and every kind of value.
/// Guarantee: the quick way writes what serde writes, byte for byte.
#[test]
fn both_ways_to_json_agree() {
    let mut event = LogEvent::default();
    for character in '\0'..='\u{a1}' {
        event.insert(format!("plain{character}plain {:?}", character as u32), character.to_string());
        for before in 0..17 {
            event.insert(
                format!("{} {before}", character as u32),
                format!("{}{character}Gr\u{fc}\u{df}e \u{1f600}", "x".repeat(before)),
            );
        }
    }
    event.insert("integer", i64::MIN);
    event.insert("float", Value::float(-2.5e300).unwrap());
    event.insert("true", true);
    event.insert("false", false);
    event.insert("time", jiff::Timestamp::UNIX_EPOCH);
    event.insert("list", Value::Array(vec!["a\"".into(), 1.into(), Value::Array(vec![])]));
    event.insert("object", event.fields().clone());
    let mut quick = b"before ".to_vec();
    event.write_json(&mut quick);
    assert_eq!(
        String::from_utf8(quick).unwrap(),
        format!("before {}", serde_json::to_string(&event).unwrap())
    );
}
