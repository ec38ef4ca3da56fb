//! Tests of sending, and of what is counted by it.

use std::time::Duration;

use futures::FutureExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::*;
use crate::testing::HeldBatch;

/// What was recorded under this name, and its labels.
fn recorded(snapshotter: &Snapshotter, name: &str) -> Vec<(DebugValue, Vec<String>)> {
    let snapshot = snapshotter.snapshot().into_vec().into_iter();
    let of_name = snapshot.filter(|(key, ..)| key.key().name() == name);
    of_name
        .map(|(key, _, _, value)| {
            let labels = key.key().labels().map(|label| format!("{}={}", label.key(), label.value()));
            (value, labels.collect())
        })
        .collect()
}

fn happened_at(second: i64) -> LogEvent {
    let mut event = LogEvent::default();
    event.metadata_mut().timestamp = Some(Timestamp::from_second(second).unwrap());
    event
}

/// An output that takes this long.
struct Slow(Duration);

#[async_trait]
impl Output for Slow {
    async fn send(&self, _batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        tokio::time::sleep(self.0).await;
        Ok(Ack::ready(BatchStatus::Delivered))
    }
}

/// Scenario: events that happened 90 s ago, in the future by a wrong clock, and at an unknown time, into a host that
/// takes 2 s. Guarantee: lag is there for the two that have a time, never below zero; latency once per batch; both
/// with the component's labels.
#[tokio::test(start_paused = true)]
async fn lag_and_latency_are_recorded() {
    let recorder = DebuggingRecorder::new();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let now = || Timestamp::from_second(1_000).unwrap();
    let out = SourceSender::for_test(Arc::new(Slow(Duration::from_secs(2)))).with_wall_clock(now);

    out.send_batch(vec![happened_at(910), happened_at(1_005), LogEvent::default()]).await.unwrap();

    let labels = ["component_id=default", "component_kind=source", "component_type=test"].map(str::to_owned);
    let lag = DebugValue::Histogram(vec![90.0.into(), 0.0.into()]);
    assert_eq!(recorded(&recorder.snapshotter(), "source_lag_time_seconds"), [(lag, labels.to_vec())]);
    out.send_event(LogEvent::default()).await.unwrap();
    let latency = recorded(&recorder.snapshotter(), "source_send_latency_seconds");
    assert_eq!(latency, [(DebugValue::Histogram(vec![2.0.into()]), labels.to_vec())]);
}

/// Scenario: one batch is taken, one is refused by a closed host. Guarantee: only what the host took counts as
/// sent, with its estimated size, at Vector's default output.
#[tokio::test]
async fn only_what_the_host_took_is_sent() {
    let recorder = DebuggingRecorder::new();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let (out, _sent) = SourceSender::new_test_closed_after(1);
    let mut event = LogEvent::default();
    event.insert("user", "ada");

    out.send_batch(vec![event.clone(), event]).await.unwrap();
    assert!(matches!(out.send_event(LogEvent::default()).await, Err(Closed)));

    let snapshotter = recorder.snapshotter();
    let sent = snapshotter.snapshot().into_vec();
    let counters: Vec<_> = sent
        .iter()
        .filter_map(|(key, _, _, value)| match value {
            DebugValue::Counter(1..) => {
                let output = key.key().labels().find(|label| label.key() == "output");
                Some((key.key().name(), value, output.map(metrics::Label::value)))
            }
            DebugValue::Counter(0) | DebugValue::Gauge(_) | DebugValue::Histogram(_) => None,
        })
        .collect();
    let expected = [
        ("component_sent_events_total", &DebugValue::Counter(2), Some("_default")),
        ("component_sent_event_bytes_total", &DebugValue::Counter(30), Some("_default")),
    ];
    assert_eq!(counters, expected);
}

/// Scenario: the host has room for one batch, and the source gives up on sending a second. Guarantee: a send waits
/// for room; one that is cancelled gives no acknowledgement and leaves nothing in the host.
#[tokio::test]
async fn a_cancelled_send_left_nothing_behind() {
    let (out, mut held) = SourceSender::new_test_by_hand(1);
    let first = out.send_event(happened_at(1)).now_or_never().expect("there is room").unwrap();
    assert!(out.send_event(happened_at(2)).now_or_never().is_none(), "there was no room");

    let batch = held.try_recv().unwrap();
    assert_eq!(batch.events, [happened_at(1)]);
    batch.settle(BatchStatus::Delivered);
    assert_eq!(first.await.status, BatchStatus::Delivered);
    assert!(held.try_recv().is_err(), "the cancelled batch arrived");
}

/// Scenario: a source sends an empty batch. Guarantee: it is delivered without the host seeing it.
#[tokio::test]
async fn an_empty_batch_is_delivered_at_once() {
    let (out, mut held) = SourceSender::new_test_by_hand(1);
    let ack = out.send_batch(Vec::new()).await.unwrap();
    assert_eq!(ack.now_or_never(), Some(BatchStatus::Delivered.into()));
    assert!(held.try_recv().is_err());
}

/// Scenario: a host with a store answers with a position. Guarantee: it reaches the source, also through JSON, as
/// which a source keeps it.
#[tokio::test]
async fn a_position_comes_with_the_answer() {
    let (out, mut held) = SourceSender::new_test_by_hand(1);
    let ack = out.send_event(LogEvent::default()).await.unwrap();
    let position = Position { store: "4f1c".to_owned(), sequence: 7 };
    let answer = Acknowledgement { status: BatchStatus::Delivered, position: Some(position.clone()) };
    held.try_recv().map(|batch: HeldBatch| batch.settle(answer.clone())).unwrap();
    assert_eq!(ack.await, answer);
    let kept = serde_json::to_string(&position).unwrap();
    assert_eq!(serde_json::from_str::<Position>(&kept).unwrap(), position);
}
