//! Counts of sign-ins for the console's Cloud Activity, kept as events arrive.
//!
//! The journal is the truth; this is derived from it, by somebody who reads it in passing and holds nothing back: lost, damaged or of
//! another journal, it is made anew. Counts and the place up to which they count move in one transaction, so that every event counts once,
//! whatever is killed. A new revision of an event is no other sign-in and does not count.

mod query;
mod sign_in;
mod store;
mod tally;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

pub use query::{Dashboard, Query, Row, Slot, Tenant};
pub use tally::Dimension;

use crate::journal::{Journal, JournalError};
use crate::sinks::Now;
use store::Store;
use tally::Tally;

/// Events counted in one transaction, at most.
const PAGE: usize = 5_000;
/// And bytes of them.
const PAGE_BYTES: usize = 16 << 20;
/// Whoever sends and delivers goes first: it rests so many times as long as it has counted, so that it takes a fifth of a core at most.
const REST: u32 = 4;
/// Counts come together for so long, so that a trickle is not a transaction each.
const GATHER: Duration = Duration::from_secs(1);
/// Counts of what happened longer ago than Microsoft keeps sign-ins are forgotten.
const KEPT: Duration = Duration::from_hours(24 * 31);
/// After something failed.
const AGAIN: Duration = Duration::from_secs(10);

/// Why there are no counts.
#[derive(Debug, thiserror::Error)]
pub enum ActivityError {
    /// The file cannot be used; it is made anew by itself.
    #[error("the counts of sign-ins cannot be used: {0}")]
    Store(#[from] rusqlite::Error),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The thread that asked it has panicked.
    #[error("the counts of sign-ins cannot be asked")]
    Gone,
}

/// The counts of a data directory. Clones share them.
#[derive(Clone)]
pub struct Activity {
    store: Arc<Mutex<Store>>,
}

impl Activity {
    /// Those in this directory, of this journal; made anew if they are of another one or cannot be read.
    pub fn open(data_dir: &Path, journal: &Journal) -> Result<Self, ActivityError> {
        let store = Store::open(&data_dir.join("activity.db"), &journal.position().store)?;
        Ok(Self { store: Arc::new(Mutex::new(store)) })
    }

    /// Counts what arrives, until asked to stop.
    pub async fn keep(self, journal: Arc<Journal>, now: Now, stop: CancellationToken) {
        let counting = async {
            loop {
                let wait = match self.advance(&journal, &now).await {
                    Ok((true, took)) => took * REST,
                    Ok((false, _)) => GATHER,
                    Err(error) => {
                        warn!(%error, "Sign-ins are not counted for the console just now; tried again.");
                        AGAIN
                    }
                };
                tokio::time::sleep(wait).await;
            }
        };
        let _stopped: Option<()> = stop.run_until_cancelled(counting).await;
    }

    /// Counts the next events, waiting for some; whether there are more, and how long that took.
    async fn advance(&self, journal: &Journal, now: &Now) -> Result<(bool, Duration), ActivityError> {
        let oldest = now().as_second() - KEPT.as_secs().cast_signed();
        let position =
            self.with(move |store| store.forget_before(oldest).and_then(|()| store.position())).await?;
        journal.changed_since(position).await;
        let begun = Instant::now();
        let page = journal.after(position, PAGE, PAGE_BYTES).await?;
        let (until, more) = (page.until, page.until < journal.position().sequence);
        self.with(move |store| store.add(&Tally::of(&page.events), until)).await?;
        Ok((more, begun.elapsed()))
    }

    /// What there was in some time.
    pub async fn dashboard(&self, query: Query) -> Result<Dashboard, ActivityError> {
        self.with(move |store| query::dashboard(store, &query)).await
    }

    /// Does something with the file where it may wait for the disk.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ActivityError> {
        let store = Arc::clone(&self.store);
        let done = tokio::task::spawn_blocking(move || {
            work(&mut store.lock().unwrap_or_else(PoisonError::into_inner))
        });
        Ok(done.await.map_err(|_panicked| ActivityError::Gone)??)
    }

    /// Counts these at once.
    #[cfg(test)]
    async fn count(&self, events: Vec<crate::journal::StoredEvent>, until: u64) -> Result<(), ActivityError> {
        self.with(move |store| store.add(&Tally::of(&events), until)).await
    }
}

impl std::fmt::Debug for Activity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Activity")
    }
}
