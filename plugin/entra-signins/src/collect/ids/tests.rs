//! Tests of what is in flight.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

/// Scenario: two windows meet the same id. Guarantee: one sends it, the other learns whose it is; a batch that failed gives
/// it back.
#[test]
fn one_window_sends_the_other_waits() {
    let mut in_flight = InFlight::default();
    let (first, second) = (in_flight.open(), in_flight.open());
    assert_eq!(in_flight.claim(first, id(1)), Claim::Mine);
    assert_eq!(in_flight.claim(first, id(1)), Claim::Repeated);
    assert_eq!(in_flight.claim(second, id(1)), Claim::InFlight(first));
    in_flight.settle(first);
    assert_eq!(in_flight.claim(second, id(1)), Claim::Mine);
}

proptest! {
    /// Scenario: windows claim, the store answers, batches are delivered or fail, in any order. Guarantee: no id is ever
    /// sent while another batch has it or after it was delivered, and in the end nothing is in flight.
    #[test]
    fn an_id_is_delivered_once(steps in prop::collection::vec((0u8..4, 0u128..6), 1..200)) {
        let mut in_flight = InFlight::default();
        let mut open: Vec<(BatchId, Vec<EventId>)> = Vec::new();
        let mut delivered: HashMap<EventId, u32> = HashMap::new();
        for (kind, number) in steps {
            let index = usize::try_from(number).unwrap() % open.len().max(1);
            match kind {
                0 => {
                    let batch = in_flight.open();
                    let wanted = [id(number), id(number / 2)];
                    let mine: Vec<_> =
                        wanted.into_iter().filter(|id| in_flight.claim(batch, *id) == Claim::Mine).collect();
                    let (known, unseen): (Vec<_>, Vec<_>) = mine.into_iter().partition(|id| delivered.contains_key(id));
                    for id in known {
                        in_flight.release(batch, id);
                    }
                    for id in &unseen {
                        prop_assert!(open.iter().all(|(_, sent)| !sent.contains(id)), "sent twice at once");
                    }
                    open.push((batch, unseen));
                }
                1 | 2 if !open.is_empty() => {
                    let (batch, sent) = open.swap_remove(index);
                    for id in sent {
                        *delivered.entry(id).or_default() += 1;
                    }
                    in_flight.settle(batch);
                }
                _ if !open.is_empty() => in_flight.settle(open.swap_remove(index).0),
                _ => {}
            }
        }
        for (batch, _) in open {
            in_flight.settle(batch);
        }
        prop_assert!(in_flight.is_empty());
        prop_assert!(delivered.values().all(|times| *times == 1));
    }
}
