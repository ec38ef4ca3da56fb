//! A reader as sinks see it.

use async_trait::async_trait;
use collector::sender::Position;

use super::error::JournalError;
use super::reader::Reader;
use crate::sinks::feed::{Feed, FeedError, StoredEvent};

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

    fn position(&self) -> Position {
        Self::position(self)
    }
}
