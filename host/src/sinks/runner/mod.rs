//! The part that every sink has: read, encode, gather, deliver, confirm.

mod dispatch;
mod gather;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::time::Duration;

use collector::internal_event::ErrorType;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::batch::BatchOptions;
use super::retry::{Backoff, RetryPolicy};
use super::{Sent, SinkContext, SinkMetrics};
use crate::encoding::{EncodedEvent, Encoder};
use dispatch::Dispatcher;
use gather::Gatherer;

/// What has failed so often in a row does not pass by itself: somebody must look. With the usual waits it takes minutes.
const LASTING: u32 = 10;

/// How a sink hands events to its receiver.
pub(crate) trait Delivery: Send {
    /// Gets ready, once before the first delivery. `confirmed` is the journal's position; the answer is the last event
    /// that the receiver is known to have, which is later if the last confirmation was cut off.
    fn open(&mut self, confirmed: u64) -> impl Future<Output = Result<u64, Failure>> + Send {
        std::future::ready(Ok(confirmed))
    }

    /// Hands over these events (at least one), all or nothing. `Ok` is the receiver's confirmation.
    fn deliver(&mut self, events: &[EncodedEvent]) -> impl Future<Output = Result<Sent, Failure>> + Send;

    /// Returns when [`Delivery::maintain`] should be called though there are no events. Safe to cancel.
    fn due(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// What there is to do without events, such as closing a file whose time is over.
    fn maintain(&mut self) -> impl Future<Output = Result<(), Failure>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Why a delivery failed, by what the runner does next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// It can pass: the same again, after a wait, or after the wait that the receiver asked for if that is longer.
    Temporary { error_type: ErrorType, reason: String, after: Option<Duration> },
    /// It takes a person: the same again, after a long wait.
    Misconfigured { error_type: ErrorType, reason: String },
    /// The receiver takes less at once: halves.
    TooLarge { reason: String },
    /// The receiver cannot take one of these events, or any: halves, down to the event.
    Refused { reason: String },
    /// The receiver is gone for good: the sink ends.
    Gone { reason: String },
}

impl Failure {
    /// Disk or file.
    pub(crate) fn io(what: &str, error: &std::io::Error) -> Self {
        Self::Temporary { error_type: ErrorType::IoFailed, reason: format!("{what}: {error}"), after: None }
    }

    fn error_type(&self) -> ErrorType {
        match self {
            Self::Temporary { error_type, .. } | Self::Misconfigured { error_type, .. } => *error_type,
            Self::TooLarge { .. } | Self::Refused { .. } => ErrorType::RequestFailed,
            Self::Gone { .. } => ErrorType::WriterFailed,
        }
    }
}

/// Why a sink ends before its feed does.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// It was asked to.
    Stopped,
    /// There is no receiver any more.
    Gone(String),
}

/// Runs a [`Delivery`] until it is stopped.
pub(crate) struct Runner<D> {
    pub(crate) delivery: D,
    pub(crate) encoder: Encoder,
    pub(crate) batch: BatchOptions,
    pub(crate) retry: RetryPolicy,
    pub(crate) metrics: SinkMetrics,
    pub(crate) cx: SinkContext,
}

impl<D: Delivery> Runner<D> {
    /// Until asked to stop, or the receiver is gone. Once asked, the request in flight is finished; once `stop.now` is
    /// set, whatever is in flight is dropped, unconfirmed.
    pub(crate) async fn run(mut self) {
        let now = self.cx.stop.now.clone();
        let end = tokio::select! {
            biased;
            () = now.cancelled() => End::Stopped,
            end = self.deliver_all() => end,
        };
        let reason = match end {
            End::Stopped => None,
            End::Gone(reason) => Some(reason),
        };
        match &reason {
            None => info!(sink = %self.cx.key, "Sink stopped."),
            Some(reason) => error!(sink = %self.cx.key, %reason, "Sink stopped: its receiver is gone."),
        }
        self.cx.report.stopped(reason);
    }

    async fn deliver_all(&mut self) -> End {
        let policy = self.retry;
        let mut trouble = Trouble { cx: &self.cx, metrics: &self.metrics, backoff: Backoff::new(policy) };
        let confirmed = self.cx.feed.position();
        let delivered = loop {
            match self.delivery.open(confirmed).await {
                Ok(delivered) => break delivered,
                Err(failure) => {
                    if let Err(end) = trouble.wait(failure).await {
                        return end;
                    }
                }
            }
        };
        trouble.over();
        let (sender, batches) = mpsc::channel(1);
        let gatherer = Gatherer::new((&self.cx, &self.metrics), &self.encoder, self.batch, delivered);
        let mut dispatcher = Dispatcher::new(&mut self.delivery, &self.cx, &self.metrics, policy);
        let dispatch = async {
            dispatcher.confirm(delivered).await?;
            dispatcher.run(batches).await
        };
        let ((), end) = tokio::join!(gatherer.run(sender), dispatch);
        end.err().unwrap_or(End::Stopped)
    }
}

/// A series of failures: says so, counts, waits.
struct Trouble<'a> {
    cx: &'a SinkContext,
    metrics: &'a SinkMetrics,
    backoff: Backoff,
}

impl Trouble<'_> {
    /// Makes the failure visible and waits until the next attempt. An error is the end: the receiver is gone, or
    /// the sink was asked to stop, when nothing is worth a wait since the journal keeps what is unconfirmed.
    async fn wait(&mut self, failure: Failure) -> Result<(), End> {
        self.metrics.error(failure.error_type());
        let (wait, reason, attention) = match failure {
            Failure::Gone { reason } => return Err(End::Gone(reason)),
            Failure::Temporary { reason, after, .. } => (self.backoff.next(after), reason, false),
            Failure::Misconfigured { reason, .. }
            | Failure::TooLarge { reason }
            | Failure::Refused { reason } => (self.backoff.next_patient(), reason, true),
        };
        let attention = attention || self.cx.report.failures() >= LASTING;
        let attempts = self.cx.report.retrying((self.cx.now)(), &reason, attention);
        if attempts.is_power_of_two() {
            let retry_in_secs = wait.as_secs_f64();
            if attention {
                error!(sink = %self.cx.key, %reason, attempts, retry_in_secs, "Delivery is refused; somebody must look.");
            } else {
                warn!(sink = %self.cx.key, %reason, attempts, retry_in_secs, "Delivery failed; trying again.");
            }
        }
        tokio::select! {
            biased;
            () = self.cx.stop.asked.cancelled() => Err(End::Stopped),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// It works.
    fn over(&self) {
        let attempts = self.cx.report.working();
        if attempts > 0 {
            info!(sink = %self.cx.key, attempts, "Delivery works again.");
        }
    }
}
