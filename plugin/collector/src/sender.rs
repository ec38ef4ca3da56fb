//! The way of events from a source to its host, with back-pressure, and the host's word that they are safe.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

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

/// Where a batch went in the host's store: opaque to the source, which keeps the last one and compares it at the next
/// start with the last one that the host knows of. A host whose store is set back, or new, knows of an older one or none.
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
    /// Where it is now. `None`: the host keeps no store, or there was nothing to keep.
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
    wall_clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl SourceSender {
    /// A sender into this output, counting under this component's labels.
    pub fn new(output: Arc<dyn Output>, metrics: SourceMetrics) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks, where nobody gave a clock")]
        let wall_clock = Arc::new(Timestamp::now);
        Self { output, metrics, wall_clock }
    }

    /// The same sender, measuring the lag of events by this clock.
    #[must_use]
    pub fn with_wall_clock(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.wall_clock = Arc::new(now);
        self
    }

    /// The component's counters, for what the source itself has to count: bytes and events received, errors.
    pub fn metrics(&self) -> &SourceMetrics {
        &self.metrics
    }

    /// Sends a batch, waiting for room. An empty batch is delivered at once and not shown to the host.
    ///
    /// Do not race it against a timer: a cancelled send gives no acknowledgement and the batch must be sent again.
    /// Racing it against the shutdown is right, since what was not acknowledged comes again at the next start.
    pub async fn send_batch(&self, batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        if batch.is_empty() {
            return Ok(Ack::ready(BatchStatus::Delivered));
        }
        let size = self.metrics.measure(&batch);
        let happened: Vec<_> = batch.iter().filter_map(|event| event.metadata().timestamp).collect();
        let began = Instant::now();
        let ack = self.output.send(batch).await?;
        self.metrics.events_sent(size, began.elapsed());
        if !happened.is_empty() {
            self.metrics.lag(&happened, (self.wall_clock)());
        }
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

#[cfg(test)]
mod tests;
