//! Delivering one batch at a time, and finding out which event a receiver cannot take.
//!
//! # When an event is set aside
//!
//! A receiver that refuses a batch for its content is asked again with halves, down to single events. An event that
//! is refused alone may be broken, or it is the receiver that is misconfigured and refuses everything. The
//! second must not empty the journal into the set-aside shelf, so:
//!
//! 1. what is refused before anything of the batch was accepted is *suspect*. After a few suspects nothing more is
//!    halved, so that a receiver that refuses everything is not asked for each event; a few more each time it is tried;
//! 2. once something of the batch is accepted, the suspects are asked for again, since the receiver may have been mended
//!    only just now. What is refused alone from then on is set aside and the position moves on;
//! 3. if the batch was a single event, and the receiver has accepted anything since an event was last set aside on
//!    this ground, it is set aside as well;
//! 4. else everything is held: shown as needing attention, tried again after long waits, and newer events join the
//!    batch meanwhile, so that rule 2 can decide as soon as there is one that the receiver takes.
//!
//! Events that are taken only when they are asked for again come after those that proved the receiver right.
//!
//! A batch that is too large is halved too; later batches are cut to the half that is known to be too large, until many
//! have been taken.

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

/// So many suspects are found by halving in the first pass through a batch, and so many more in each further one.
const MOST_SUSPECTS: usize = 3;
/// Newer events join a batch that is held up to this size in bytes.
const MOST_HELD: usize = 16 * 1024 * 1024;
/// After so many deliveries in a row that were not too large, twice as much is tried.
const GROW_AFTER: u32 = 16;

/// Delivers batches in order.
pub(super) struct Dispatcher<'a, D> {
    delivery: &'a mut D,
    cx: &'a SinkContext,
    metrics: &'a SinkMetrics,
    policy: RetryPolicy,
    /// Whether something was accepted since a lone event was set aside (rule 3).
    trusted: bool,
    /// What the receiver has shown to take at once, in bytes.
    largest: usize,
    /// Deliveries since it was last too much.
    taken: u32,
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
    /// What was refused before anything was accepted, without gaps; the last with why.
    suspects: Vec<Range<usize>>,
    reason: String,
}

impl<'a, D: Delivery> Dispatcher<'a, D> {
    pub(super) fn new(
        delivery: &'a mut D,
        cx: &'a SinkContext,
        metrics: &'a SinkMetrics,
        policy: RetryPolicy,
    ) -> Self {
        Self { delivery, cx, metrics, policy, trusted: false, largest: usize::MAX, taken: 0 }
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
        if self.cx.feed.position() < sequence { self.cx.feed.confirm(sequence).await } else { Ok(()) }
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
        let mut most_suspects = MOST_SUSPECTS;
        loop {
            let Pass { suspects, reason, .. } = self.pass(&batch, most_suspects).await?;
            if suspects.is_empty() {
                return Ok(());
            }
            if batch.len() == 1 && self.trusted {
                self.trusted = false;
                return self.set_aside(batch[0].sequence, &reason).await;
            }
            let reason = format!("every event is refused, so none is set aside: {reason}");
            holding.wait(Failure::Refused { reason }).await?;
            most_suspects += MOST_SUSPECTS;
            if size_of(&batch) < MOST_HELD
                && let Ok(newer) = more.try_recv()
            {
                batch.extend(newer);
            }
        }
    }

    /// Goes through a batch once, in order. If suspects are left, nothing was accepted.
    async fn pass(&mut self, batch: &[EncodedEvent], most_suspects: usize) -> Result<Pass, End> {
        let mut pass = Pass::default();
        let mut work = self.cut(batch);
        while let Some(range) = work.pop() {
            if pass.is_begun {
                self.go_on()?;
            }
            pass.is_begun = true;
            match self.attempt(&batch[range.clone()]).await? {
                Verdict::Accepted if pass.suspects.is_empty() => {
                    pass.accepted = true;
                    self.confirm(batch[range.end - 1].sequence).await?;
                }
                Verdict::Accepted => {
                    pass.accepted = true;
                    self.examine(batch, std::mem::take(&mut pass.suspects)).await?;
                    self.confirm(batch[range.end - 1].sequence).await?;
                }
                Verdict::Refused(reason) | Verdict::TooLarge(reason) if range.len() == 1 && pass.accepted => {
                    self.set_aside(batch[range.start].sequence, &reason).await?;
                }
                Verdict::Refused(reason) | Verdict::TooLarge(reason)
                    if !pass.accepted && (range.len() == 1 || pass.suspects.len() >= most_suspects) =>
                {
                    pass.suspects.push(range);
                    pass.reason = reason;
                }
                Verdict::Refused(_) | Verdict::TooLarge(_) => halve(&range, &mut work),
            }
        }
        Ok(pass)
    }

    /// Asks for suspects again, now that the receiver takes something: what is refused alone is set aside.
    async fn examine(&mut self, batch: &[EncodedEvent], mut suspects: Vec<Range<usize>>) -> Result<(), End> {
        suspects.reverse();
        while let Some(range) = suspects.pop() {
            self.go_on()?;
            match self.attempt(&batch[range.clone()]).await? {
                Verdict::Accepted => self.confirm(batch[range.end - 1].sequence).await?,
                Verdict::Refused(reason) | Verdict::TooLarge(reason) if range.len() == 1 => {
                    self.set_aside(batch[range.start].sequence, &reason).await?;
                }
                Verdict::Refused(_) | Verdict::TooLarge(_) => halve(&range, &mut suspects),
            }
        }
        Ok(())
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
                    self.trusted = true;
                    self.taken += 1;
                    if self.taken.is_multiple_of(GROW_AFTER) {
                        self.largest = self.largest.saturating_mul(2);
                    }
                    return Ok(Verdict::Accepted);
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::TooLarge { reason } => {
                    self.largest = self.largest.min(size_of(events) / 2);
                    self.taken = 0;
                    return Ok(self.verdict(Verdict::TooLarge(reason)));
                }
                Failure::Refused { reason } => return Ok(self.verdict(Verdict::Refused(reason))),
                other => trouble.wait(other).await?,
            }
        }
    }

    fn verdict(&self, verdict: Verdict) -> Verdict {
        self.metrics.error(ErrorType::RequestFailed);
        verdict
    }

    /// Sets an event aside and moves past it.
    async fn set_aside(&self, sequence: u64, reason: &str) -> Result<(), End> {
        let mut trouble = self.trouble();
        while let Err(error) = self.cx.feed.set_aside(sequence, reason).await {
            trouble.wait(journal_failure(&error)).await?;
        }
        warn!(sink = %self.cx.key, sequence, %reason, "The receiver cannot take an event; it is set aside.");
        self.cx.report.set_aside(reason);
        self.metrics.set_aside();
        self.confirm(sequence).await
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
