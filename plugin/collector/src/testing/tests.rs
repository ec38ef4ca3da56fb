//! Tests of the test doubles: a double that lies lets every test that uses it lie.

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::*;
use crate::config::{BuildError, Source, SourceConfig, SourceContext, SourceOutput};
use crate::event::LogEvent;
use crate::finalization::{BatchNotifier, BatchStatus};
use crate::schema::Schemas;
use crate::sender::{Closed, Position, SourceSender};

fn numbered(number: i64) -> LogEvent {
    let mut event = LogEvent::default();
    event.insert("number", number);
    event
}

/// Scenario: one sender per status takes a batch whose events have finalizers. Guarantee: the acknowledgement and
/// the finalizers say that status, and the test gets the batch.
#[tokio::test]
async fn one_status_for_all() {
    for status in [BatchStatus::Delivered, BatchStatus::Errored, BatchStatus::Rejected] {
        let (out, mut sent) = SourceSender::new_test_finalize(status);
        let mut batch = vec![numbered(1), numbered(2)];
        let finalized = BatchNotifier::apply_to(&mut batch);
        let ack = out.send_batch(batch).await.unwrap();
        assert_eq!(ack.await, status.into());
        assert_eq!(finalized.now_or_never(), Some(status));
        assert_eq!(sent.try_recv().unwrap(), [numbered(1), numbered(2)]);
    }
}

/// Scenario: a sender that fails the second batch, and one that closes after two. Guarantee: exactly those.
#[tokio::test]
async fn chosen_batches_fail() {
    let (failing, _sent) = SourceSender::new_test_errors(|index| index == 1);
    let (closing, mut taken) = SourceSender::new_test_closed_after(2);
    for (number, status) in
        [(0, BatchStatus::Delivered), (1, BatchStatus::Errored), (2, BatchStatus::Delivered)]
    {
        assert_eq!(failing.send_event(numbered(number)).await.unwrap().await, status.into());
        assert_eq!(closing.send_event(numbered(number)).await.err(), (number == 2).then_some(Closed));
    }
    assert_eq!(taken.try_recv().unwrap(), [numbered(0)]);
    assert_eq!(taken.try_recv().unwrap(), [numbered(1)]);
    assert!(taken.try_recv().is_err());
}

/// Scenario: the test answers the second batch before the first, lets go of a third, and knows that the source has
/// forgotten a fourth; then it is gone. Guarantee: each acknowledgement is its own, a dropped batch is errored, and
/// the sender is closed.
#[tokio::test]
async fn batches_are_settled_by_hand() {
    let (out, mut held) = SourceSender::new_test_by_hand(4);
    let mut acks = Vec::new();
    for number in 0..4 {
        acks.push(out.send_event(numbered(number)).await.unwrap());
    }
    let [first, second, third, fourth] = [(); 4].map(|()| held.try_recv().unwrap());
    assert!(!fourth.is_forgotten());
    acks.truncate(3);
    assert!(fourth.is_forgotten());

    second.settle(BatchStatus::Rejected);
    assert_eq!((&mut acks[1]).now_or_never(), Some(BatchStatus::Rejected.into()));
    assert_eq!((&mut acks[0]).now_or_never(), None);
    first.settle(BatchStatus::Delivered);
    assert_eq!((&mut acks[0]).now_or_never(), Some(BatchStatus::Delivered.into()));
    drop(third);
    assert_eq!((&mut acks[2]).now_or_never(), Some(BatchStatus::Errored.into()));
    drop(held);
    assert!(matches!(out.send_event(numbered(4)).await, Err(Closed)));
}

/// Scenario: a context over a directory of its own, and one over a given directory. Guarantee: the first is removed
/// with its controls, the second stays; both are wired to them.
#[tokio::test]
async fn a_context_is_wired_to_its_controls() {
    let (context, controls) = SourceContext::new_test(SourceSender::new_test().0);
    let own = context.globals.resolve_and_make_data_subdir(&context.key).unwrap();
    controls.shutdown.cancel();
    assert!(context.shutdown.is_triggered());
    drop(controls);
    assert!(!own.exists());

    let given = tempfile::tempdir().unwrap();
    let (context, controls) = SourceContext::new_test_in(given.path(), SourceSender::new_test().0);
    assert_eq!(context.globals.data_dir, given.path());
    drop(controls);
    assert!(given.path().exists());
}

/// A source that sends one numbered event per batch until it is stopped, and counts what it is told to.
#[derive(Debug)]
struct Numbers {
    counts_bytes: bool,
    ends: Result<(), ()>,
    batches: i64,
}

const ENDLESS: Numbers = Numbers { counts_bytes: true, ends: Ok(()), batches: i64::MAX };

#[async_trait]
impl SourceConfig for Numbers {
    async fn build(&self, cx: SourceContext) -> Result<Source, BuildError> {
        let Self { counts_bytes, ends, batches } = *self;
        let source: BoxFuture<'static, _> = Box::pin(async move {
            let metrics = cx.out.metrics().clone();
            for number in 0..batches {
                if cx.shutdown.is_triggered() {
                    break;
                }
                let batch = vec![numbered(number)];
                metrics.bytes_received(usize::from(counts_bytes));
                metrics.events_received(metrics.measure(&batch));
                drop(cx.out.send_batch(batch).await);
                tokio::task::yield_now().await;
            }
            ends
        });
        Ok(source)
    }

    fn outputs(&self) -> Vec<SourceOutput> {
        Vec::new()
    }

    fn can_acknowledge(&self) -> bool {
        false
    }

    fn schemas(&self) -> Schemas {
        Schemas::only("number")
    }
}

/// Scenario: a source counts everything. Guarantee: it complies, and its events come out.
#[tokio::test]
async fn a_source_that_counts_complies() {
    let events = run_and_assert_source_compliance(&ENDLESS, "numbers", 3).await;
    assert_eq!(events[..3], [numbered(0), numbered(1), numbered(2)]);
}

/// Scenario: a source does not count bytes. Guarantee: the assertion fails and names the counter.
#[tokio::test]
#[should_panic(expected = r#"not counted, zero or without labels: ["component_received_bytes_total"]"#)]
async fn a_source_that_does_not_count_fails() {
    run_and_assert_source_compliance(&Numbers { counts_bytes: false, ..ENDLESS }, "numbers", 3).await;
}

/// Scenario: counters carry the labels of another type. Guarantee: the assertion fails for all of them.
#[tokio::test]
#[should_panic(expected = "component_sent_event_bytes_total")]
async fn labels_of_another_component_do_not_count() {
    assert_source_compliance("letters", async {
        let host = TestHost::new("numbers");
        let mut run = host.start(&ENDLESS).await.unwrap();
        run.stored(1).await;
        run.stop().await;
    })
    .await;
}

/// Scenario: a source ends although nobody asked it to, before enough is stored. Guarantee: the test ends too.
#[tokio::test]
#[should_panic(expected = "the source ended early")]
async fn a_source_that_ends_early_fails_the_test() {
    let host = TestHost::new("numbers");
    host.start(&Numbers { batches: 2, ..ENDLESS }).await.unwrap().stored(3).await;
}

/// Scenario: a source goes on without sending anything more. Guarantee: the test ends and says what was missing.
#[tokio::test(start_paused = true)]
#[should_panic(expected = "the source stands still: 3 events are not stored")]
async fn a_source_that_stands_still_fails_the_test() {
    let host = TestHost::new("numbers");
    let (context, controls) = host.context();
    let still = Box::pin(async move {
        drop(context.out.send_event(numbered(1)).await);
        std::future::pending().await
    });
    host.run(still, controls).stored(3).await;
}

/// Scenario: a source ends with an error. Guarantee: stopping it says so.
#[tokio::test]
#[should_panic(expected = "the source failed")]
async fn a_source_that_fails_fails_the_test() {
    TestHost::new("numbers").start(&Numbers { ends: Err(()), ..ENDLESS }).await.unwrap().stop().await;
}

/// Scenario: the store takes three batches, refuses one, falls back to the first, moves ahead, and is replaced.
/// Guarantee: positions and contents follow, and a source that starts is told the position.
#[tokio::test]
async fn the_store_can_fall_back_move_ahead_and_be_replaced() {
    let at = |store: &str, sequence| Position { store: store.to_owned(), sequence };
    let host = TestHost::new("numbers");
    let (context, _controls) = host.context();
    assert_eq!(context.position, Some(at("store-1", 0)));
    for sequence in 1..=3 {
        let ack = context.out.send_event(numbered(i64::try_from(sequence).unwrap())).await.unwrap();
        assert_eq!(ack.await.position, Some(at("store-1", sequence)));
    }
    host.answer(BatchStatus::Errored);
    let refused = context.out.send_event(numbered(4)).await.unwrap().await;
    assert_eq!(refused, BatchStatus::Errored.into());
    assert_eq!(host.events(), [numbered(1), numbered(2), numbered(3)]);

    host.roll_back(1);
    assert_eq!((host.position(), host.events()), (at("store-1", 1), vec![numbered(1)]));
    host.advance(5);
    assert_eq!((host.position(), host.events()), (at("store-1", 6), vec![numbered(1)]));
    assert_eq!(host.context().0.position, Some(at("store-1", 1)), "the source's last batch, not others'");
    host.replace_store();
    assert_eq!((host.position(), host.events()), (at("store-2", 0), Vec::new()));
    assert_eq!(host.context().0.position, Some(at("store-2", 0)));
}

/// Scenario: a source is killed while it runs. Guarantee: nothing of it goes on.
#[tokio::test]
async fn a_killed_source_stops_where_it_stands() {
    let host = TestHost::new("numbers");
    let mut run = host.start(&ENDLESS).await.unwrap();
    run.stored(2).await;
    run.kill().await;
    let stored = host.position();
    tokio::task::yield_now().await;
    assert_eq!(host.position(), stored);
}
