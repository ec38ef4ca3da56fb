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
