//! A feed that ends after so many events, for trying things out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use crate::journal::Lineage;
use crate::sinks::feed::{Feed, FeedError, StoredEvent};

/// Gives out as many events as are left, counted over all that share `left`.
pub(super) struct LimitedFeed {
    pub(super) inner: Arc<dyn Feed>,
    pub(super) left: Arc<AtomicU64>,
}

#[async_trait]
impl Feed for LimitedFeed {
    async fn next(&self, max_events: usize, max_bytes: usize) -> Result<Option<Vec<StoredEvent>>, FeedError> {
        let left = usize::try_from(self.left.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(None);
        }
        let events = self.inner.next(max_events.min(left), max_bytes).await?;
        let taken = events.as_ref().map_or(0, Vec::len) as u64;
        // Two that read at the same time may go beyond it, and both end then.
        let rest = |left: u64| Some(left.saturating_sub(taken));
        let _always_some = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
        Ok(events)
    }

    async fn confirm(&self, sequence: u64) -> Result<(), FeedError> {
        self.inner.confirm(sequence).await
    }

    async fn set_aside(&self, sequence: u64, reason: &str) -> Result<(), FeedError> {
        self.inner.set_aside(sequence, reason).await
    }

    fn position(&self) -> u64 {
        self.inner.position()
    }

    fn lineage(&self) -> Lineage {
        self.inner.lineage()
    }
}
