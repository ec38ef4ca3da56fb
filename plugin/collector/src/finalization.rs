//! Who waits for an event's delivery, and what they are told.
//!
//! A source that needs to know the fate of a batch makes a [`BatchNotifier`], gives a clone to every event and
//! drops its own. Whoever delivers an event updates the status of its finalizers; when the last clone is gone,
//! the [`BatchStatusReceiver`] resolves with the worst status of all. An event that is thrown away without an
//! update does not make the batch worse, as in Vector: a task that dies with events in its hands reports them as
//! delivered. A host that can lose events in such a way answers with an [`crate::sender::Ack`] of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

/// What became of a batch; the worse one wins.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum BatchStatus {
    /// Every event was delivered, or thrown away on purpose.
    #[default]
    Delivered = 0,
    /// Something failed that may work later.
    Errored = 1,
    /// The receiver refused it, or retries ran out. A source treats it like [`BatchStatus::Errored`]: it says
    /// nothing about the data.
    Rejected = 2,
}

/// What became of one event.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum EventStatus {
    /// Thrown away, or nobody said anything.
    #[default]
    Dropped,
    /// Delivered.
    Delivered,
    /// Failed for now.
    Errored,
    /// Refused.
    Rejected,
}

impl From<BatchStatus> for EventStatus {
    fn from(status: BatchStatus) -> Self {
        match status {
            BatchStatus::Delivered => Self::Delivered,
            BatchStatus::Errored => Self::Errored,
            BatchStatus::Rejected => Self::Rejected,
        }
    }
}

/// Counts the events of a batch by its clones; the last one dropped sends the status.
#[derive(Clone, Debug)]
pub struct BatchNotifier(Arc<Notice>);

#[derive(Debug)]
struct Notice {
    status: AtomicU8,
    receiver: Option<oneshot::Sender<BatchStatus>>,
}

impl BatchNotifier {
    /// A notifier and the end that hears of the batch. Drop the notifier once every event has its clone.
    pub fn new_with_receiver() -> (Self, BatchStatusReceiver) {
        let (sender, receiver) = oneshot::channel();
        let notice = Notice { status: AtomicU8::new(0), receiver: Some(sender) };
        (Self(Arc::new(notice)), BatchStatusReceiver(receiver))
    }

    /// Both ends if somebody wants to know.
    pub fn maybe_new_with_receiver(wanted: bool) -> (Option<Self>, Option<BatchStatusReceiver>) {
        wanted.then(Self::new_with_receiver).unzip()
    }

    /// Gives every item a clone and hands out the receiving end. No items: delivered at once.
    pub fn apply_to<T: AddBatchNotifier>(items: &mut [T]) -> BatchStatusReceiver {
        let (batch, receiver) = Self::new_with_receiver();
        for item in items {
            item.add_batch_notifier(batch.clone());
        }
        receiver
    }

    /// The same, if somebody wants to know.
    pub fn maybe_apply_to<T: AddBatchNotifier>(wanted: bool, items: &mut [T]) -> Option<BatchStatusReceiver> {
        wanted.then(|| Self::apply_to(items))
    }

    fn update(&self, status: EventStatus) {
        let status = match status {
            EventStatus::Dropped | EventStatus::Delivered => BatchStatus::Delivered,
            EventStatus::Errored => BatchStatus::Errored,
            EventStatus::Rejected => BatchStatus::Rejected,
        };
        // Relaxed is enough: the count of clones orders every update before the drop that reads the status.
        self.0.status.fetch_max(status as u8, Ordering::Relaxed);
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        let worst = *self.status.get_mut();
        let statuses = [BatchStatus::Rejected, BatchStatus::Errored];
        let status = statuses.into_iter().find(|status| *status as u8 == worst).unwrap_or_default();
        if let Some(receiver) = self.receiver.take() {
            // Whoever dropped the receiver does not want to know.
            let _unheard = receiver.send(status);
        }
    }
}

/// Resolves with the status of a batch.
#[derive(Debug)]
pub struct BatchStatusReceiver(oneshot::Receiver<BatchStatus>);

impl Future for BatchStatusReceiver {
    type Output = BatchStatus;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<BatchStatus> {
        Pin::new(&mut self.0).poll(cx).map(|status| status.unwrap_or(BatchStatus::Errored))
    }
}

/// Something that a batch can count.
pub trait AddBatchNotifier {
    /// Makes this item part of the batch.
    fn add_batch_notifier(&mut self, batch: BatchNotifier);
}

/// Something that carries finalizers.
pub trait Finalizable {
    /// Takes them out, to keep them while the item itself is encoded and sent.
    fn take_finalizers(&mut self) -> EventFinalizers;
}

/// Everyone who waits for an event.
#[derive(Clone, Debug, Default)]
pub struct EventFinalizers(Vec<BatchNotifier>);

impl EventFinalizers {
    /// One more batch that counts this event.
    pub fn add(&mut self, batch: BatchNotifier) {
        self.0.push(batch);
    }

    /// Takes over somebody else's.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Tells all of them what became of the event.
    pub fn update_status(&self, status: EventStatus) {
        for batch in &self.0 {
            batch.update(status);
        }
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
