//! What the sink counts.

use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::*;

/// Scenario: a refusal that passes, an event that is set aside, and two that arrive. Guarantee: Vector's counters with its
/// labels, bytes on the wire by receiver, and nothing counted as lost.
#[tokio::test]
async fn sinks_count_under_vectors_names() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=3).map(event)));
    receiver.answer([Answer::status(503)]);
    receiver.refuse(&[3], "");
    run(&feed, &receiver.url, &[("compression", text("none"))]).await;
    let mut counted = BTreeMap::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let DebugValue::Counter(value) = value else { panic!("only counters") };
        let mut labels: Vec<_> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        labels.sort();
        counted.insert(format!("{}{{{}}}", key.key().name(), labels.join(",")), value);
    }
    let component = "component_id=siem,component_kind=sink,component_type=http";
    let sent = format!("{component},endpoint={},protocol=http", receiver.url);
    let errors = format!("{component},error_type=request_failed,stage=sending");
    let expected = [
        // The 503, then the refusals of [1, 2, 3], [2, 3] and [3].
        (format!("component_errors_total{{{errors}}}"), 4),
        (format!("component_sent_bytes_total{{{sent}}}"), 30),
        (format!("component_sent_event_bytes_total{{{component}}}"), 28),
        (format!("component_sent_events_total{{{component}}}"), 2),
        (format!("component_set_aside_events_total{{{component}}}"), 1),
    ];
    assert_eq!(counted, expected.into());
}
