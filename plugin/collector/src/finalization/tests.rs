//! Tests of who hears what of a batch; the rules are Vector's.

use futures::FutureExt;

use super::*;
use crate::event::LogEvent;

/// A batch of events and the end that hears of it.
fn batch(events: usize) -> (Vec<LogEvent>, BatchStatusReceiver) {
    let mut events = vec![LogEvent::default(); events];
    let receiver = BatchNotifier::apply_to(&mut events);
    (events, receiver)
}

fn update(event: &LogEvent, status: EventStatus) {
    event.metadata().finalizers().update_status(status);
}

/// Scenario: the events of a batch meet every pair of fates, in both orders. Guarantee: the worst wins, rejected
/// over errored over delivered, and an event thrown away does not make the batch worse.
#[test]
fn the_worst_status_wins() {
    use BatchStatus as Batch;
    use EventStatus::{Delivered, Dropped, Errored, Rejected};
    let table = [
        (Dropped, Dropped, Batch::Delivered),
        (Dropped, Delivered, Batch::Delivered),
        (Dropped, Errored, Batch::Errored),
        (Dropped, Rejected, Batch::Rejected),
        (Delivered, Delivered, Batch::Delivered),
        (Delivered, Errored, Batch::Errored),
        (Delivered, Rejected, Batch::Rejected),
        (Errored, Errored, Batch::Errored),
        (Errored, Rejected, Batch::Rejected),
        (Rejected, Rejected, Batch::Rejected),
    ];
    for (one, other, expected) in table {
        for fates in [[one, other], [other, one]] {
            let (events, receiver) = batch(2);
            for (event, fate) in events.iter().zip(fates) {
                update(event, fate);
            }
            drop(events);
            assert_eq!(receiver.now_or_never(), Some(expected), "{fates:?}");
        }
    }
}

/// Scenario: the events of a batch are let go of one by one. Guarantee: the receiver waits for the last.
#[test]
fn a_batch_is_known_when_its_last_event_is_gone() {
    let (mut events, mut receiver) = batch(3);
    while let Some(event) = events.pop() {
        assert_eq!((&mut receiver).now_or_never(), None, "{} more on their way", events.len() + 1);
        update(&event, EventStatus::Delivered);
    }
    assert_eq!(receiver.now_or_never(), Some(BatchStatus::Delivered));
}

/// Scenario: a source makes the notifier itself and forgets to drop it. Guarantee: the batch stays open until the
/// source's own clone is gone.
#[test]
fn a_source_must_drop_its_own_notifier() {
    let (notifier, mut receiver) = BatchNotifier::new_with_receiver();
    let event = LogEvent::default().with_batch_notifier(&notifier);
    drop(event);
    assert_eq!((&mut receiver).now_or_never(), None);
    drop(notifier);
    assert_eq!(receiver.now_or_never(), Some(BatchStatus::Delivered));
}

/// Scenario: a batch without events. Guarantee: it is delivered at once.
#[test]
fn an_empty_batch_is_delivered() {
    assert_eq!(batch(0).1.now_or_never(), Some(BatchStatus::Delivered));
}

/// Scenario: an event is cloned for a second sink, which refuses it. Guarantee: the batch waits for both copies
/// and takes the worse fate.
#[test]
fn a_cloned_event_counts_twice() {
    let (mut events, mut receiver) = batch(1);
    let copy = events[0].clone();
    update(&events[0], EventStatus::Delivered);
    events.clear();
    assert_eq!((&mut receiver).now_or_never(), None);
    update(&copy, EventStatus::Rejected);
    drop(copy);
    assert_eq!(receiver.now_or_never(), Some(BatchStatus::Rejected));
}

/// Scenario: a sink keeps the finalizers and lets go of the event. Guarantee: the event counts as long as its
/// finalizers live, and no longer waits for anything itself.
#[test]
fn finalizers_outlive_their_event() {
    let (mut events, mut receiver) = batch(1);
    let finalizers = events[0].take_finalizers();
    assert!(events[0].metadata().finalizers().is_empty());
    drop(events);
    assert_eq!((&mut receiver).now_or_never(), None);
    finalizers.update_status(EventStatus::Errored);
    drop(finalizers);
    assert_eq!(receiver.now_or_never(), Some(BatchStatus::Errored));
}

/// Scenario: two events of different batches are merged into one request. Guarantee: both batches hear of it.
#[test]
fn merged_finalizers_tell_every_batch() {
    let (mut one, first) = batch(1);
    let (mut other, second) = batch(1);
    let mut finalizers = one[0].take_finalizers();
    finalizers.merge(other[0].take_finalizers());
    finalizers.update_status(EventStatus::Errored);
    drop(finalizers);
    assert_eq!(first.now_or_never(), Some(BatchStatus::Errored));
    assert_eq!(second.now_or_never(), Some(BatchStatus::Errored));
}

/// Scenario: nobody wants to know of a batch. Guarantee: there is nothing to wait for and nothing attached.
#[test]
fn an_unwanted_notifier_is_not_made() {
    assert!(matches!(BatchNotifier::maybe_new_with_receiver(false), (None, None)));
    let mut events = vec![LogEvent::default()];
    assert!(BatchNotifier::maybe_apply_to(false, &mut events).is_none());
    assert!(events[0].metadata().finalizers().is_empty());
    assert!(BatchNotifier::maybe_apply_to(true, &mut events).is_some());
    assert!(!events[0].metadata().finalizers().is_empty());
}

/// Scenario: every status of a batch is told to its events. Guarantee: the batch ends with that status.
#[test]
fn a_batch_status_survives_its_way_over_the_events() {
    for status in [BatchStatus::Delivered, BatchStatus::Errored, BatchStatus::Rejected] {
        let (events, receiver) = batch(1);
        update(&events[0], status.into());
        drop(events);
        assert_eq!(receiver.now_or_never(), Some(status));
    }
}
