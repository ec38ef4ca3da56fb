//! Waiting for many acknowledgements at once, with something of the source's attached to each.
//!
//! Unlike Vector's, a set here is the stream as well: it lives in the source's own loop, and no task stands
//! between an answer and what the source does about it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{FuturesOrdered, FuturesUnordered};

use crate::sender::{Ack, Acknowledgement};

/// Yields acknowledgements in the order in which they were added: what a source commits is always a prefix of
/// what it sent.
pub type OrderedFinalizer<T> = FinalizerSet<FuturesOrdered<Pending<T>>>;

/// Yields acknowledgements as they come.
pub type UnorderedFinalizer<T> = FinalizerSet<FuturesUnordered<Pending<T>>>;

/// An acknowledgement on its way, with its entry.
pub type Pending<T> = BoxFuture<'static, (Acknowledgement, T)>;

/// Acknowledgements on their way, each with the entry that the source needs to act on it.
///
/// As a stream it ends when it is empty and goes on when something is added, so `Some(..) = acks.next()` is a
/// branch of `select!` that rests while nothing is on its way. Awaiting the next one is cancel-safe.
pub struct FinalizerSet<Q> {
    queue: Q,
}

impl<Q: Queue> FinalizerSet<Q> {
    /// An empty set.
    pub fn new() -> Self {
        Self { queue: Q::default() }
    }

    /// Waits for one more.
    pub fn add(&mut self, entry: Q::Entry, ack: impl Into<Ack>) {
        let ack = ack.into();
        self.queue.add(async move { (ack.await, entry) }.boxed());
    }

    /// How many have been added and not been yielded, answered or not.
    pub fn in_flight(&self) -> usize {
        self.queue.in_flight()
    }

    /// Forgets all that are on their way, as a source does before it goes back. Their batches may still be
    /// delivered: nobody takes them back.
    pub fn flush(&mut self) {
        self.queue = Q::default();
    }
}

impl<Q: Queue> Default for FinalizerSet<Q> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Q: Queue> Stream for FinalizerSet<Q> {
    type Item = (Acknowledgement, Q::Entry);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.queue).poll_next(cx)
    }
}

impl<Q: Queue> fmt::Debug for FinalizerSet<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinalizerSet").field("in_flight", &self.in_flight()).finish()
    }
}

/// What decides the order of a [`FinalizerSet`].
pub trait Queue: Default + Unpin + Stream<Item = (Acknowledgement, <Self as Queue>::Entry)> {
    /// What the source attaches to an acknowledgement.
    type Entry: Send + 'static;

    /// Adds one.
    fn add(&mut self, pending: Pending<Self::Entry>);

    /// How many have been added and not been yielded.
    fn in_flight(&self) -> usize;
}

impl<T: Send + 'static> Queue for FuturesOrdered<Pending<T>> {
    type Entry = T;

    fn add(&mut self, pending: Pending<T>) {
        self.push_back(pending);
    }

    fn in_flight(&self) -> usize {
        self.len()
    }
}

impl<T: Send + 'static> Queue for FuturesUnordered<Pending<T>> {
    type Entry = T;

    fn add(&mut self, pending: Pending<T>) {
        self.push(pending);
    }

    fn in_flight(&self) -> usize {
        self.len()
    }
}

#[cfg(test)]
mod tests;
