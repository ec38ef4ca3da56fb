//! A journal in a directory of its own, and events for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use collector::event::LogEvent;
use collector::finalization::BatchStatus;
use collector::sender::{Acknowledgement, Output as _};
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

use super::super::*;

/// When tests begin: 2023-11-14T22:13:20Z.
pub(super) const START: i64 = 1_700_000_000;

/// A clock that moves when it is told to.
#[derive(Clone, Debug)]
pub(super) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(super) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::SeqCst);
    }

    pub(super) fn clock(&self) -> Clock {
        let second = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_second(second.load(Ordering::SeqCst)).unwrap())
    }
}

/// A journal that can be closed and opened again.
pub(super) struct Bench {
    pub(super) dir: TempDir,
    pub(super) clock: TestClock,
    pub(super) limits: Limits,
    pub(super) required: BTreeSet<ComponentKey>,
    pub(super) journal: Journal,
}

impl Bench {
    /// A new journal with these readers.
    pub(super) async fn new(required: &[&str]) -> Self {
        Self::with(Limits::default(), required).await
    }

    /// The same with other limits.
    pub(super) async fn with(limits: Limits, required: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let clock = TestClock(Arc::new(AtomicI64::new(START)));
        let required: BTreeSet<_> = required.iter().map(|id| ComponentKey::from(*id)).collect();
        let journal = Journal::open(dir.path(), limits, required.clone(), clock.clock()).await.unwrap();
        Self { dir, clock, limits, required, journal }
    }

    /// Closes the journal and opens it again.
    pub(super) async fn restart(&mut self) {
        self.journal.close().await;
        self.journal = self.open(self.dir.path()).await.unwrap();
    }

    /// Opens the journal of a directory with the same settings.
    pub(super) async fn open(&self, data_dir: &Path) -> Result<Journal, JournalError> {
        Journal::open(data_dir, self.limits, self.required.clone(), self.clock.clock()).await
    }

    /// Appends and waits for the answer.
    pub(super) async fn append(&self, batch: Vec<LogEvent>) -> Acknowledgement {
        self.append_from("entra", batch).await
    }

    /// The same, of another source.
    pub(super) async fn append_from(&self, source: &str, batch: Vec<LogEvent>) -> Acknowledgement {
        self.journal.output(&source.into()).send(batch).await.unwrap().await
    }

    /// Appends what must be taken; the position.
    pub(super) async fn put(&self, batch: Vec<LogEvent>) -> u64 {
        let answer = self.append(batch).await;
        assert_eq!(answer.status, BatchStatus::Delivered);
        answer.position.unwrap().sequence
    }

    pub(super) async fn reader(&self, id: &str) -> Reader {
        self.journal.reader(&id.into(), ReaderOptions::default()).await.unwrap()
    }

    /// Lets the journal remove what is old, as it does now and then. Returns when it has.
    pub(super) async fn sweep(&self) {
        for _ in 0..100 {
            self.journal.shared.order(Order::Sweep).await.unwrap();
        }
    }
}

/// An event whose id, content and time follow from a number.
pub(super) fn event(number: u64) -> LogEvent {
    let mut event = LogEvent::default();
    event.insert("event_id", i64::try_from(number).unwrap());
    event.insert("user_name", format!("user{number}@contoso.example"));
    let metadata = event.metadata_mut();
    metadata.source_event_id = Some(Uuid::from_u128(u128::from(number)));
    metadata.timestamp = Some(Timestamp::from_second(START + i64::try_from(number % 1000).unwrap()).unwrap());
    metadata.raw = Some(format!(r#"{{"id":"{number}"}}"#).into());
    event
}

pub(super) fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<LogEvent> {
    numbers.into_iter().map(event).collect()
}

/// The number that an event was made of.
pub(super) fn number(event: &StoredEvent) -> u64 {
    u64::try_from(event.event_id.unwrap().as_u128()).unwrap()
}

pub(super) fn numbers(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(number).collect()
}

/// Reads everything that is there.
pub(super) async fn drain(reader: &Reader, newest: u64) -> Vec<StoredEvent> {
    let mut all = Vec::<StoredEvent>::new();
    while all.last().is_none_or(|event| event.sequence < newest) && newest > reader.position() {
        all.extend(reader.next(1000, usize::MAX).await.unwrap().unwrap());
    }
    all
}
