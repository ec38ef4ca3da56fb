//! The contract holds against Vector: the tutorial's source runs through a thin shim in a double of Vector.
//!
//! The double stands for behaviour that was seen of the real one: an event's batch is told by the last drop, events
//! thrown away count as delivered, and the shutdown resolves once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod shim;
#[path = "../../src/tutorial/ticks.rs"]
#[expect(clippy::disallowed_methods, reason = "the tutorial's source asks the machine's clock")]
mod ticks;
mod vector;

use std::path::Path;
use std::time::Duration;

use collector::event::{LogEvent, Value};
use collector::finalization::BatchStatus;
use futures::FutureExt;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use shim::{ShimConfig, to_event, to_status, to_value};
use ticks::TICKS;
use vector::{DateTime, NotNan, Value as VectorValue};

/// A Vector with one source, whose sink is the test.
struct Topology {
    running: JoinSet<Result<(), ()>>,
    sink: mpsc::Receiver<Vec<vector::Event>>,
    shutdown: CancellationToken,
    finished: mpsc::Receiver<()>,
}

impl Topology {
    async fn start(data_dir: &Path, acknowledgements: bool) -> Self {
        let config: ShimConfig = serde_json::from_value(json!({"interval_ms": 100})).unwrap();
        let (shutdown, signal, finished) = vector::ShutdownSignal::new_wired();
        let (out, sink) = mpsc::channel(1);
        let cx = vector::SourceContext {
            key: "clock".to_owned(),
            data_dir: data_dir.to_owned(),
            shutdown: signal,
            out: vector::SourceSender(out),
            acknowledgements,
        };
        let mut running = JoinSet::new();
        running.spawn(config.build(&TICKS, cx).await.unwrap());
        Self { running, sink, shutdown, finished }
    }

    /// What comes into the sink; `None` once the source has let go of its sender.
    async fn next(&mut self) -> Option<Vec<vector::Event>> {
        // In paused time, a source that does nothing more fails here at once.
        tokio::time::timeout(Duration::from_hours(1), self.sink.recv()).await.unwrap()
    }

    /// The next batch and the number of its first tick.
    async fn batch(&mut self) -> (i64, Vec<vector::Event>) {
        let batch = self.next().await.unwrap();
        let Some(VectorValue::Integer(first)) = batch[0].fields.get("tick") else { panic!("no tick") };
        (*first, batch)
    }

    async fn ended(&mut self) -> Result<(), ()> {
        tokio::time::timeout(Duration::from_hours(1), self.running.join_next())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
    }
}

fn finish(batch: Vec<vector::Event>, status: vector::BatchStatus) {
    for event in batch {
        event.finish(status);
    }
}

fn checkpoint(data_dir: &Path) -> Option<i64> {
    Some(std::fs::read_to_string(data_dir.join("clock/checkpoint")).ok()?.parse().unwrap())
}

/// Scenario: a value of every kind, nested, with times before 1970. Guarantee: each has its counterpart in Vector,
/// and what is no number is left out.
#[test]
fn every_value_has_a_counterpart() {
    let time = |nanoseconds| Value::Timestamp(jiff::Timestamp::from_nanosecond(nanoseconds).unwrap());
    let vector_time = |seconds, nanoseconds| {
        VectorValue::Timestamp(DateTime::from_timestamp(seconds, nanoseconds).unwrap())
    };
    let table = [
        (Value::from("text"), VectorValue::Bytes("text".into())),
        (Value::Integer(i64::MIN), VectorValue::Integer(i64::MIN)),
        (Value::Float(-0.5), VectorValue::Float(NotNan::new(-0.5).unwrap())),
        (Value::Boolean(true), VectorValue::Boolean(true)),
        (time(1_500_000_000), vector_time(1, 500_000_000)),
        (time(-1), vector_time(-1, 999_999_999)),
        (Value::from(vec![1, 2]), VectorValue::Array(vec![VectorValue::Integer(1), VectorValue::Integer(2)])),
        (
            Value::Object(
                [("own".to_owned().into(), Value::Float(f64::NAN)), ("still".into(), 1.into())]
                    .into_iter()
                    .collect(),
            ),
            VectorValue::Object([("still".to_owned(), VectorValue::Integer(1))].into()),
        ),
    ];
    for (ours, vectors) in table {
        assert_eq!(to_value(ours), Some(vectors));
    }
}

/// Scenario: an event that has an id for ever. Guarantee: Vector's event has the same one, byte for byte.
#[test]
fn an_event_keeps_its_id() {
    let mut event = LogEvent::default();
    event.metadata_mut().source_event_id = Some(uuid::Uuid::from_bytes([7; 16]));
    assert_eq!(to_event(event, None).source_event_id, Some([7; 16]));
    assert_eq!(to_event(LogEvent::default(), None).source_event_id, None);
}

/// Scenario: Vector's statuses. Guarantee: each has its counterpart, in the same order of badness.
#[test]
fn every_status_has_a_counterpart() {
    use vector::BatchStatus::{Delivered, Errored, Rejected};
    assert!(Delivered < Errored && Errored < Rejected);
    let ours = [Delivered, Errored, Rejected].map(to_status);
    assert_eq!(ours, [BatchStatus::Delivered, BatchStatus::Errored, BatchStatus::Rejected]);
    assert!(ours.is_sorted());
}

/// Scenario: a batch is delivered, the next refused by one event of ten, and it comes again while another was on
/// its way. Guarantee: the checkpoint moves on delivery alone and never past the refused batch.
#[tokio::test(start_paused = true)]
async fn the_checkpoint_moves_on_delivery_alone() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut topology = Topology::start(data_dir.path(), true).await;
    let (first, batch) = topology.batch().await;
    assert_eq!((first, checkpoint(data_dir.path())), (1, None));
    finish(batch, vector::BatchStatus::Delivered);

    let (second, mut refused) = topology.batch().await;
    let (third, in_flight) = topology.batch().await;
    assert_eq!((second, third, checkpoint(data_dir.path())), (11, 21, Some(10)));
    refused.pop().unwrap().finish(vector::BatchStatus::Rejected);
    finish(refused, vector::BatchStatus::Delivered);
    finish(in_flight, vector::BatchStatus::Delivered);

    let mut again = topology.batch().await;
    while again.0 > second {
        // What had been sent before the source heard of the refusal.
        finish(again.1, vector::BatchStatus::Delivered);
        again = topology.batch().await;
    }
    assert_eq!((again.0, checkpoint(data_dir.path())), (11, Some(10)));
}

/// Scenario: Vector stops while a batch is on its way. Guarantee: the source lets go of its sender first, waits for
/// the answer, stores it, and keeps Vector's token until then; the next start goes on after it.
#[tokio::test(start_paused = true)]
async fn a_stop_drains_what_is_on_its_way() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut topology = Topology::start(data_dir.path(), true).await;
    let (_, batch) = topology.batch().await;
    topology.shutdown.cancel();
    assert!(topology.next().await.is_none(), "the sender is held");
    assert!(topology.finished.recv().now_or_never().is_none(), "the token is gone before the answer is in");
    assert_eq!(checkpoint(data_dir.path()), None);

    finish(batch, vector::BatchStatus::Delivered);
    assert_eq!(topology.ended().await, Ok(()));
    assert_eq!(checkpoint(data_dir.path()), Some(10));
    assert!(topology.finished.recv().await.is_none(), "the token is held");
    assert_eq!(Topology::start(data_dir.path(), true).await.batch().await.0, 11);
}

/// Scenario: the sink stands still and its buffer is full when Vector stops. Guarantee: the source gives up sending
/// and ends; nothing was stored.
#[tokio::test(start_paused = true)]
async fn a_stop_is_seen_behind_a_full_buffer() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut topology = Topology::start(data_dir.path(), true).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    topology.shutdown.cancel();
    // The source gives up before the sink makes room.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (first, buffered) = topology.batch().await;
    assert_eq!(first, 1);
    assert!(topology.next().await.is_none());
    finish(buffered, vector::BatchStatus::Errored);
    assert_eq!(topology.ended().await, Ok(()));
    assert_eq!(checkpoint(data_dir.path()), None);
}

/// Scenario: no sink of Vector's acknowledges. Guarantee: what was sent counts as delivered.
#[tokio::test(start_paused = true)]
async fn without_acknowledgements_sent_is_delivered() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut topology = Topology::start(data_dir.path(), false).await;
    let (_, held) = topology.batch().await;
    let (second, _) = topology.batch().await;
    assert_eq!(second, 11);
    assert!(checkpoint(data_dir.path()).is_some_and(|delivered| delivered >= 10));
    assert!(held.iter().all(|event| event.batch.is_none()));
}

/// Scenario: a mistake in the flattened table. Guarantee: building fails with the source's own words, and leaves
/// nothing behind.
#[tokio::test]
async fn a_mistake_is_reported_by_the_source() {
    let data_dir = tempfile::tempdir().unwrap();
    let config: ShimConfig = serde_json::from_value(json!({"interval": 5, "interval_ms": 0})).unwrap();
    let (_shutdown, signal, _finished) = vector::ShutdownSignal::new_wired();
    let cx = vector::SourceContext {
        key: "clock".to_owned(),
        data_dir: data_dir.path().to_owned(),
        shutdown: signal,
        out: vector::SourceSender(mpsc::channel(1).0),
        acknowledgements: true,
    };
    let error = config.build(&TICKS, cx).await.err().unwrap().to_string();
    let expected = "interval: unknown key; did you mean interval_ms?\n\
                    interval_ms: is out of range; write a number from 1 to 60000";
    assert_eq!(error, expected);
    assert_eq!(std::fs::read_dir(data_dir.path()).unwrap().count(), 0);
}
