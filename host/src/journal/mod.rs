//! The durable log of events between sources and everyone who reads them.
//!
//! ```text
//! source ──▶ JournalOutput ──▶ queue ──▶ Writer ──▶ journal.db ──▶ Reader ──▶ sink
//!                 ▲                         │                        │
//!                 └─────── ack (fsynced) ───┘ ◀────── confirm ───────┘
//! ```
//!
//! - An append is acknowledged once it is on the disk, and only then. A kill at any moment loses nothing that was
//!   acknowledged. A batch is taken as a whole or not at all.
//! - An event that was seen before, by its id and revision, is dropped; its batch is acknowledged all the same. Keys
//!   outlive events for as long as a source may read them again ([`Limits::key_retention`]).
//! - Every event has a sequence, given once and never again, unless the file is restored from a copy (`lineage`). Every
//!   reader has a position that is durable too.
//! - What a configured reader has not confirmed is never removed. What all have confirmed stays for a while, as far
//!   as there is room.
//! - Full means that sources wait; a disk that fails means that they hear of it and try again. Neither stops readers.
//!
//! It is one SQLite file (`<data_dir>/journal/journal.db`), which can be looked into with any SQLite program while
//! it is in use. One thread writes (`writer`); what a commit does is in `transaction`; readers have connections of
//! their own (`read`). Events lie in compressed blocks (`block`), each as the JSON that sinks will write.

mod block;
mod error;
mod health;
mod keys;
mod lineage;
mod output;
mod read;
mod reader;
mod schema;
mod shared;
mod store;
mod transaction;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use collector::config::ComponentKey;
use collector::sender::Position;
use jiff::Timestamp;
use tokio::sync::watch;
use tracing::{error, info};
use uuid::Uuid;

pub use crate::encoding::StoredEvent;
pub use error::JournalError;
pub use health::{JournalHealth, JournalState, JournalStats, ReaderStats};
pub use keys::Whereabouts;
pub use lineage::{Lineage, Mark};
pub use output::JournalOutput;
pub use reader::{Reader, ReaderOptions};

use health::JournalMetrics;
use read::{Found, ReadConnection, Wanted};
use shared::Shared;
use transaction::{Order, State};
use writer::{Command, Writer};

/// Wall time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

const DAY: Duration = Duration::from_hours(24);

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Most bytes of events, compressed. Sources wait when sinks have not confirmed so much.
    pub max_bytes: u64,
    /// How long events are kept that every sink has confirmed.
    pub retention: Duration,
    /// How long after an event it is known again: as long as a source may read it again, and some days more.
    pub key_retention: Duration,
    /// Most bytes of keys. Beyond it the oldest are forgotten, and it is said.
    pub max_key_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 10 << 30, retention: 7 * DAY, key_retention: 35 * DAY, max_key_bytes: 2 << 30 }
    }
}

impl From<crate::config::JournalOptions> for Limits {
    fn from(options: crate::config::JournalOptions) -> Self {
        Self { max_bytes: options.max_bytes, retention: options.retention, ..Self::default() }
    }
}

/// Where a reader begins that the journal does not know.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StartAt {
    /// With the oldest event that is there.
    #[default]
    Oldest,
    /// With the next event that comes.
    Newest,
}

/// An event that a sink gave up on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SetAside {
    /// The sink's id.
    pub reader: ComponentKey,
    /// The event's place in the journal.
    pub sequence: u64,
    /// When it was set aside.
    pub at: Timestamp,
    /// What the receiver said.
    pub reason: String,
    /// The source that it came from, if the event was still there.
    pub source: Option<ComponentKey>,
    /// The event's id, if it has one.
    pub event_id: Option<Uuid>,
    /// The event, one JSON object, if it was still there.
    pub json: Option<Bytes>,
}

/// Events looked at in passing, by somebody without a position.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// In order of sequence.
    pub events: Vec<StoredEvent>,
    /// Everything from the asked place up to this sequence has been looked at; where to go on.
    pub until: u64,
    /// Events between the asked place and the first one here that are gone.
    pub gone: u64,
}

/// The journal. Close it when everything else has ended.
pub struct Journal {
    shared: Arc<Shared>,
    browser: Arc<Mutex<ReadConnection>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Opens the journal under `data_dir`, or makes it. Nobody else may have it open for writing: the caller holds
    /// the lock of the directory. Until these readers, all that are configured, have confirmed an event, it stays.
    pub async fn open(
        data_dir: &Path,
        limits: Limits,
        required: BTreeSet<ComponentKey>,
        now: Clock,
    ) -> Result<Self, JournalError> {
        let (data_dir, metrics) = (data_dir.to_owned(), JournalMetrics::new());
        let opened = tokio::task::spawn_blocking(move || {
            Self::open_blocking(&data_dir, limits, required, (now, metrics))
        })
        .await;
        opened.unwrap_or_else(|error| Err(JournalError::Unavailable { reason: error.to_string() }))
    }

    fn open_blocking(
        data_dir: &Path,
        limits: Limits,
        required: BTreeSet<ComponentKey>,
        observed: (Clock, JournalMetrics),
    ) -> Result<Self, JournalError> {
        let db = schema::open_writer(&schema::path_in(data_dir))?;
        Self::start(db, data_dir, limits, required, observed)
    }

    fn start(
        mut db: rusqlite::Connection,
        data_dir: &Path,
        limits: Limits,
        required: BTreeSet<ComponentKey>,
        observed: (Clock, JournalMetrics),
    ) -> Result<Self, JournalError> {
        let path = schema::path_in(data_dir);
        let opening = |error| JournalError::opening(&path, &error);
        let store = store::store_name(&db).map_err(opening)?;
        let state = State::load(&db).map_err(opening)?;
        let lineage = lineage::begin(&mut db, state.totals.next_sequence).map_err(opening)?;
        let (commands, received) = mpsc::channel();
        let shared = Arc::new(Shared::new((store, lineage), data_dir.to_owned(), observed, commands));
        info!(events = state.totals.events, newest = state.newest(), "The journal is open.");
        let browser = shared.connect();
        let mut writer = Writer::new((db, path), limits, Arc::clone(&shared), received, state);
        writer.begin(required)?;
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| JournalError::Unavailable { reason: error.to_string() })?;
        Ok(Self { shared, browser, writer: Mutex::new(Some(thread)) })
    }

    /// Takes the events of a source.
    pub fn output(&self, source: &ComponentKey) -> Arc<JournalOutput> {
        Arc::new(JournalOutput::new(source.clone(), Arc::clone(&self.shared)))
    }

    /// Reads for a sink, from its last confirmed position on. Two readers with one id share the position.
    pub async fn reader(&self, id: &ComponentKey, options: ReaderOptions) -> Result<Reader, JournalError> {
        Reader::open(id.clone(), options, Arc::clone(&self.shared)).await
    }

    /// The readers that are configured now. What others have not confirmed is no longer kept for them; their
    /// positions are, for their return.
    pub async fn require(&self, readers: BTreeSet<ComponentKey>) -> Result<(), JournalError> {
        self.shared.order(Order::Require(readers)).await.map(drop)
    }

    /// These sources are stopping, and no others: what they still send is taken if there is room, and answered with an error if
    /// there is none, since they wait for the answer.
    pub fn leave(&self, sources: BTreeSet<ComponentKey>) {
        // A writer that is gone has answered everybody.
        let _gone = self.shared.submit(Command::Leaving(sources));
    }

    /// Returns when it takes no events any more: it was closed, or its writer has failed for good.
    pub async fn ended(&self) {
        let mut health = self.health();
        // The sender is ours, so that waiting cannot fail.
        drop(health.wait_for(|health| health.state == JournalState::Closed).await);
    }

    /// Where the journal stands: its identity and the last event.
    pub fn position(&self) -> Position {
        self.shared.position_at(self.shared.ends().borrow().newest)
    }

    /// What this source was acknowledged last, as far as the file knows: one that was set back knows of less than the source
    /// does, whatever others have written since.
    pub fn position_of(&self, source: &ComponentKey) -> Position {
        self.shared.position_at(self.shared.acknowledged(source).map_or(0, |last| last.sequence))
    }

    /// When this source was last acknowledged something, as far as the file knows.
    pub fn last_stored(&self, source: &ComponentKey) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.shared.acknowledged(source)?.at?).ok()
    }

    /// Whether it takes events, and what is wrong with it. Changes as it changes.
    pub fn health(&self) -> watch::Receiver<JournalHealth> {
        self.shared.health()
    }

    /// What it holds.
    pub fn stats(&self) -> JournalStats {
        self.shared.stats()
    }

    /// The events that sinks gave up on last, newest first.
    pub async fn set_aside(&self, most: usize) -> Result<Vec<SetAside>, JournalError> {
        reader::read_with(&self.browser, move |db| store::list_set_aside(db, most)).await
    }

    /// Where events are or were, of each its id and the second in which it happened.
    pub async fn find(&self, events: Vec<(Uuid, i64)>) -> Result<Vec<Whereabouts>, JournalError> {
        reader::read_with(&self.browser, move |db| keys::find(db, &events)).await
    }

    /// The events that were set aside for this reader and are still there, by sequence.
    pub async fn set_aside_of(&self, reader: ComponentKey) -> Result<BTreeSet<u64>, JournalError> {
        reader::read_with(&self.browser, move |db| store::set_aside_of(db, &reader)).await
    }

    /// Events after this sequence, oldest first: at most `max_events`, and no more once `max_bytes` of JSON are
    /// reached. Nothing is kept for who reads so; a place that is gone goes on at the oldest event and says so.
    pub async fn after(
        &self,
        sequence: u64,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Page, JournalError> {
        let ends = *self.shared.ends().borrow();
        let from = sequence.saturating_add(1).max(ends.oldest);
        let wanted = Wanted::in_passing(from, ends.newest, max_events, max_bytes);
        let found = reader::read_with(&self.browser, move |db| read::forward(db, &wanted)).await?;
        let mut page = self.page(found);
        page.gone = from - sequence.saturating_add(1).min(from);
        if page.events.len() > max_events {
            page.until = page.events[max_events].sequence - 1;
            page.events.truncate(max_events);
        }
        page.until = page.until.max(sequence);
        Ok(page)
    }

    /// The last `max_events` events before this sequence, oldest first. `u64::MAX`: the newest of all.
    pub async fn before(&self, sequence: u64, max_events: usize) -> Result<Page, JournalError> {
        let ends = *self.shared.ends().borrow();
        let to = sequence.saturating_sub(1).min(ends.newest);
        let wanted = Wanted::in_passing(ends.oldest, to, max_events, usize::MAX);
        let found = reader::read_with(&self.browser, move |db| read::backward(db, &wanted)).await?;
        Ok(Page { until: to, ..self.page(found) })
    }

    /// The event of this sequence, with the record that it was made from; `None` if it is gone.
    pub async fn one(&self, sequence: u64) -> Result<Option<StoredEvent>, JournalError> {
        let wanted = Wanted { raw: true, ..Wanted::in_passing(sequence, sequence, 1, usize::MAX) };
        let found = reader::read_with(&self.browser, move |db| read::forward(db, &wanted)).await?;
        Ok(self.page(found).events.pop())
    }

    /// Returns when there are events after this one, or there never will be.
    pub async fn changed_since(&self, sequence: u64) {
        let mut ends = self.shared.ends();
        // The sender is ours, so that waiting cannot fail.
        drop(ends.wait_for(|ends| ends.newest > sequence || ends.closed).await);
    }

    /// Writes what waits, then ends. Outputs are closed from now on; readers end when they have read all. What is
    /// left is one file.
    pub async fn close(&self) {
        let Some(thread) = self.stop_writer() else { return };
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            error!("The journal's writer has panicked; what was acknowledged is safe.");
        }
    }

    fn page(&self, found: Found) -> Page {
        for (first_sequence, count, reason) in &found.damaged {
            reader::report_damage(&self.shared, *first_sequence, *count, reason);
        }
        Page { events: found.events.into(), until: found.until, gone: 0 }
    }

    fn stop_writer(&self) -> Option<JoinHandle<()>> {
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        // A writer that is gone needs no word.
        let _gone = self.shared.submit(Command::Close);
        Some(thread)
    }
}

impl Drop for Journal {
    /// Waits for the writer, at most for the commit at hand: whoever opens the journal next must be alone.
    fn drop(&mut self) {
        if let Some(thread) = self.stop_writer()
            && thread.join().is_err()
        {
            error!("The journal's writer has panicked; what was acknowledged is safe.");
        }
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("store", &self.shared.store).finish_non_exhaustive()
    }
}
