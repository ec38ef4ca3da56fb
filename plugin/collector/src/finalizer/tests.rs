//! Tests of the order in which acknowledgements come out.

use futures::{FutureExt, StreamExt};
use proptest::prelude::*;
use tokio::sync::oneshot;

use super::*;
use crate::finalization::{BatchNotifier, BatchStatus};

type Answers<T> = Vec<(BatchStatus, T)>;

/// An acknowledgement that the test gives when it likes.
fn by_hand() -> (oneshot::Sender<BatchStatus>, Ack) {
    let (answer, answered) = oneshot::channel();
    (answer, Ack::new(async move { answered.await.unwrap().into() }))
}

/// What the set yields without waiting.
fn ready<Q: Queue>(acks: &mut FinalizerSet<Q>) -> Answers<Q::Entry> {
    let mut answers = Vec::new();
    while let Some(Some((answer, entry))) = acks.next().now_or_never() {
        answers.push((answer.status, entry));
    }
    answers
}

fn status() -> impl Strategy<Value = BatchStatus> {
    prop_oneof![Just(BatchStatus::Delivered), Just(BatchStatus::Errored), Just(BatchStatus::Rejected)]
}

/// Statuses of some batches, and an order in which they are answered.
fn answered_in_any_order() -> impl Strategy<Value = (Vec<BatchStatus>, Vec<usize>)> {
    prop::collection::vec(status(), 1..20).prop_flat_map(|statuses| {
        let order: Vec<_> = (0..statuses.len()).collect();
        (Just(statuses), Just(order).prop_shuffle())
    })
}

proptest! {
    /// Scenario: batches are answered in any order, some with a failure. Guarantee: after each answer the set has
    /// yielded exactly the longest answered prefix, each with its own status, and counts the rest as in flight.
    #[test]
    fn acks_in_any_order_come_out_as_they_were_sent((statuses, order) in answered_in_any_order()) {
        let mut acks = OrderedFinalizer::new();
        let mut answers = Vec::new();
        for entry in 0..statuses.len() {
            let (answer, ack) = by_hand();
            acks.add(entry, ack);
            answers.push(Some(answer));
        }

        let mut yielded = Vec::new();
        for index in order {
            answers[index].take().unwrap().send(statuses[index]).unwrap();
            yielded.extend(ready(&mut acks));

            let prefix = answers.iter().take_while(|waiting| waiting.is_none()).count();
            let expected: Answers<_> = statuses.iter().copied().zip(0..).take(prefix).collect();
            prop_assert_eq!(&yielded, &expected);
            prop_assert_eq!(acks.in_flight(), statuses.len() - prefix);
        }
        prop_assert_eq!(yielded.len(), statuses.len());
    }

    /// Scenario: batches are answered in any order. Guarantee: an unordered set yields each as it is answered.
    #[test]
    fn an_unordered_set_yields_at_once((statuses, order) in answered_in_any_order()) {
        let mut acks = UnorderedFinalizer::new();
        let mut answers = Vec::new();
        for entry in 0..statuses.len() {
            let (answer, ack) = by_hand();
            acks.add(entry, ack);
            answers.push(Some(answer));
        }

        for index in order {
            answers[index].take().unwrap().send(statuses[index]).unwrap();
            prop_assert_eq!(ready(&mut acks), vec![(statuses[index], index)]);
        }
        prop_assert_eq!(acks.in_flight(), 0);
    }
}

/// Scenario: the first batch is refused while two more are on their way; the source goes back and sends again.
/// Guarantee: the answers of the forgotten ones never come out, those of the new ones do.
#[test]
fn flush_forgets_what_is_on_its_way() {
    let mut acks = OrderedFinalizer::new();
    let (first, ack) = by_hand();
    acks.add("first", ack);
    let (second, ack) = by_hand();
    acks.add("second", ack);

    first.send(BatchStatus::Rejected).unwrap();
    assert_eq!(ready(&mut acks), [(BatchStatus::Rejected, "first")]);
    acks.flush();
    assert_eq!(acks.in_flight(), 0);
    assert!(second.send(BatchStatus::Delivered).is_err(), "somebody still listens to a forgotten batch");

    acks.add("first again", Ack::ready(BatchStatus::Delivered));
    assert_eq!(ready(&mut acks), [(BatchStatus::Delivered, "first again")]);
}

/// Scenario: nothing is on its way, then something is, then nothing again. Guarantee: the stream ends when it is
/// empty, waits while something is on its way, and goes on after its end.
#[test]
fn the_stream_ends_when_empty_and_goes_on() {
    let mut acks = OrderedFinalizer::new();
    for round in 0..3 {
        assert_eq!(acks.next().now_or_never(), Some(None), "empty");
        let (answer, ack) = by_hand();
        acks.add(round, ack);
        assert_eq!(acks.next().now_or_never(), None, "on its way");
        answer.send(BatchStatus::Delivered).unwrap();
        assert_eq!(acks.next().now_or_never(), Some(Some((BatchStatus::Delivered.into(), round))));
    }
}

/// Scenario: a host that tells events apart hands out the receiver of a batch. Guarantee: it is an
/// acknowledgement like any other, with the worst status and without a position.
#[test]
fn a_batch_status_receiver_is_an_acknowledgement() {
    let mut acks = OrderedFinalizer::new();
    let mut events = vec![crate::event::LogEvent::default(); 2];
    acks.add((), BatchNotifier::apply_to(&mut events));
    assert_eq!(acks.next().now_or_never(), None, "both events are on their way");

    events[0].metadata().finalizers().update_status(crate::finalization::EventStatus::Errored);
    drop(events);
    let answer = Acknowledgement { status: BatchStatus::Errored, position: None };
    assert_eq!(acks.next().now_or_never(), Some(Some((answer, ()))));
}
