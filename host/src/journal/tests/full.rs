//! No room: by configuration, and on the disk.

use collector::finalization::BatchStatus;
use collector::sender::Output as _;

use super::super::*;
use super::support::*;

/// Events that hardly compress.
fn large(numbers: impl IntoIterator<Item = u64>) -> Vec<collector::event::LogEvent> {
    use rand::{Rng as _, SeedableRng as _};
    let record = |number| {
        let mut rng = rand::rngs::SmallRng::seed_from_u64(number);
        (0..4000).map(|_| rng.random::<u8>()).collect::<Vec<_>>()
    };
    let mut events = events(numbers);
    for event in &mut events {
        let number = event.get("event_id").and_then(collector::event::Value::as_integer).unwrap();
        event.metadata_mut().raw = Some(record(u64::try_from(number).unwrap()).into());
    }
    events
}

fn full(held_by: &[&str]) -> JournalState {
    JournalState::Full { held_by: held_by.iter().map(|id| ComponentKey::from(*id)).collect() }
}

/// Scenario: one of two sinks has confirmed nothing when the journal is full. Guarantee: it is named, and no other.
#[tokio::test]
async fn a_full_journal_names_who_holds_it() {
    let bench = Bench::with(Limits { max_bytes: 100_000, ..Limits::default() }, &["dead", "siem"]).await;
    let reader = bench.reader("siem").await;
    assert_eq!(bench.put(large(0..20)).await, 20);
    drain(&reader, 20).await;
    reader.confirm(20).await.unwrap();
    let _waiting = bench.journal.output(&"entra".into()).send(large(20..30)).await.unwrap();
    bench.journal.health().wait_for(|health| health.state == full(&["dead"])).await.unwrap();
}

/// Scenario: a source stops while its batch waits for room, and another source's batch waits too. Guarantee: the first is
/// answered with an error at once, and so is what it sends after that; the other one waits on.
#[tokio::test]
async fn a_source_that_stops_is_answered() {
    let bench = Bench::with(Limits { max_bytes: 1000, ..Limits::default() }, &["siem"]).await;
    bench.put(large(0..1)).await;
    let mut other = bench.journal.output(&"other".into()).send(large(1..2)).await.unwrap();
    let waiting = bench.journal.output(&"entra".into()).send(large(2..3)).await.unwrap();
    bench.journal.leave(["entra".into()].into());
    assert_eq!(waiting.await.status, BatchStatus::Errored);
    assert_eq!(bench.append(large(3..4)).await.status, BatchStatus::Errored);
    assert!(futures::poll!(&mut other).is_pending());
    bench.reader("siem").await.confirm(1).await.unwrap();
    assert_eq!(other.await.status, BatchStatus::Delivered);
}

/// Scenario: the journal holds as much as it may and the sink has confirmed nothing; later it confirms. Guarantee:
/// the source waits, which is visible; nothing is lost; it goes on by itself once there is room.
#[tokio::test]
async fn a_full_journal_makes_sources_wait() {
    let bench = Bench::with(Limits { max_bytes: 100_000, ..Limits::default() }, &["siem"]).await;
    let reader = bench.reader("siem").await;
    assert_eq!(bench.put(large(0..20)).await, 20);
    let mut waiting = bench.journal.output(&"entra".into()).send(large(20..30)).await.unwrap();
    let mut health = bench.journal.health();
    health.wait_for(|health| health.state == full(&["siem"])).await.unwrap();
    assert!(futures::poll!(&mut waiting).is_pending());
    let read = reader.next(100, usize::MAX).await.unwrap().unwrap();
    assert_eq!(read.len(), 20, "readers go on");
    reader.confirm(20).await.unwrap();
    assert_eq!(waiting.await.position.unwrap().sequence, 30);
    health.wait_for(|health| health.state == JournalState::Working).await.unwrap();
    assert_eq!(numbers(&drain(&reader, 30).await), (20..30).collect::<Vec<_>>());
    assert_eq!(bench.journal.stats().oldest, 21, "what was confirmed made room, though it is young");
}

/// Scenario: a batch that alone is larger than the journal may be. Guarantee: it waits until the journal is empty,
/// and then goes; it does not block for ever.
#[tokio::test]
async fn a_batch_larger_than_the_journal_still_goes() {
    let bench = Bench::with(Limits { max_bytes: 1000, ..Limits::default() }, &["siem"]).await;
    assert_eq!(bench.put(large(0..1)).await, 1);
    let waiting = bench.journal.output(&"entra".into()).send(large(1..3)).await.unwrap();
    bench.reader("siem").await.confirm(1).await.unwrap();
    assert_eq!(waiting.await.position.unwrap().sequence, 3);
}

/// Scenario: the journal is full and closes. Guarantee: the batch that waits is answered with an error, so that it
/// comes again; what was acknowledged is there.
#[tokio::test]
async fn a_batch_that_waits_at_the_end_is_not_acknowledged() {
    let mut bench = Bench::with(Limits { max_bytes: 1000, ..Limits::default() }, &["siem"]).await;
    bench.put(large(0..1)).await;
    let waiting = bench.journal.output(&"entra".into()).send(large(1..2)).await.unwrap();
    bench.restart().await;
    assert_eq!(waiting.await.status, BatchStatus::Errored);
    assert_eq!(bench.journal.position().sequence, 1);
}

/// Scenario: the disk is full. Guarantee: the batch is answered with an error and no part of it is stored; readers and
/// confirmations go on; health says so. When confirmed events leave room, the next batch is taken.
#[tokio::test]
async fn a_full_disk_is_an_error_that_passes() {
    let bench = Bench::new(&["siem"]).await;
    let dir = tempfile::TempDir::new().unwrap();
    let db = schema::open_writer(&schema::path_in(dir.path())).unwrap();
    db.pragma_update(None, "max_page_count", 80).unwrap();
    let journal = Journal::start(
        db,
        dir.path(),
        bench.limits,
        bench.required.clone(),
        (bench.clock.clock(), JournalMetrics::new()),
    )
    .unwrap();
    let (output, reader) = (
        journal.output(&"entra".into()),
        journal.reader(&"siem".into(), ReaderOptions::default()).await.unwrap(),
    );
    assert_eq!(output.send(large(0..50)).await.unwrap().await.status, BatchStatus::Delivered);

    assert_eq!(output.send(large(50..100)).await.unwrap().await.status, BatchStatus::Errored);
    let health = journal.health().borrow().clone();
    assert!(
        matches!(&health.state, JournalState::Failing { reason } if reason.contains("full")),
        "{health:?}"
    );
    let read = drain(&reader, 50).await;
    assert_eq!(numbers(&read), (0..50).collect::<Vec<_>>());
    reader.confirm(50).await.unwrap();
    assert!(
        matches!(journal.health().borrow().state, JournalState::Failing { .. }),
        "no event was written since"
    );

    let answer = output.send(large(50..100)).await.unwrap().await;
    assert_eq!(answer.position.map(|position| position.sequence), Some(100));
    assert_eq!(journal.health().borrow().state, JournalState::Working);
    assert_eq!(numbers(&drain(&reader, 100).await), (50..100).collect::<Vec<_>>());
}

/// Scenario: an event whose batch is counted by its source in Vector's way. Guarantee: the notifier hears of it when
/// it is durable, and of the error when it is not.
#[tokio::test]
async fn notifiers_of_events_are_answered_too() {
    use collector::finalization::BatchNotifier;
    let bench = Bench::new(&[]).await;
    let mut batch = events([1]);
    let notified = BatchNotifier::apply_to(&mut batch);
    bench.put(batch).await;
    assert_eq!(notified.await, BatchStatus::Delivered);
    let mut batch = events([2]);
    let notified = BatchNotifier::apply_to(&mut batch);
    bench.journal.close().await;
    assert!(bench.journal.output(&"entra".into()).send(batch).await.is_err());
    assert_eq!(notified.await, BatchStatus::Delivered, "the source was told that nothing was taken");
}
