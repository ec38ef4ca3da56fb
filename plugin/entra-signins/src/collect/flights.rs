//! Batches in flight as tasks see them: claims that cannot be forgotten, and a word for whoever waits for another's batch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::ids::{BatchId, Claim, InFlight};
use crate::config::EventId;

/// What became of a batch, for windows that met its ids.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// Nobody knows yet.
    InFlight,
    /// The host has it.
    Delivered,
    /// The host has not taken it, or it was forgotten.
    Failed,
}

/// Everything in flight in one tenant.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<Core>);

#[derive(Debug, Default)]
struct Core {
    ids: InFlight,
    fates: HashMap<BatchId, watch::Receiver<Fate>>,
}

/// One batch in flight. Its ids are given back when it is dropped: after its ids are stored, or because it is forgotten.
#[derive(Debug)]
pub(crate) struct Flight {
    flights: Arc<Flights>,
    batch: BatchId,
    fate: watch::Sender<Fate>,
}

/// The fate of another window's batch.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    batch: BatchId,
    fate: watch::Receiver<Fate>,
}

impl PartialEq for Dependency {
    fn eq(&self, other: &Self) -> bool {
        self.batch == other.batch
    }
}

/// What a claim found.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// Nobody else has it.
    Mine,
    /// This batch has it already.
    Repeated,
    /// Another window's batch has it: commit only after that one is delivered.
    Elsewhere(Dependency),
}

impl Flights {
    /// A new batch.
    pub(crate) fn open(self: &Arc<Self>) -> Flight {
        let (fate, watched) = watch::channel(Fate::InFlight);
        let mut core = self.lock();
        let batch = core.ids.open();
        core.fates.insert(batch, watched);
        Flight { flights: Arc::clone(self), batch, fate }
    }

    /// Whether this id is in flight.
    pub(crate) fn hold(&self, id: EventId) -> bool {
        self.lock().ids.holds(id)
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// Takes an id, if nobody has it.
    pub(crate) fn claim(&self, id: EventId) -> Claimed {
        let mut core = self.flights.lock();
        match core.ids.claim(self.batch, id) {
            Claim::Mine => Claimed::Mine,
            Claim::Repeated => Claimed::Repeated,
            Claim::InFlight(other) => match core.fates.get(&other) {
                Some(fate) => Claimed::Elsewhere(Dependency { batch: other, fate: fate.clone() }),
                None => Claimed::Mine,
            },
        }
    }

    /// Gives an id back: it was delivered before.
    pub(crate) fn release(&self, id: EventId) {
        self.flights.lock().ids.release(self.batch, id);
    }

    /// What passes on the host's answer to whoever waits for this batch.
    pub(crate) fn word(&self) -> Word {
        Word(self.fate.clone())
    }
}

/// Passes on the host's answer about a batch.
#[derive(Debug)]
pub(crate) struct Word(watch::Sender<Fate>);

impl Word {
    /// The host has answered.
    pub(crate) fn answered(&self, delivered: bool) {
        self.0.send_replace(if delivered { Fate::Delivered } else { Fate::Failed });
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut core = self.flights.lock();
        core.ids.settle(self.batch);
        core.fates.remove(&self.batch);
    }
}

impl Dependency {
    /// Waits until the batch's fate is known. The host's word is enough, so that two windows that met each other's ids
    /// cannot wait for each other for ever; a batch that is dropped without a word has failed.
    pub(crate) async fn delivered(mut self) -> bool {
        let known = self.fate.wait_for(|fate| *fate != Fate::InFlight).await;
        known.is_ok_and(|fate| *fate == Fate::Delivered)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ID: EventId = EventId(Uuid::from_u128(1));

    fn meet(flight: &Flight) -> Dependency {
        match flight.claim(ID) {
            Claimed::Elsewhere(dependency) => dependency,
            other => panic!("{other:?}"),
        }
    }

    /// Scenario: a window meets an id of another one's batch, which is delivered. Guarantee: it learns so though the batch is
    /// gone by then.
    #[tokio::test]
    async fn the_other_window_learns_of_delivery() {
        let flights = Arc::new(Flights::default());
        let (first, second) = (flights.open(), flights.open());
        assert!(matches!(first.claim(ID), Claimed::Mine));
        let dependency = meet(&second);
        first.word().answered(true);
        drop(first);
        assert!(dependency.delivered().await);
        assert!(matches!(second.claim(ID), Claimed::Mine));
    }

    /// Scenario: the batch fails, or is forgotten without a word. Guarantee: whoever met its ids must go back as well.
    #[tokio::test]
    async fn a_failed_or_forgotten_batch_takes_others_back() {
        for word in [Some(false), None] {
            let flights = Arc::new(Flights::default());
            let (first, second) = (flights.open(), flights.open());
            first.claim(ID);
            let dependency = meet(&second);
            if let Some(delivered) = word {
                first.word().answered(delivered);
            }
            drop(first);
            assert!(!dependency.delivered().await);
        }
    }
}
