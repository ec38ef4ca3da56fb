//! The way out: one reader's view, with a position of its own.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use collector::config::ComponentKey;
use tokio::sync::{Mutex as AsyncMutex, watch};
use tracing::{error, warn};

use super::error::JournalError;
use super::lineage::Lineage;
use super::read::{self, Found, ReadConnection, Wanted};
use super::shared::{Ends, Shared};
use super::transaction::Order;
use super::writer::Command;
use super::{StartAt, StoredEvent};

/// Longest reason that is kept with an event set aside, in bytes.
const MAX_REASON: usize = 4096;

/// How a reader reads.
#[derive(Clone, Debug)]
pub struct ReaderOptions {
    /// Where it begins if the journal does not know it.
    pub start: StartAt,
    /// Whether what it has not confirmed is kept for it.
    pub required: bool,
    /// Whether it wants the records that events were made from; costs their decompression.
    pub raw: bool,
    /// The sources whose events it wants; `None`: all.
    pub sources: Option<BTreeSet<ComponentKey>>,
}

impl Default for ReaderOptions {
    fn default() -> Self {
        Self { start: StartAt::Oldest, required: true, raw: true, sources: None }
    }
}

/// Reads the journal in order, and remembers durably up to where.
pub struct Reader {
    id: ComponentKey,
    options: ReaderOptions,
    shared: Arc<Shared>,
    connection: Arc<Mutex<ReadConnection>>,
    cursor: AsyncMutex<Cursor>,
    progress: Mutex<Progress>,
}

/// Where reading stands.
struct Cursor {
    ends: watch::Receiver<Ends>,
    /// Read, and not handed out.
    ready: VecDeque<StoredEvent>,
    /// Everything up to this one has been read.
    scanned: u64,
}

/// Where handing out and confirming stand.
#[derive(Clone, Copy, Debug)]
struct Progress {
    confirmed: u64,
    /// The last event handed out.
    handed: u64,
    /// Everything up to this one was handed out or is nothing for this reader.
    passed: u64,
}

impl Reader {
    /// Makes the reader known to the journal, if it is not.
    pub(super) async fn open(
        id: ComponentKey,
        options: ReaderOptions,
        shared: Arc<Shared>,
    ) -> Result<Self, JournalError> {
        let order = Order::Register { reader: id.clone(), start: options.start, required: options.required };
        let position = shared.order(order).await?;
        let connection = shared.connect();
        let cursor = Cursor { ends: shared.ends(), ready: VecDeque::new(), scanned: position };
        let progress = Progress { confirmed: position, handed: position, passed: position };
        Ok(Self {
            id,
            options,
            shared,
            connection,
            cursor: AsyncMutex::new(cursor),
            progress: Mutex::new(progress),
        })
    }

    /// The next events, in order, waiting for new ones. At least one, even if it is larger than `max_bytes` of JSON;
    /// at most `max_events` (and at least one). `None` when the journal is closed and everything was read. Safe to
    /// cancel: what was not returned comes next time.
    pub async fn next(
        &self,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<Option<Vec<StoredEvent>>, JournalError> {
        let mut cursor = self.cursor.lock().await;
        loop {
            if !cursor.ready.is_empty() {
                return Ok(Some(self.hand_out(&mut cursor, max_events, max_bytes)));
            }
            let ends = *cursor.ends.borrow_and_update();
            if ends.newest > cursor.scanned {
                self.fill(&mut cursor, ends, max_events, max_bytes).await?;
            } else if ends.closed || cursor.ends.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    /// Every event up to this one is done with. Durable when it returns. One that is not after the position changes
    /// nothing.
    pub async fn confirm(&self, sequence: u64) -> Result<(), JournalError> {
        let Progress { confirmed, handed, passed } = *self.progress();
        if sequence <= confirmed {
            return Ok(());
        }
        let sequence = if sequence >= handed { sequence.max(passed) } else { sequence };
        let order = Order::Confirm { reader: self.id.clone(), sequence };
        let position = self.shared.order(order).await?;
        let mut progress = self.progress();
        progress.confirmed = progress.confirmed.max(position);
        Ok(())
    }

    /// Keeps an event that cannot be delivered, with the reason, for a person to look at. Durable when it returns;
    /// doing it twice is the same as once. The position does not move.
    pub async fn set_aside(&self, sequence: u64, reason: &str) -> Result<(), JournalError> {
        let end = reason.floor_char_boundary(MAX_REASON);
        let reason = reason[..end].to_owned();
        self.shared.order(Order::SetAside { reader: self.id.clone(), sequence, reason }).await.map(drop)
    }

    /// The last event that is confirmed.
    pub fn position(&self) -> u64 {
        self.progress().confirmed
    }

    /// What makes a sequence true outside the journal.
    pub fn lineage(&self) -> Lineage {
        self.shared.lineage.clone()
    }

    fn hand_out(&self, cursor: &mut Cursor, max_events: usize, max_bytes: usize) -> Vec<StoredEvent> {
        let mut bytes = 0;
        let fits = |event: &&StoredEvent| {
            bytes += event.json.len();
            bytes <= max_bytes
        };
        let count = cursor.ready.iter().take(max_events).take_while(fits).count().max(1);
        let events: Vec<_> = cursor.ready.drain(..count.min(cursor.ready.len())).collect();
        let mut progress = self.progress();
        progress.handed = events.last().map_or(progress.handed, |event| event.sequence);
        progress.passed = cursor.ready.front().map_or(cursor.scanned, |event| event.sequence - 1);
        events
    }

    /// Reads at least a block, unless nothing up to the journal's end is for this reader.
    async fn fill(
        &self,
        cursor: &mut Cursor,
        ends: Ends,
        max_events: usize,
        max_bytes: usize,
    ) -> Result<(), JournalError> {
        let from = cursor.scanned.max(self.progress().confirmed) + 1;
        if from < ends.oldest {
            let gone = ends.oldest - from;
            warn!(reader = %self.id, from, gone, "Events were removed before this reader came back; it goes on at the oldest.");
        }
        let from = from.max(ends.oldest);
        let wanted = Wanted {
            from,
            to: ends.newest,
            max_events,
            max_bytes,
            raw: self.options.raw,
            sources: self.options.sources.clone(),
        };
        let found = read_with(&self.connection, move |db| read::forward(db, &wanted)).await?;
        self.report_damage(&found);
        cursor.scanned = cursor.scanned.max(found.until);
        cursor.ready = found.events;
        if cursor.ready.is_empty() {
            self.pass(cursor.scanned);
        }
        Ok(())
    }

    /// Nothing up to this one is for this reader. If it owes nothing before, the position moves: others' events
    /// must not wait for it.
    fn pass(&self, sequence: u64) {
        let mut progress = self.progress();
        progress.passed = sequence;
        if progress.confirmed >= progress.handed {
            progress.confirmed = progress.confirmed.max(sequence);
            drop(progress);
            // A journal that closes needs it no more: the same is passed again.
            let _closed = self.shared.submit(Command::Note(self.id.clone(), sequence));
        }
    }

    fn report_damage(&self, found: &Found) {
        for (first_sequence, count, reason) in &found.damaged {
            let last = first_sequence + count.saturating_sub(1);
            error!(
                reader = %self.id, first_sequence, last, %reason,
                "A block of the journal is damaged; its events cannot be read and are passed over."
            );
            report_damage(&self.shared, *first_sequence, *count, reason);
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // Only plain values are set under the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("id", &self.id)
            .field("progress", &*self.progress())
            .finish_non_exhaustive()
    }
}

/// Shows a damaged block. Nobody waits for it to be written: whoever meets the block reports it again.
pub(super) fn report_damage(shared: &Shared, first_sequence: u64, count: u64, reason: &str) {
    let (answer, _unheard) = tokio::sync::oneshot::channel();
    let order = Order::Damage { first_sequence, count, reason: reason.to_owned() };
    let _closed = shared.submit(Command::Order(order, answer));
}

/// Reads on a thread where it may block.
pub(super) async fn read_with<T: Send + 'static>(
    connection: &Arc<Mutex<ReadConnection>>,
    read: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, JournalError> {
    let connection = Arc::clone(connection);
    let task = tokio::task::spawn_blocking(move || {
        let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.with(read)
    });
    match task.await {
        Ok(read) => Ok(read?),
        Err(error) => Err(JournalError::Unavailable { reason: error.to_string() }),
    }
}
