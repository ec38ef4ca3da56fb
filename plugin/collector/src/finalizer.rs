//! Waiting for many acknowledgements at once, with something of the source's attached to each.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use futures::stream::{FuturesOrdered, FuturesUnordered};

use crate::sender::{Ack, Acknowledgement};

/// Yields acknowledgements in the order in which they were added: what is committed is always a prefix.
pub type OrderedFinalizer<T> = FinalizerSet<FuturesOrdered<Pending<T>>>;

/// Yields acknowledgements as they come.
pub type UnorderedFinalizer<T> = FinalizerSet<FuturesUnordered<Pending<T>>>;

/// An acknowledgement on its way, with its entry.
#[derive(Debug)]
pub struct Pending<T> {
    ack: Ack,
    entry: Option<T>,
}

impl<T: Unpin> Future for Pending<T> {
    type Output = (Acknowledgement, T);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = std::task::ready!(Pin::new(&mut self.ack).poll(cx));
        match self.entry.take() {
            Some(entry) => Poll::Ready((answer, entry)),
            None => Poll::Pending,
        }
    }
}

/// A set of futures that grows at its end.
pub trait Queue<F>: Default + Stream {
    /// Adds one.
    fn add(&mut self, future: F);
    /// How many are on their way.
    fn len(&self) -> usize;
}

impl<F: Future> Queue<F> for FuturesOrdered<F> {
    fn add(&mut self, future: F) {
        self.push_back(future);
    }

    fn len(&self) -> usize {
        Self::len(self)
    }
}

impl<F: Future> Queue<F> for FuturesUnordered<F> {
    fn add(&mut self, future: F) {
        self.push(future);
    }

    fn len(&self) -> usize {
        Self::len(self)
    }
}

/// Acknowledgements on their way. As a stream it ends when it is empty, and goes on when something is added.
#[derive(Debug, Default)]
pub struct FinalizerSet<Q> {
    queue: Q,
}

impl<Q> FinalizerSet<Q> {
    /// Waits for one more.
    pub fn add<T>(&mut self, entry: T, ack: impl Into<Ack>)
    where
        Q: Queue<Pending<T>>,
    {
        self.queue.add(Pending { ack: ack.into(), entry: Some(entry) });
    }

    /// How many are on their way.
    pub fn in_flight<T>(&self) -> usize
    where
        Q: Queue<Pending<T>>,
    {
        self.queue.len()
    }

    /// Forgets all that are on their way.
    pub fn flush(&mut self)
    where
        Q: Default,
    {
        self.queue = Q::default();
    }
}

impl<Q: Stream + Unpin> Stream for FinalizerSet<Q> {
    type Item = Q::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.queue).poll_next(cx)
    }
}
