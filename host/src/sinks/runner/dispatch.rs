//! Delivering one batch at a time, and finding out which event a receiver cannot take.
//!
//! # When an event is set aside
//!
//! A receiver that refuses a batch for its content is asked again with halves, down to single events. An event that
//! is refused alone may be broken, or it is the receiver that is misconfigured and refuses everything. The
//! second must not empty the journal into the set-aside shelf, so:
//!
//! 1. if another event of the same batch was accepted, the refused ones are set aside and the position moves on;
//! 2. if the batch was a single event, and the receiver has accepted anything since an event was last set aside on
//!    this ground, it is set aside as well;
//! 3. else everything is held: shown as needing attention, tried again after long waits, and newer events join the
//!    batch meanwhile, so that rule 1 can decide as soon as there is one that the receiver takes.
//!
//! A batch that is too large is halved too; later batches are cut to the half that is known to be too large.

use std::ops::Range;

use tokio::sync::mpsc;
use tracing::warn;

use super::{Delivery, End, Failure, Trouble};
use crate::encoding::EncodedEvent;
use crate::sinks::batch::size_of;
use crate::sinks::feed::FeedError;
use crate::sinks::retry::{Backoff, RetryPolicy};
use crate::sinks::{SinkContext, SinkMetrics};
use collector::internal_event::ErrorType;

/// Delivers batches in order.
pub(super) struct Dispatcher<'a, D> {
    delivery: &'a mut D,
    cx: &'a SinkContext,
    metrics: &'a SinkMetrics,
    policy: RetryPolicy,
    /// Whether something was accepted since a lone event was set aside (rule 2).
    trusted: bool,
    /// What the receiver has shown to take at once, in bytes.
    largest: usize,
}

/// What became of one request.
enum Verdict {
    Accepted,
    TooLarge(String),
    Refused(String),
}

/// One way through a batch.
#[derive(Default)]
struct Pass {
    is_begun: bool,
    accepted: bool,
    /// Single events that were refused before any was accepted.
    refused: Vec<(u64, String)>,
}

impl<'a, D: Delivery> Dispatcher<'a, D> {
    pub(super) fn new(
        delivery: &'a mut D,
        cx: &'a SinkContext,
        metrics: &'a SinkMetrics,
        policy: RetryPolicy,
    ) -> Self {
        Self { delivery, cx, metrics, policy, trusted: false, largest: usize::MAX }
    }

    /// Delivers until there are no more batches. Once asked to stop it finishes the request in flight and begins no
    /// other, but for a batch that was gathered while it had nothing to do: a receiver may be slow, and what it
    /// does not get now is safe in the journal.
    pub(super) async fn run(&mut self, mut batches: mpsc::Receiver<Vec<EncodedEvent>>) -> Result<(), End> {
        loop {
            tokio::select! {
                biased;
                batch = batches.recv() => match batch {
                    Some(batch) => {
                        self.settle(batch, &mut batches).await?;
                        self.go_on()?;
                    }
                    None => return Ok(()),
                },
                () = self.delivery.due() => self.maintain().await?,
            }
        }
    }

    /// Whether to begin another request.
    fn go_on(&self) -> Result<(), End> {
        if self.cx.stop.asked.is_cancelled() { Err(End::Stopped) } else { Ok(()) }
    }

    /// Confirms, for as long as it takes.
    pub(super) async fn confirm(&self, sequence: u64) -> Result<(), End> {
        let mut trouble = self.trouble();
        while let Err(error) = self.confirm_once(sequence).await {
            trouble.wait(journal_failure(&error)).await?;
        }
        self.cx.report.moved(sequence);
        trouble.over();
        Ok(())
    }

    async fn confirm_once(&self, sequence: u64) -> Result<(), FeedError> {
        if self.cx.feed.position().sequence < sequence {
            self.cx.feed.confirm(sequence).await
        } else {
            Ok(())
        }
    }

    async fn maintain(&mut self) -> Result<(), End> {
        let mut trouble = self.trouble();
        while let Err(failure) = self.delivery.maintain().await {
            trouble.wait(failure).await?;
        }
        trouble.over();
        Ok(())
    }

    /// Delivers a batch, whatever it takes.
    async fn settle(
        &mut self,
        mut batch: Vec<EncodedEvent>,
        more: &mut mpsc::Receiver<Vec<EncodedEvent>>,
    ) -> Result<(), End> {
        let mut holding = self.trouble();
        loop {
            let pass = self.pass(&batch).await?;
            let Some((_, reason)) = pass.refused.last().cloned() else { return Ok(()) };
            if batch.len() == 1 && self.trusted {
                self.trusted = false;
                return self.set_aside(pass.refused).await;
            }
            let reason = format!("every event is refused, so none is set aside: {reason}");
            holding.wait(Failure::Refused { reason }).await?;
            if let Ok(newer) = more.try_recv() {
                batch.extend(newer);
            }
        }
    }

    /// Goes through a batch once, in order. Events refused though others were accepted are set aside; what is left
    /// in the answer's `refused` was refused while nothing was accepted.
    async fn pass(&mut self, batch: &[EncodedEvent]) -> Result<Pass, End> {
        let mut pass = Pass::default();
        let mut work = self.cut(batch);
        while let Some(range) = work.pop() {
            if pass.is_begun {
                self.go_on()?;
            }
            pass.is_begun = true;
            let events = &batch[range.clone()];
            match self.attempt(events).await? {
                Verdict::Accepted => {
                    pass.accepted = true;
                    self.trusted = true;
                    self.set_aside(std::mem::take(&mut pass.refused)).await?;
                    self.confirm(events[events.len() - 1].sequence).await?;
                }
                Verdict::Refused(reason) | Verdict::TooLarge(reason) if events.len() == 1 => {
                    pass.refused.push((events[0].sequence, reason));
                    if pass.accepted {
                        self.set_aside(std::mem::take(&mut pass.refused)).await?;
                    }
                }
                Verdict::Refused(_) => halve(&range, &mut work),
                Verdict::TooLarge(_) => {
                    self.largest = self.largest.min(size_of(events) / 2);
                    halve(&range, &mut work);
                }
            }
        }
        Ok(pass)
    }

    /// The batch in pieces that the receiver takes, the first one last.
    fn cut(&self, batch: &[EncodedEvent]) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (index, event) in batch.iter().enumerate() {
            bytes += event.body.len();
            if bytes > self.largest && index > start {
                pieces.push(start..index);
                (start, bytes) = (index, event.body.len());
            }
        }
        pieces.push(start..batch.len());
        pieces.reverse();
        pieces
    }

    /// Sends these events until the receiver says something about them.
    async fn attempt(&mut self, events: &[EncodedEvent]) -> Result<Verdict, End> {
        let mut trouble = self.trouble();
        loop {
            let failure = match self.delivery.deliver(events).await {
                Ok(sent) => {
                    self.metrics.sent(events.len(), size_of(events), sent);
                    trouble.over();
                    self.cx.report.succeeded((self.cx.now)(), events.len());
                    return Ok(Verdict::Accepted);
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::TooLarge { reason } => return Ok(self.verdict(Verdict::TooLarge(reason))),
                Failure::Refused { reason } => return Ok(self.verdict(Verdict::Refused(reason))),
                other => trouble.wait(other).await?,
            }
        }
    }

    fn verdict(&self, verdict: Verdict) -> Verdict {
        self.metrics.error(ErrorType::RequestFailed);
        verdict
    }

    /// Sets these events aside and moves past them.
    async fn set_aside(&self, refused: Vec<(u64, String)>) -> Result<(), End> {
        for (sequence, reason) in refused {
            let mut trouble = self.trouble();
            while let Err(error) = self.cx.feed.set_aside(sequence, &reason).await {
                trouble.wait(journal_failure(&error)).await?;
            }
            warn!(sink = %self.cx.key, sequence, %reason, "The receiver cannot take an event; it is set aside.");
            self.cx.report.set_aside(&reason);
            self.metrics.set_aside();
            self.confirm(sequence).await?;
        }
        Ok(())
    }

    fn trouble(&self) -> Trouble<'a> {
        Trouble { cx: self.cx, metrics: self.metrics, backoff: Backoff::new(self.policy) }
    }
}

fn journal_failure(error: &FeedError) -> Failure {
    Failure::Temporary { error_type: ErrorType::WriterFailed, reason: error.to_string(), after: None }
}

fn halve(range: &Range<usize>, work: &mut Vec<Range<usize>>) {
    let middle = range.start.midpoint(range.end);
    work.push(middle..range.end);
    work.push(range.start..middle);
}
