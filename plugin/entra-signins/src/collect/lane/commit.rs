//! What becomes of a batch that the host has: its ids, and how far the lane has read, kept together.

use std::sync::Arc;

use collector::finalization::BatchStatus;
use collector::sender::Acknowledgement;

use super::{Left, Reader};
use crate::collect::account::Accounts;
use crate::collect::flights::Flight;
use crate::collect::late::Late;
use crate::collect::part::Part;
use crate::collect::planner::{self, Lane};
use crate::collect::stream::Stream;
use crate::coverage::{Interval, Read, Second};
use crate::state::{Commit, Delivered};
use crate::status::Observation;

/// A batch on its way.
pub(super) struct Entry {
    /// Whose sign-ins are in it.
    pub(super) stream: Arc<Stream>,
    pub(super) flight: Flight,
    pub(super) ids: Vec<Delivered>,
    pub(super) changed: Vec<Delivered>,
    pub(super) late: Late,
    pub(super) accounts: Accounts,
    pub(super) read: Option<Read>,
    /// Whether anything on its page is new, of whichever stream.
    pub(super) has_news: bool,
}

impl Reader {
    /// Stores a page that the host has: ids and progress in one transaction.
    pub(super) async fn commit(&self, acknowledgement: Acknowledgement, entry: Entry) -> Result<(), Left> {
        if acknowledgement.status != BatchStatus::Delivered {
            return Err(Left::NotDelivered("the host has not taken a batch".to_owned()));
        }
        let (stream, board) = (Arc::clone(&entry.stream), &self.stream.connector.board);
        let (delivered, changed) = (entry.ids.len(), entry.changed.len());
        let mut coverage = stream.coverage.lock().await;
        let mut updated = coverage.clone();
        let loss = entry.read.map(|read| planner::record(&mut updated, &stream.bounds(), read));
        let mut lateness = *stream.lateness();
        lateness.merge(&entry.late.lateness);
        let commit = Commit {
            stream: stream.key,
            ids: entry.ids,
            changed: entry.changed,
            lateness: entry.late.is_any().then_some(lateness),
            accounts: entry.accounts,
            spans: entry.read.map(|_| updated.spans().to_vec()),
            position: acknowledgement.position,
        };
        stream.tenant.state.commit(commit).await.map_err(Left::StateFailed)?;
        stream.follow(&lateness, &mut updated);
        (*coverage, *stream.lateness()) = (updated, lateness);
        drop(coverage);
        drop(entry.flight);
        if let Some((read, loss)) = entry.read.zip(loss) {
            stream.release(read.interval);
            stream.release(Interval { from: Second::MIN, to: stream.bounds().oldest(read.at) });
            stream.note_loss(loss);
        }
        if self.lane == Lane::Live && entry.read.is_some() {
            stream.polled(entry.has_news);
            stream.edge_moved.notify_one();
        }
        let counters = &stream.connector.counters;
        counters.late_found.iter().zip(entry.late.found).for_each(|(count, found)| count.add(found));
        counters.delivered.add(delivered);
        counters.delivered_lately.add(delivered, stream.access.clock.monotonic());
        counters.changed.add(changed);
        if self.lane == Lane::ReRead {
            counters.late.add(delivered);
        }
        if delivered > 0 {
            board.observe(&Part::Delivery(stream.key.kind, self.lane), Observation::Cleared);
        }
        if delivered > 0 || entry.read.is_some() {
            board.observe(&Part::Lane(stream.key.kind, self.lane), Observation::Answered);
        }
        Ok(())
    }
}
