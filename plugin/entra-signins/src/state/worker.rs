//! The thread behind the state: SQLite blocks, tasks must not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use collector::reconcile::Account;
use collector::sender::Position;
use tokio::sync::{mpsc, oneshot};

use super::store::Store;
use super::{Begun, Commit, Forgotten, Known, StateError, StreamKey, StreamRecord, TimedId};
use crate::config::TenantId;
use crate::coverage::Second;

/// How many requests may wait before askers do.
const QUEUE: usize = 1_024;

/// The state of one source; clones share it. The file is closed when the last one is gone.
#[derive(Clone, Debug)]
pub struct State {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    queue: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has closed every answer already.
            let _panicked = thread.join();
        }
    }
}

enum Request {
    /// Answered from what is committed.
    Read(Box<dyn FnOnce(&mut Store) + Send>),
    /// Answered when its transaction is committed.
    Write(Box<dyn Job>),
}

/// A write that is answered when its transaction has ended.
trait Job: Send {
    /// Does it, within a transaction; again, if that transaction was rolled back.
    fn run(&mut self, store: &mut Store) -> Result<(), StateError>;
    /// Says how it ended.
    fn answer(self: Box<Self>, failure: Option<&StateError>);
}

struct Write<T, F> {
    job: F,
    value: Option<T>,
    answer: oneshot::Sender<Result<T, StateError>>,
}

impl<T: Send, F: FnMut(&mut Store) -> Result<T, StateError> + Send> Job for Write<T, F> {
    fn run(&mut self, store: &mut Store) -> Result<(), StateError> {
        self.value = Some((self.job)(store)?);
        Ok(())
    }

    fn answer(self: Box<Self>, failure: Option<&StateError>) {
        let answer = match (failure, self.value) {
            (None, Some(value)) => Ok(value),
            (Some(failure), _) => Err(failure.told_again()),
            (None, None) => Err(StateError::Failed(String::new())),
        };
        // Whoever asked may have been cancelled.
        let _unheard = self.answer.send(answer);
    }
}

impl State {
    /// Opens or makes the file and starts the thread.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let store = Store::open(path)?;
        let (queue, requests) = mpsc::channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("state".to_owned()).spawn(move || serve(store, requests));
        let thread = thread.map_err(|error| StateError::Failed(error.to_string()))?;
        Ok(Self { inner: Arc::new(Inner { queue: Some(queue), thread: Some(thread) }) })
    }

    /// What is kept of a stream.
    pub async fn stream(&self, key: StreamKey) -> Result<StreamRecord, StateError> {
        self.write(move |store| store.stream(key)).await
    }

    /// Whether anything is kept of any stream.
    pub async fn has_streams(&self) -> Result<bool, StateError> {
        self.read(|store| store.has_streams()).await
    }

    /// The account of a stream from one hour since 1970 on, and before another.
    pub async fn accounts(
        &self,
        key: StreamKey,
        hours: (i64, i64),
    ) -> Result<BTreeMap<i64, Account>, StateError> {
        self.read(move |store| store.accounts(key, hours)).await
    }

    /// The accounts of all streams together from one hour since 1970 on, and before another.
    pub async fn accounts_of_all(&self, hours: (i64, i64)) -> Result<BTreeMap<i64, Account>, StateError> {
        self.read(move |store| store.accounts_of_all(hours)).await
    }

    /// Keeps from when on a stream is read and on which terms; `anew`: what was read of it counts no more.
    pub async fn begin(&self, key: StreamKey, begun: Begun, anew: bool) -> Result<(), StateError> {
        self.write(move |store| store.begin(key, &begun, anew)).await
    }

    /// What is known of these sign-ins.
    pub async fn delivered(&self, tenant: TenantId, ids: Vec<TimedId>) -> Result<Known, StateError> {
        self.read(move |store| store.delivered(tenant, &ids)).await
    }

    /// Keeps an acknowledged page. It is on disk when this answers.
    pub async fn commit(&self, commit: Commit) -> Result<(), StateError> {
        self.write(move |store| store.commit(&commit)).await
    }

    /// The newest position that the host has acknowledged.
    pub async fn position(&self) -> Result<Option<Position>, StateError> {
        self.write(|store| store.position()).await
    }

    /// Makes unseen and unread what went to the host after this sequence; `None`: everything. Answers how many ids are
    /// forgotten.
    pub async fn reopen_after(&self, sequence: Option<u64>) -> Result<u64, StateError> {
        self.write(move |store| store.reopen_after(sequence)).await
    }

    /// One step of forgetting ids: those of hours before `before`, and the oldest beyond `most`. A step is short; between
    /// two of them others are served.
    pub async fn forget_oldest(&self, before: Option<Second>, most: u64) -> Result<Forgotten, StateError> {
        self.write(move |store| store.forget_oldest(before, most)).await
    }

    /// Which of these hashes are those of records that were set aside before.
    pub async fn were_set_aside(&self, hashes: Vec<Vec<u8>>) -> Result<Vec<bool>, StateError> {
        self.read(move |store| store.were_set_aside(&hashes)).await
    }

    /// Remembers that the records with these hashes were set aside.
    pub async fn set_aside(&self, hashes: Vec<Vec<u8>>) -> Result<(), StateError> {
        self.write(move |store| store.set_aside(&hashes)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let (answer, answered) = oneshot::channel();
        let read = move |store: &mut Store| {
            // Whoever asked may have been cancelled.
            let _unheard = answer.send(store.read(job));
        };
        self.send(Request::Read(Box::new(read))).await?;
        answered.await.map_err(|_closed| StateError::Closed)?
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Store) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let (answer, answered) = oneshot::channel();
        self.send(Request::Write(Box::new(Write { job, value: None, answer }))).await?;
        answered.await.map_err(|_closed| StateError::Closed)?
    }

    async fn send(&self, request: Request) -> Result<(), StateError> {
        let queue = self.inner.queue.as_ref().ok_or(StateError::Closed)?;
        queue.send(request).await.map_err(|_closed| StateError::Closed)
    }
}

/// Serves requests until the last handle is gone: reads at once, writes together.
fn serve(mut store: Store, mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.blocking_recv() {
        let mut writes = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Read(read) => read(&mut store),
                Request::Write(write) => writes.push(write),
            }
            next = requests.try_recv().ok();
        }
        if !writes.is_empty() {
            commit_together(&mut store, writes);
        }
    }
}

/// One transaction for all; if it fails, one for each, so that a bad write harms nobody else's.
fn commit_together(store: &mut Store, mut writes: Vec<Box<dyn Job>>) {
    let together = store.transaction(|store| writes.iter_mut().try_for_each(|write| write.run(store)));
    if together.is_ok() {
        return writes.into_iter().for_each(|write| write.answer(None));
    }
    for mut write in writes {
        let alone = store.transaction(|store| write.run(store));
        write.answer(alone.err().as_ref());
    }
}
