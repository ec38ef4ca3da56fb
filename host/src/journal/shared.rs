//! What the handle, outputs and readers share with the writer.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use collector::config::ComponentKey;
use collector::sender::{Closed, Position};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tracing::{info, warn};

use super::error::JournalError;
use super::health::{JournalHealth, JournalMetrics, JournalState, JournalStats, ReaderStats};
use super::lineage::Lineage;
use super::read::ReadConnection;
use super::store::Acknowledged;
use super::transaction::{Order, State, Written};
use super::writer::Command;
use super::{Clock, schema};

/// Most bytes of events, before compression, between being sent and being written.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// Counts the queue's bytes in steps, since a semaphore counts in 32 bits.
const QUEUE_STEP: usize = 1024;

/// What a reader needs to know of the journal's ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Ends {
    /// Sequence of the oldest event, or of the next one if there is none.
    pub(super) oldest: u64,
    /// Sequence of the last event that is durable.
    pub(super) newest: u64,
    pub(super) closed: bool,
}

/// See the module.
pub(super) struct Shared {
    /// The journal's identity, made once.
    pub(super) store: String,
    pub(super) lineage: Lineage,
    pub(super) data_dir: PathBuf,
    pub(super) now: Clock,
    commands: Sender<Command>,
    room: Arc<Semaphore>,
    ends: watch::Sender<Ends>,
    health: watch::Sender<JournalHealth>,
    known: Mutex<Known>,
    /// Everybody who has the file open for reading.
    connections: Mutex<Vec<Weak<Mutex<ReadConnection>>>>,
    metrics: JournalMetrics,
}

#[derive(Default)]
struct Known {
    state: State,
    duplicates: u64,
}

impl Shared {
    pub(super) fn new(
        (store, lineage): (String, Lineage),
        data_dir: PathBuf,
        (now, metrics): (Clock, JournalMetrics),
        commands: Sender<Command>,
    ) -> Self {
        let health = JournalHealth {
            state: JournalState::Working,
            since: now(),
            damaged: std::collections::BTreeSet::new(),
            keys_from: None,
        };
        Self {
            store,
            lineage,
            data_dir,
            now,
            commands,
            room: Arc::new(Semaphore::new(QUEUE_BYTES / QUEUE_STEP)),
            ends: watch::Sender::default(),
            health: watch::Sender::new(health),
            known: Mutex::default(),
            connections: Mutex::default(),
            metrics,
        }
    }

    /// Waits for room for so many bytes in the queue. A batch larger than the queue goes alone.
    pub(super) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Closed> {
        let steps = (bytes / QUEUE_STEP + 1).min(QUEUE_BYTES / QUEUE_STEP);
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        Arc::clone(&self.room).acquire_many_owned(steps).await.map_err(|_| Closed)
    }

    pub(super) fn submit(&self, command: Command) -> Result<(), JournalError> {
        self.commands.send(command).map_err(|_| JournalError::Closed)
    }

    /// Waits until the writer has done it.
    pub(super) async fn order(&self, order: Order) -> Result<u64, JournalError> {
        let (answer, answered) = oneshot::channel();
        self.submit(Command::Order(order, answer))?;
        answered.await.map_err(|_| JournalError::Closed)?
    }

    pub(super) fn position_at(&self, sequence: u64) -> Position {
        Position { store: self.store.clone(), sequence }
    }

    /// What this source was acknowledged last.
    pub(super) fn acknowledged(&self, source: &ComponentKey) -> Option<Acknowledged> {
        self.known().state.sources.get(source).copied()
    }

    pub(super) fn ends(&self) -> watch::Receiver<Ends> {
        self.ends.subscribe()
    }

    pub(super) fn health(&self) -> watch::Receiver<JournalHealth> {
        self.health.subscribe()
    }

    /// Shows what is durable. Readers wake up.
    pub(super) fn publish(&self, state: &State) {
        self.metrics.holds(state);
        self.known().state = state.clone();
        let ends = Ends { oldest: state.oldest(), newest: state.newest(), closed: false };
        self.ends.send_if_modified(|known| std::mem::replace(known, ends) != ends);
        let keys_from = state.totals.keys_from.and_then(|second| jiff::Timestamp::from_second(second).ok());
        self.health.send_if_modified(|health| {
            let same = health.keys_from == keys_from && health.damaged == state.damage;
            health.keys_from = keys_from;
            health.damaged.clone_from(&state.damage);
            !same
        });
    }

    pub(super) fn count(&self, written: Written) {
        self.metrics.received(written.events + written.duplicates, written.duplicates);
        self.known().duplicates += written.duplicates;
    }

    /// Shows a state; one that was shown before keeps its time.
    pub(super) fn enter(&self, state: JournalState) {
        self.health.send_if_modified(|health| {
            if health.state == state {
                return false;
            }
            match &state {
                JournalState::Working => info!("The journal takes events again."),
                JournalState::Full { held_by } => {
                    let sinks: Vec<_> = held_by.iter().map(ComponentKey::id).collect();
                    warn!(?sinks, "The journal is full; sources wait until these sinks have confirmed more.");
                }
                JournalState::Failing { .. } | JournalState::Closed => {}
            }
            let same_kind = std::mem::discriminant(&health.state) == std::mem::discriminant(&state);
            health.since = if same_kind { health.since } else { (self.now)() };
            health.state = state;
            true
        });
    }

    /// A way to read, until [`Self::close_connections`] and again after it.
    pub(super) fn connect(&self) -> Arc<Mutex<ReadConnection>> {
        let path = schema::path_in(&self.data_dir);
        let connection = Arc::new(Mutex::new(ReadConnection::new(path)));
        let mut all = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.strong_count() > 0);
        all.push(Arc::downgrade(&connection));
        connection
    }

    /// Makes everybody who reads let go of the file: only the last who does can tidy up.
    pub(super) fn close_connections(&self) {
        let all = std::mem::take(&mut *self.connections.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in all.iter().filter_map(Weak::upgrade) {
            connection.lock().unwrap_or_else(PoisonError::into_inner).close();
        }
    }

    /// Nothing is written any more.
    pub(super) fn closed(&self) {
        self.room.close();
        self.enter(JournalState::Closed);
        self.ends.send_modify(|ends| ends.closed = true);
    }

    pub(super) fn stats(&self) -> JournalStats {
        let known = self.known();
        let (state, duplicates) = (known.state.clone(), known.duplicates);
        drop(known);
        let readers = state.readers.iter().map(|(id, row)| ReaderStats {
            id: id.clone(),
            position: row.sequence,
            began: row.began,
            lag: state.lag(row.sequence),
            required: row.required,
        });
        JournalStats {
            readers: readers.collect(),
            events: state.totals.events,
            bytes: state.totals.bytes,
            disk_bytes: self.disk_bytes(),
            oldest: state.oldest(),
            newest: state.newest(),
            duplicates,
            keys: state.totals.keys,
            set_aside: state.set_aside,
            set_aside_lost: state.set_aside_lost,
        }
    }

    fn disk_bytes(&self) -> u64 {
        let file = schema::path_in(&self.data_dir);
        let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
        size(file.clone()) + size(file.with_extension("db-wal"))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // Only plain values are set under the lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
