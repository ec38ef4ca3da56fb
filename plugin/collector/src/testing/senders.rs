//! Senders whose host is the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use crate::event::LogEvent;
use crate::finalization::{BatchStatus, Finalizable};
use crate::internal_event::SourceMetrics;
use crate::sender::{Ack, Acknowledgement, Closed, Output, SourceSender};

/// The batches that a test's sender took, in their order.
pub type SentBatches = mpsc::UnboundedReceiver<Vec<LogEvent>>;

impl SourceSender {
    /// Delivers every batch at once.
    pub fn new_test() -> (Self, SentBatches) {
        Self::new_test_finalize(BatchStatus::Delivered)
    }

    /// Answers every batch at once with this status.
    pub fn new_test_finalize(status: BatchStatus) -> (Self, SentBatches) {
        answering(move |_| Ok(status))
    }

    /// Answers `Errored` to the batches, counted from 0, of which `fails` says so; delivers the others.
    pub fn new_test_errors(fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> (Self, SentBatches) {
        answering(move |index| Ok(if fails(index) { BatchStatus::Errored } else { BatchStatus::Delivered }))
    }

    /// Delivers so many batches and is closed from then on.
    pub fn new_test_closed_after(batches: usize) -> (Self, SentBatches) {
        answering(move |index| if index < batches { Ok(BatchStatus::Delivered) } else { Err(Closed) })
    }

    /// Hands every batch to the test, which settles it when it likes and in any order. There is room for so many
    /// that the test has not taken yet; a send waits for room. It is closed when the receiver is dropped.
    ///
    /// # Panics
    ///
    /// If there is no room at all.
    pub fn new_test_by_hand(room: usize) -> (Self, mpsc::Receiver<HeldBatch>) {
        let (held, batches) = mpsc::channel(room);
        (Self::for_test(Arc::new(ByHand(held))), batches)
    }

    /// A sender into this output under the labels of the component `default` of type `test`.
    pub fn for_test(output: Arc<dyn Output>) -> Self {
        Self::new(output, SourceMetrics::new("default".into(), "test"))
    }
}

/// A batch whose fate is in the test's hands. Dropping it is `Errored`.
#[derive(Debug)]
pub struct HeldBatch {
    /// What was sent.
    pub events: Vec<LogEvent>,
    answer: oneshot::Sender<Acknowledgement>,
}

impl HeldBatch {
    /// Answers, with or without a position: takes a [`BatchStatus`] or an [`Acknowledgement`].
    pub fn settle(mut self, answer: impl Into<Acknowledgement>) {
        let answer = answer.into();
        finalize(&mut self.events, answer.status);
        // A source that forgot the batch does not want to know.
        let _unheard = self.answer.send(answer);
    }

    /// Whether the source has forgotten the batch and will not hear an answer.
    pub fn is_forgotten(&self) -> bool {
        self.answer.is_closed()
    }
}

/// Tells those who wait for single events, as a sink does.
pub(super) fn finalize(events: &mut [LogEvent], status: BatchStatus) {
    for event in events {
        event.take_finalizers().update_status(status.into());
    }
}

fn answering(
    answer: impl Fn(usize) -> Result<BatchStatus, Closed> + Send + Sync + 'static,
) -> (SourceSender, SentBatches) {
    let (sent, batches) = mpsc::unbounded_channel();
    let output = Answering { answer, count: AtomicUsize::new(0), sent };
    (SourceSender::for_test(Arc::new(output)), batches)
}

/// Answers at once.
struct Answering<F> {
    answer: F,
    count: AtomicUsize,
    sent: mpsc::UnboundedSender<Vec<LogEvent>>,
}

#[async_trait]
impl<F: Fn(usize) -> Result<BatchStatus, Closed> + Send + Sync> Output for Answering<F> {
    async fn send(&self, mut batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        let status = (self.answer)(self.count.fetch_add(1, Ordering::Relaxed))?;
        finalize(&mut batch, status);
        // A test that looks at the source alone drops the receiver.
        let _unread = self.sent.send(batch);
        Ok(Ack::ready(status))
    }
}

/// Lets the test answer.
struct ByHand(mpsc::Sender<HeldBatch>);

#[async_trait]
impl Output for ByHand {
    async fn send(&self, events: Vec<LogEvent>) -> Result<Ack, Closed> {
        let (answer, answered) = oneshot::channel();
        self.0.send(HeldBatch { events, answer }).await.map_err(|_| Closed)?;
        Ok(Ack::new(async { answered.await.unwrap_or_else(|_| BatchStatus::Errored.into()) }))
    }
}
