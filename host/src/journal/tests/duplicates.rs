//! Events that come again.

use super::super::*;
use super::support::*;
use collector::event::LogEvent;

/// Scenario: an event stands twice in a batch, comes again in a later one and again after a restart. Guarantee: it is
/// stored once, what is new beside it is stored, every batch is delivered, and the drops are counted.
#[tokio::test]
async fn an_event_is_stored_once() {
    let mut bench = Bench::new(&["siem"]).await;
    assert_eq!(bench.put(events([1, 2, 1])).await, 2);
    assert_eq!(bench.put(events([2, 3])).await, 3);
    assert_eq!(bench.put(events([1, 2, 3])).await, 3);
    assert_eq!(bench.journal.stats().duplicates, 5);
    bench.restart().await;
    assert_eq!(bench.put(events([3, 4])).await, 4);
    let read = drain(&bench.reader("siem").await, 4).await;
    assert_eq!(numbers(&read), [1, 2, 3, 4]);
    assert_eq!(read.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// Scenario: a change of an event, and events that have no id. Guarantee: a new revision is new; without an id
/// nothing is ever dropped.
#[tokio::test]
async fn a_revision_and_an_event_without_id_are_new() {
    let bench = Bench::new(&["siem"]).await;
    let mut changed = event(1);
    changed.metadata_mut().revision = 1;
    assert_eq!(bench.put(vec![event(1), changed.clone(), changed]).await, 2);
    let mut nameless = event(2);
    nameless.metadata_mut().source_event_id = None;
    assert_eq!(bench.put(vec![nameless.clone(), nameless]).await, 4);
}

/// Scenario: an event without a time comes twice. Guarantee: it is known again.
#[tokio::test]
async fn an_event_without_time_is_known_again() {
    let bench = Bench::new(&[]).await;
    let mut timeless = event(1);
    timeless.metadata_mut().timestamp = None;
    assert_eq!(bench.put(vec![timeless.clone()]).await, 1);
    assert_eq!(bench.put(vec![timeless]).await, 1);
}

/// Scenario: events were confirmed and removed for their age, then come again. Guarantee: they are known for as long
/// as a source may read them again, and no longer.
#[tokio::test]
async fn keys_outlive_events() {
    let bench = Bench::new(&[]).await;
    bench.put(events(0..10)).await;
    bench.clock.advance(8 * DAY);
    bench.sweep().await;
    assert_eq!((bench.journal.stats().events, bench.journal.stats().keys), (0, 10));
    bench.put(events(0..10)).await;
    assert_eq!(bench.journal.stats().events, 0);
    bench.clock.advance(28 * DAY);
    bench.put(vec![later(36 * DAY)]).await;
    bench.sweep().await;
    assert_eq!(bench.journal.stats().keys, 1);
    assert_eq!(bench.journal.health().borrow().keys_from, None, "nothing was forgotten too early");
}

/// An event of so long after the tests' beginning.
fn later(by: Duration) -> LogEvent {
    let mut event = event(1_000_000);
    event.metadata_mut().timestamp = Some(Timestamp::from_second(START).unwrap() + by);
    event
}

/// Scenario: the machine's clock jumps years ahead, the events come as before. Guarantee: what was stored is known again: keys
/// grow old by the time of events, not by the clock alone.
#[tokio::test]
async fn a_clock_far_ahead_makes_no_key_old() {
    let bench = Bench::new(&["siem"]).await;
    bench.put(events(0..10)).await;
    bench.clock.advance(3650 * DAY);
    bench.sweep().await;
    assert_eq!(bench.put(events(0..11)).await, 11);
    assert_eq!(bench.journal.stats().duplicates, 10);
}

/// Scenario: there are more keys than may be. Guarantee: the oldest are forgotten, and health says since when events
/// are known.
#[tokio::test]
async fn too_many_keys_shorten_what_is_known_visibly() {
    let limits = Limits { max_key_bytes: 100 * keys::KEY_BYTES, ..Limits::default() };
    let bench = Bench::with(limits, &[]).await;
    bench.clock.advance(DAY);
    for batch in 0..40 {
        bench.put(events(batch * 500..(batch + 1) * 500)).await;
    }
    bench.sweep().await;
    let stats = bench.journal.stats();
    assert!(stats.keys <= 100, "{stats:?}");
    assert_eq!(stats.events, 20_000, "events stay");
    let from = bench.journal.health().borrow().keys_from.unwrap();
    assert!(from > Timestamp::from_second(START).unwrap());
}
