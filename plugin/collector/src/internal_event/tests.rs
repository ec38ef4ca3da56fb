//! Tests of counters, their labels, and the estimate of sizes.

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use proptest::prelude::*;

use super::*;

/// Scenario: a source receives, and fails at something. Guarantee: Vector's names and labels, value by value.
#[test]
fn what_a_source_counts() {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || {
        let metrics = SourceMetrics::new("entra".into(), "ticks");
        metrics.bytes_received(2_048);
        metrics.events_received(CountByteSize { count: 2, bytes: 60 });
        metrics.events_received(CountByteSize { count: 3, bytes: 40 });
        metrics.labels().error(ErrorType::RequestFailed, ErrorStage::Receiving);
    });
    let mut counted: Vec<_> = recorder
        .snapshotter()
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(_, _, _, value)| !matches!(value, DebugValue::Counter(0)))
        .filter(|(_, _, _, value)| *value != DebugValue::Histogram(Vec::new()))
        .map(|(key, _, _, value)| format!("{} {value:?}", key.key()))
        .collect();
    counted.sort();
    let labels = "component_id = entra, component_kind = source, component_type = ticks";
    let expected = [
        format!(
            "Key(component_errors_total, [{labels}, error_type = request_failed, stage = receiving]) Counter(1)"
        ),
        format!("Key(component_received_bytes_total, [{labels}]) Counter(2048)"),
        format!("Key(component_received_event_bytes_total, [{labels}]) Counter(100)"),
        format!("Key(component_received_events_count, [{labels}]) Histogram([2.0, 3.0])"),
        format!("Key(component_received_events_total, [{labels}]) Counter(5)"),
    ];
    assert_eq!(counted, expected);
}

proptest! {
    /// Scenario: events of plain text fields, such as names and addresses. Guarantee: the estimate is one byte over
    /// what is written (a comma after the last field), and an empty event is exact.
    #[test]
    fn the_estimate_of_plain_text_is_close(texts in prop::collection::vec("[a-z0-9 .@-]{0,40}", 0..20)) {
        let mut event = LogEvent::default();
        for (index, text) in texts.iter().enumerate() {
            event.insert(format!("field_{index}"), text.as_str());
        }
        let written = serde_json::to_string(&event).unwrap().len();
        prop_assert_eq!(estimated_json_size(&event), written + usize::from(!texts.is_empty()));
    }
}

/// Scenario: an event with every kind of value, nested. Guarantee: the estimate is within a fifth of what is
/// written.
#[test]
fn the_estimate_of_every_kind_is_near() {
    let json = serde_json::json!({
        "text": "ada@contoso.example", "whole": 12_345_678, "fraction": 1234.56789, "truth": false,
        "list": ["one", "two"], "object": {"inner": "value"},
    });
    let Some(Value::Object(mut members)) = Value::from_json(json) else { panic!("no object") };
    members.insert("time".into(), Timestamp::from_second(1_700_000_000).unwrap().into());
    let event = LogEvent::from_map(members, crate::event::EventMetadata::default());
    let written = serde_json::to_string(&event).unwrap().len();
    let estimate = estimated_json_size(&event);
    assert!(estimate.abs_diff(written) * 5 <= written, "estimated {estimate}, written {written}");
}
