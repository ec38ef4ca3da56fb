//! Where a sink's events come from: the journal, behind a trait, so that sinks are tested without a database.

use async_trait::async_trait;

pub use crate::encoding::StoredEvent;
use crate::journal::{JournalError, Lineage, Reader};

/// The journal cannot be read or written now; the same call can be made again.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the journal does not answer: {0}")]
pub struct FeedError(pub String);

/// One reader's view of the journal, in order of sequence.
#[async_trait]
pub trait Feed: Send + Sync {
    /// The next events, waiting for new ones. At least one, even if it is larger than `max_bytes` (of JSON); at
    /// most `max_events`. `None` when the journal closes. Safe to cancel: what was not returned comes next time.
    async fn next(&self, max_events: usize, max_bytes: usize) -> Result<Option<Vec<StoredEvent>>, FeedError>;

    /// Moves the reader's position: every event up to this one is delivered. Durable when it returns.
    async fn confirm(&self, sequence: u64) -> Result<(), FeedError>;

    /// Keeps an event that the receiver cannot take, with the reason, for somebody to look at. Durable when it
    /// returns; doing it twice is the same as once.
    async fn set_aside(&self, sequence: u64, reason: &str) -> Result<(), FeedError>;

    /// The last confirmed event.
    fn position(&self) -> u64;

    /// What a sink needs to keep a sequence outside the journal.
    fn lineage(&self) -> Lineage;
}

impl From<JournalError> for FeedError {
    fn from(error: JournalError) -> Self {
        Self(error.to_string())
    }
}

#[async_trait]
impl Feed for Reader {
    async fn next(&self, max_events: usize, max_bytes: usize) -> Result<Option<Vec<StoredEvent>>, FeedError> {
        Ok(Self::next(self, max_events, max_bytes).await?)
    }

    async fn confirm(&self, sequence: u64) -> Result<(), FeedError> {
        Ok(Self::confirm(self, sequence).await?)
    }

    async fn set_aside(&self, sequence: u64, reason: &str) -> Result<(), FeedError> {
        Ok(Self::set_aside(self, sequence, reason).await?)
    }

    fn position(&self) -> u64 {
        Self::position(self)
    }

    fn lineage(&self) -> Lineage {
        Self::lineage(self)
    }
}
