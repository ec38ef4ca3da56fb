//! The way in: a source's batches.

use std::sync::Arc;

use async_trait::async_trait;
use collector::config::ComponentKey;
use collector::event::LogEvent;
use collector::finalization::{BatchStatus, EventFinalizers, EventStatus, Finalizable as _};
use collector::internal_event::estimated_json_size;
use collector::sender::{Ack, Acknowledgement, Closed, Output, Position};
use tokio::sync::oneshot;
use tracing::error;

use super::block::{self, Encoded};
use super::shared::Shared;
use super::writer::{Append, Command};

/// Takes the events of one source. The acknowledgement is `Delivered`, with a position, once they are on the disk.
pub struct JournalOutput {
    source: ComponentKey,
    shared: Arc<Shared>,
}

impl JournalOutput {
    pub(super) fn new(source: ComponentKey, shared: Arc<Shared>) -> Self {
        Self { source, shared }
    }

    /// Encoding is work for a core, so it is done where it does not stop other tasks.
    async fn encode(&self, batch: Vec<LogEvent>) -> Option<Vec<Encoded>> {
        let source = self.source.clone();
        let encoded = tokio::task::spawn_blocking(move || block::encode(&source, &batch)).await;
        encoded
            .map_err(|error| error!(source = %self.source, %error, "Encoding events has failed."))
            .ok()?
            .map_err(|error| error!(source = %self.source, %error, "Events have no form in the journal."))
            .ok()
    }
}

impl std::fmt::Debug for JournalOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("JournalOutput").field(&self.source).finish()
    }
}

#[async_trait]
impl Output for JournalOutput {
    async fn send(&self, mut batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        let room = self.shared.room(batch.iter().map(size_of).sum()).await?;
        let mut finalizers = EventFinalizers::default();
        for event in &mut batch {
            finalizers.merge(event.take_finalizers());
        }
        let (pending, answer) = Pending::new(finalizers);
        let Some(blocks) = self.encode(batch).await else {
            pending.errored();
            return Ok(Ack::ready(BatchStatus::Errored));
        };
        self.shared.submit(Command::Append(Append { blocks, pending, room })).map_err(|_| Closed)?;
        Ok(Ack::new(async { answer.await.unwrap_or_else(|_| BatchStatus::Errored.into()) }))
    }
}

fn size_of(event: &LogEvent) -> usize {
    estimated_json_size(event) + event.metadata().raw.as_ref().map_or(0, bytes::Bytes::len)
}

/// Everybody who waits for a batch. Dropped without a word, it is an error: nobody may take it for delivered.
pub(super) struct Pending {
    answer: Option<oneshot::Sender<Acknowledgement>>,
    finalizers: EventFinalizers,
}

impl Pending {
    pub(super) fn new(finalizers: EventFinalizers) -> (Self, oneshot::Receiver<Acknowledgement>) {
        let (answer, receiver) = oneshot::channel();
        (Self { answer: Some(answer), finalizers }, receiver)
    }

    /// It is on the disk.
    pub(super) fn delivered(mut self, position: Position) {
        self.resolve(
            EventStatus::Delivered,
            Acknowledgement { status: BatchStatus::Delivered, position: Some(position) },
        );
    }

    /// It is not.
    pub(super) fn errored(self) {
        drop(self);
    }

    fn resolve(&mut self, status: EventStatus, acknowledgement: Acknowledgement) {
        if let Some(answer) = self.answer.take() {
            self.finalizers.update_status(status);
            // Whoever asked may have gone.
            let _unheard = answer.send(acknowledgement);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.resolve(EventStatus::Errored, BatchStatus::Errored.into());
    }
}
