//! Telling new sign-ins from known ones.
//!
//! An id is unseen, in flight or delivered. The store knows what was delivered; here is what is in flight, over all
//! windows of a tenant. A window that meets an id in flight from another one leaves it alone, but may commit only
//! after that one's batch.
//!
//! Claim first, then ask the store, then [`InFlight::release`] what it knows: the other way round, a batch that is
//! delivered between the two would be taken for unseen.

use std::collections::{HashMap, HashSet};

use crate::config::EventId;

#[cfg(test)]
mod tests;

/// A batch on its way to the host.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BatchId(u64);

/// What a claim found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Claim {
    /// Nobody has it in flight: it is this batch's, unless the store knows it.
    Mine,
    /// This batch has it already.
    Repeated,
    /// Another batch has it.
    InFlight(BatchId),
}

/// What is in flight in one tenant.
#[derive(Debug, Default)]
pub struct InFlight {
    ids: HashMap<EventId, BatchId>,
    batches: HashMap<BatchId, HashSet<EventId>>,
    issued: u64,
}

impl InFlight {
    /// A new batch.
    pub fn open(&mut self) -> BatchId {
        self.issued += 1;
        let batch = BatchId(self.issued);
        self.batches.insert(batch, HashSet::new());
        batch
    }

    /// Takes an id for a batch, if nobody has it.
    pub fn claim(&mut self, batch: BatchId, id: EventId) -> Claim {
        match self.ids.get(&id) {
            Some(owner) if *owner == batch => Claim::Repeated,
            Some(owner) => Claim::InFlight(*owner),
            None => {
                self.ids.insert(id, batch);
                self.batches.entry(batch).or_default().insert(id);
                Claim::Mine
            }
        }
    }

    /// Gives an id of a batch back: it was delivered before.
    pub fn release(&mut self, batch: BatchId, id: EventId) {
        if let Some(ids) = self.batches.get_mut(&batch)
            && ids.remove(&id)
        {
            self.ids.remove(&id);
        }
    }

    /// The batch's fate is known and stored, or it is forgotten: its ids are no longer in flight.
    pub fn settle(&mut self, batch: BatchId) {
        for id in self.batches.remove(&batch).unwrap_or_default() {
            self.ids.remove(&id);
        }
    }

    /// Whether this id is in flight.
    pub fn holds(&self, id: EventId) -> bool {
        self.ids.contains_key(&id)
    }

    /// How many ids are in flight.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing is in flight.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}
