//! Asking a source to stop, and knowing when it has.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Resolves when the source should stop.
///
/// A source keeps the signal, a clone, or the token it yields, until its last acknowledgement is in: the last one
/// dropped tells the host that the source is finished. Once ready it stays ready (Vector's does not: polled again
/// it waits for ever), so one signal can be a branch of many `select!`s by `&mut`.
#[derive(Debug)]
pub struct ShutdownSignal {
    asked: CancellationToken,
    waiting: Pin<Box<WaitForCancellationFutureOwned>>,
    token: ShutdownSignalToken,
}

/// Held until a source is finished.
#[derive(Clone, Debug)]
pub struct ShutdownSignalToken {
    _held: mpsc::Sender<()>,
}

/// The host's end of a [`ShutdownSignal`].
#[derive(Debug)]
pub struct ShutdownTrigger {
    asked: CancellationToken,
    held: mpsc::Receiver<()>,
}

impl ShutdownSignal {
    /// A signal and the trigger that sets it off.
    pub fn new_wired() -> (ShutdownTrigger, Self) {
        let (sender, held) = mpsc::channel(1);
        let asked = CancellationToken::new();
        let token = ShutdownSignalToken { _held: sender };
        (ShutdownTrigger { asked: asked.clone(), held }, Self::over(asked, token))
    }

    /// A signal that never comes, as of a host that was dropped without asking.
    pub fn noop() -> Self {
        Self::new_wired().1
    }

    fn over(asked: CancellationToken, token: ShutdownSignalToken) -> Self {
        let waiting = Box::pin(asked.clone().cancelled_owned());
        Self { asked, waiting, token }
    }

    /// Whether the source has been asked to stop.
    pub fn is_triggered(&self) -> bool {
        self.asked.is_cancelled()
    }
}

impl Clone for ShutdownSignal {
    fn clone(&self) -> Self {
        Self::over(self.asked.clone(), self.token.clone())
    }
}

impl Future for ShutdownSignal {
    type Output = ShutdownSignalToken;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.asked.is_cancelled() {
            return Poll::Ready(self.token.clone());
        }
        self.waiting.as_mut().poll(cx).map(|()| self.token.clone())
    }
}

impl ShutdownTrigger {
    /// Asks the source to stop. Asking again changes nothing.
    pub fn cancel(&self) {
        self.asked.cancel();
    }

    /// Waits until the source has let go of every signal and token, whether it was asked to stop or ended by
    /// itself.
    pub async fn finished(&mut self) {
        while self.held.recv().await.is_some() {}
    }
}

#[cfg(test)]
mod tests;
