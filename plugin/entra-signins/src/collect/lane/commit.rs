//! What becomes of a batch that the host has: its ids, and how far the lane has read, kept together.

use collector::finalization::BatchStatus;
use collector::sender::Acknowledgement;

use super::{Left, Reader};
use crate::collect::account::Accounts;
use crate::collect::flights::Flight;
use crate::collect::late::Late;
use crate::collect::planner::{self, Lane};
use crate::coverage::{Interval, Read, Second};
use crate::state::{Commit, Delivered};
use crate::status::Observation;

/// A batch on its way.
pub(super) struct Entry {
    pub(super) flight: Flight,
    pub(super) ids: Vec<Delivered>,
    pub(super) changed: Vec<Delivered>,
    pub(super) late: Late,
    pub(super) accounts: Accounts,
    pub(super) read: Option<Read>,
}

impl Reader {
    /// Stores a page that the host has: ids and progress in one transaction.
    pub(super) async fn commit(&self, acknowledgement: Acknowledgement, entry: Entry) -> Result<(), Left> {
        if acknowledgement.status != BatchStatus::Delivered {
            return Err(Left::NotDelivered("the host has not taken a batch".to_owned()));
        }
        let (delivered, changed) = (entry.ids.len(), entry.changed.len());
        let mut coverage = self.stream.coverage.lock().await;
        let mut updated = coverage.clone();
        let loss = entry.read.map(|read| planner::record(&mut updated, &self.stream.bounds(), read));
        let mut lateness = *self.stream.lateness();
        lateness.merge(&entry.late.lateness);
        let commit = Commit {
            stream: self.stream.key,
            ids: entry.ids,
            changed: entry.changed,
            lateness: entry.late.is_any().then_some(lateness),
            accounts: entry.accounts,
            spans: entry.read.map(|_| updated.spans().to_vec()),
            position: acknowledgement.position,
        };
        self.stream.tenant.state.commit(commit).await.map_err(Left::StateFailed)?;
        self.stream.follow(&lateness, &mut updated);
        (*coverage, *self.stream.lateness()) = (updated, lateness);
        drop(coverage);
        drop(entry.flight);
        if let Some((read, loss)) = entry.read.zip(loss) {
            self.stream.release(read.interval);
            self.stream.release(Interval { from: Second::MIN, to: self.stream.bounds().oldest(read.at) });
            self.stream.note_loss(loss);
        }
        if self.lane == Lane::Live && entry.read.is_some() {
            self.stream.polled(delivered > 0);
            self.stream.edge_moved.notify_one();
        }
        let counters = &self.stream.connector.counters;
        counters.late_found.iter().zip(entry.late.found).for_each(|(count, found)| count.add(found));
        counters.delivered.add(delivered);
        counters.changed.add(changed);
        if self.lane == Lane::ReRead {
            counters.late.add(delivered);
        }
        if delivered > 0 {
            self.handed_on(Observation::Cleared);
        }
        if delivered > 0 || entry.read.is_some() {
            self.observe(Observation::Answered);
        }
        Ok(())
    }
}
