//! The way of events from a source to its host, with back-pressure, and the host's word that they are safe.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::event::LogEvent;
use crate::finalization::{BatchStatus, BatchStatusReceiver};
use crate::internal_event::SourceMetrics;

/// Where a host plugs in: one method.
#[async_trait]
pub trait Output: Send + Sync {
    /// Takes a batch. It returns when the host has room for it, and awaiting it is the back-pressure. The
    /// [`Ack`] exists only once the send is complete: a send that was cancelled promises nothing.
    async fn send(&self, batch: Vec<LogEvent>) -> Result<Ack, Closed>;
}

/// The host takes no more events: it is stopping.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the host takes no more events")]
pub struct Closed;

/// Where a batch went in the host's store: opaque to the source, which keeps the last one and compares it with
/// where the host stands at the next start.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Position {
    /// Which store: a new store has another name, even at the same path.
    pub store: String,
    /// Grows with every batch that the store has made durable.
    pub sequence: u64,
}

/// What became of a batch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Acknowledgement {
    /// Delivered, or not.
    pub status: BatchStatus,
    /// Where it is now, if the host has a store.
    pub position: Option<Position>,
}

impl From<BatchStatus> for Acknowledgement {
    fn from(status: BatchStatus) -> Self {
        Self { status, position: None }
    }
}

/// Resolves when the fate of a batch is known. Dropping it forgets the answer, not the batch.
pub struct Ack(Pin<Box<dyn Future<Output = Acknowledgement> + Send>>);

impl Ack {
    /// An acknowledgement that comes from this future.
    pub fn new(answer: impl Future<Output = Acknowledgement> + Send + 'static) -> Self {
        Self(Box::pin(answer))
    }

    /// An acknowledgement that is already known.
    pub fn ready(status: BatchStatus) -> Self {
        Self::new(std::future::ready(status.into()))
    }
}

impl From<BatchStatusReceiver> for Ack {
    fn from(receiver: BatchStatusReceiver) -> Self {
        Self::new(async move { receiver.await.into() })
    }
}

impl Future for Ack {
    type Output = Acknowledgement;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ack")
    }
}

/// What a source sends its events with.
#[derive(Clone)]
pub struct SourceSender {
    output: Arc<dyn Output>,
    metrics: SourceMetrics,
}

impl SourceSender {
    /// A sender into this output, counting under this component's labels.
    pub fn new(output: Arc<dyn Output>, metrics: SourceMetrics) -> Self {
        Self { output, metrics }
    }

    /// Sends a batch, waiting for room.
    ///
    /// Do not race it against a timer: a cancelled send gives no acknowledgement and the batch must be sent again.
    pub async fn send_batch(&self, batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        let sent = self.metrics.measure(&batch);
        let ack = self.output.send(batch).await?;
        self.metrics.events_sent(sent);
        Ok(ack)
    }

    /// Sends one event, waiting for room.
    pub async fn send_event(&self, event: LogEvent) -> Result<Ack, Closed> {
        self.send_batch(vec![event]).await
    }
}

impl fmt::Debug for SourceSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceSender")
    }
}
