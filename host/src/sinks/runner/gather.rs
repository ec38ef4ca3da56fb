//! Reading, encoding and gathering: what comes before a delivery, done while the last one is still in flight.

use std::collections::VecDeque;

use collector::internal_event::ErrorType;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Failure, Trouble};
use crate::encoding::{EncodedEvent, Encoder};
use crate::sinks::batch::BatchOptions;
use crate::sinks::retry::{Backoff, RetryPolicy};
use crate::sinks::{SinkContext, SinkMetrics};

/// What each event's line end takes.
const LINE_END: usize = 1;

/// Makes batches of what the feed has.
pub(super) struct Gatherer<'a> {
    cx: &'a SinkContext,
    metrics: &'a SinkMetrics,
    encoder: &'a Encoder,
    options: BatchOptions,
    /// Events up to this one are with the receiver already.
    delivered: u64,
    /// Read, and too much for the batch before.
    left: VecDeque<EncodedEvent>,
    closed: bool,
    /// Whether the last reading failed.
    has_failed: bool,
}

/// A batch being gathered.
#[derive(Default)]
struct Gathered {
    events: Vec<EncodedEvent>,
    bytes: usize,
    until: Option<Instant>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(
        (cx, metrics): (&'a SinkContext, &'a SinkMetrics),
        encoder: &'a Encoder,
        options: BatchOptions,
        delivered: u64,
    ) -> Self {
        Self {
            cx,
            metrics,
            encoder,
            options,
            delivered,
            left: VecDeque::new(),
            closed: false,
            has_failed: false,
        }
    }

    /// Sends batches until the sink is asked to stop, the journal closes or nobody takes them any more.
    pub(super) async fn run(mut self, out: mpsc::Sender<Vec<EncodedEvent>>) {
        loop {
            let batch = tokio::select! {
                biased;
                () = out.closed() => return,
                batch = self.next() => batch,
            };
            if batch.is_empty() || out.send(batch).await.is_err() {
                return;
            }
        }
    }

    /// The next batch; empty at the end.
    async fn next(&mut self) -> Vec<EncodedEvent> {
        let mut batch = Gathered::default();
        while !self.fill(&mut batch) && !self.closed {
            let stop = self.cx.stop.asked.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => self.closed = true,
                () = reached(batch.until) => break,
                () = self.read(&batch) => {}
            }
        }
        batch.events
    }

    /// Moves what was read into the batch; whether it is full.
    fn fill(&mut self, batch: &mut Gathered) -> bool {
        while let Some(event) = self.left.front() {
            let bytes = batch.bytes + event.body.len() + LINE_END;
            if !batch.events.is_empty() && bytes > self.options.max_bytes {
                return true;
            }
            batch.bytes = bytes;
            batch.events.extend(self.left.pop_front());
            batch.until.get_or_insert_with(|| Instant::now() + self.options.timeout);
            if batch.events.len() >= self.options.max_events {
                return true;
            }
        }
        batch.bytes >= self.options.max_bytes
    }

    /// Reads at least one more event, or learns that there will be none.
    async fn read(&mut self, batch: &Gathered) {
        let room = (
            self.options.max_events - batch.events.len(),
            self.options.max_bytes.saturating_sub(batch.bytes),
        );
        let mut trouble =
            Trouble { cx: self.cx, metrics: self.metrics, backoff: Backoff::new(RetryPolicy::default()) };
        loop {
            match self.cx.feed.next(room.0, room.1).await {
                Ok(Some(events)) => {
                    if std::mem::take(&mut self.has_failed) {
                        trouble.over();
                    }
                    let new = events.into_iter().filter(|event| event.sequence > self.delivered);
                    self.left.extend(new.map(|event| self.encoder.encode(event)));
                    return;
                }
                Ok(None) => {
                    self.closed = true;
                    return;
                }
                Err(error) => {
                    self.has_failed = true;
                    let (error_type, reason) = (ErrorType::IoFailed, error.to_string());
                    if trouble.wait(Failure::Misconfigured { error_type, reason }).await.is_err() {
                        self.closed = true;
                        return;
                    }
                }
            }
        }
    }
}

async fn reached(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
