//! A double of as much of Vector as a source meets, behaving as the real one does.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

pub(crate) type Source = BoxFuture<'static, Result<(), ()>>;

/// Vector's values: text is bytes, floats are never NaN.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Bytes(Bytes),
    Integer(i64),
    Float(NotNan),
    Boolean(bool),
    Timestamp(DateTime),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NotNan(f64);

impl NotNan {
    pub(crate) fn new(number: f64) -> Option<Self> {
        (!number.is_nan()).then_some(Self(number))
    }
}

/// A UTC time as chrono has it: nanoseconds count up from the second, before 1970 too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DateTime {
    seconds: i64,
    nanoseconds: u32,
}

impl DateTime {
    pub(crate) fn from_timestamp(seconds: i64, nanoseconds: u32) -> Option<Self> {
        (nanoseconds < 1_000_000_000).then_some(Self { seconds, nanoseconds })
    }
}

/// An event; the batch is told when it is dropped.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) fields: BTreeMap<String, Value>,
    pub(crate) source_event_id: Option<[u8; 16]>,
    pub(crate) batch: Option<BatchNotifier>,
}

impl Event {
    /// What a sink says of an event once it is done with it.
    pub(crate) fn finish(self, status: BatchStatus) {
        if let Some(batch) = &self.batch {
            let mut worst = batch.0.worst.lock().unwrap();
            *worst = (*worst).max(status);
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum BatchStatus {
    #[default]
    Delivered,
    Errored,
    Rejected,
}

#[derive(Clone, Debug)]
pub(crate) struct BatchNotifier(Arc<Batch>);

#[derive(Debug)]
struct Batch {
    worst: Mutex<BatchStatus>,
    receiver: Option<oneshot::Sender<BatchStatus>>,
}

impl BatchNotifier {
    pub(crate) fn maybe_new_with_receiver(
        wanted: bool,
    ) -> (Option<Self>, Option<oneshot::Receiver<BatchStatus>>) {
        let new = || {
            let (sender, receiver) = oneshot::channel();
            (Self(Arc::new(Batch { worst: Mutex::default(), receiver: Some(sender) })), receiver)
        };
        wanted.then(new).unzip()
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let _unheard = self.receiver.take().map(|receiver| receiver.send(*self.worst.get_mut().unwrap()));
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SourceSender(pub(crate) mpsc::Sender<Vec<Event>>);

#[derive(Debug)]
pub(crate) enum SendError {
    Closed,
}

impl SourceSender {
    pub(crate) async fn send_batch(&mut self, events: Vec<Event>) -> Result<(), SendError> {
        self.0.send(events).await.map_err(|_| SendError::Closed)
    }
}

/// Resolves once, with the token that tells the topology that the source is finished; polled again it waits for
/// ever.
#[derive(Debug)]
pub(crate) struct ShutdownSignal {
    begun: Pin<Box<WaitForCancellationFutureOwned>>,
    token: Option<ShutdownSignalToken>,
}

#[derive(Debug)]
pub(crate) struct ShutdownSignalToken {
    _held: mpsc::Sender<()>,
}

impl ShutdownSignal {
    pub(crate) fn new_wired() -> (CancellationToken, Self, mpsc::Receiver<()>) {
        let begun = CancellationToken::new();
        let (held, finished) = mpsc::channel(1);
        let waiting = Box::pin(begun.clone().cancelled_owned());
        (begun, Self { begun: waiting, token: Some(ShutdownSignalToken { _held: held }) }, finished)
    }
}

impl Future for ShutdownSignal {
    type Output = ShutdownSignalToken;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.token.is_some() {
            ready!(self.begun.as_mut().poll(cx));
        }
        self.token.take().map_or(Poll::Pending, Poll::Ready)
    }
}

#[derive(Debug)]
pub(crate) struct SourceContext {
    pub(crate) key: String,
    pub(crate) data_dir: PathBuf,
    pub(crate) shutdown: ShutdownSignal,
    pub(crate) out: SourceSender,
    pub(crate) acknowledgements: bool,
}
