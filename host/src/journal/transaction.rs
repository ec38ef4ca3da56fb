//! What one commit does, from what is known before to what is known after: orders of readers first, since they make
//! room, then removal of what is old, then new events.
//!
//! A [`Draft`] is thrown away with its transaction if anything fails, so that memory and file never differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use collector::config::ComponentKey;
use jiff::Timestamp;
use rusqlite::Connection;
use tracing::error;

use super::block::Encoded;
use super::error::is_damage;
use super::store::{self, Acknowledged, BlockInfo, ReaderRow, Totals};
use super::{Limits, StartAt, keys};

/// Blocks removed for their age in one commit.
const MAX_SWEPT: usize = 64;

/// What the file holds besides events, as the writer knows it.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) totals: Totals,
    pub(super) readers: BTreeMap<ComponentKey, ReaderRow>,
    /// The position that each source was acknowledged last.
    pub(super) sources: BTreeMap<ComponentKey, Acknowledged>,
    /// Readers that are configured, known or not yet.
    pub(super) required: Arc<BTreeSet<ComponentKey>>,
    pub(super) oldest: Option<BlockInfo>,
    pub(super) damage: BTreeSet<(u64, u64)>,
    pub(super) set_aside: u64,
    /// Events that were set aside and had to go for newer ones, since the file was opened.
    pub(super) set_aside_lost: u64,
}

impl State {
    pub(super) fn load(db: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            totals: store::totals(db)?,
            readers: store::readers(db)?,
            sources: store::sources(db)?,
            required: Arc::default(),
            oldest: store::block_after(db, 0)?,
            damage: store::damage(db)?,
            set_aside: store::count_set_aside(db)?,
            set_aside_lost: 0,
        })
    }

    /// Sequence of the last event.
    pub(super) fn newest(&self) -> u64 {
        self.totals.next_sequence.saturating_sub(1)
    }

    /// Sequence of the oldest event, or of the next one.
    pub(super) fn oldest(&self) -> u64 {
        self.oldest.map_or(self.totals.next_sequence, |block| block.first_sequence)
    }

    /// Events after a position that are still there.
    pub(super) fn lag(&self, position: u64) -> u64 {
        self.totals.next_sequence.saturating_sub(self.oldest().max(position.saturating_add(1)))
    }

    /// Every event up to this one is confirmed by all who must. A configured reader that never came holds all.
    fn floor(&self) -> u64 {
        self.required.iter().map(|id| self.position(id)).min().unwrap_or(u64::MAX)
    }

    /// Who has confirmed least of all who must.
    pub(super) fn holders(&self) -> Vec<ComponentKey> {
        let floor = self.floor();
        self.required.iter().filter(|id| self.position(id) == floor).cloned().collect()
    }

    fn position(&self, id: &ComponentKey) -> u64 {
        self.readers.get(id).map_or(0, |row| row.sequence)
    }
}

/// What somebody wants of the writer, besides taking events.
#[derive(Clone, Debug)]
pub(super) enum Order {
    /// Moves a reader's position.
    Confirm { reader: ComponentKey, sequence: u64 },
    /// Makes a reader known; answers its position.
    Register { reader: ComponentKey, start: StartAt, required: bool },
    /// These readers hold what they have not confirmed, and no others.
    Require(BTreeSet<ComponentKey>),
    /// Keeps an event that a receiver cannot take.
    SetAside { reader: ComponentKey, sequence: u64, reason: String },
    /// A block cannot be read.
    Damage { first_sequence: u64, count: u64, reason: String },
    /// Only removes what is old.
    Sweep,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Written {
    /// Its last event, or the last event of all if it had none that was new.
    pub(super) sequence: u64,
    pub(super) events: u64,
    pub(super) duplicates: u64,
}

/// An open transaction and what will be known once it is committed.
pub(super) struct Draft<'a> {
    pub(super) db: &'a Connection,
    pub(super) limits: Limits,
    pub(super) now: Timestamp,
    pub(super) before: &'a State,
    pub(super) state: State,
}

/// Why a commit failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    #[error("{0}")]
    Store(#[from] rusqlite::Error),
    /// A block in memory cannot be taken apart.
    #[error("{0}")]
    Block(std::io::Error),
}

impl<'a> Draft<'a> {
    pub(super) fn new(db: &'a Connection, limits: Limits, now: Timestamp, before: &'a State) -> Self {
        Self { db, limits, now, before, state: before.clone() }
    }

    /// Does what somebody wants; the answer is a reader's position.
    pub(super) fn obey(&mut self, order: &Order) -> rusqlite::Result<u64> {
        match order {
            Order::Confirm { reader, sequence } => return Ok(self.confirm(reader, *sequence)),
            Order::Register { reader, start, required } => {
                return Ok(self.register(reader, *start, *required));
            }
            Order::Require(readers) => self.require(readers.clone()),
            Order::SetAside { reader, sequence, reason } => {
                let at = self.now.as_millisecond();
                let lost = store::set_aside(self.db, reader, *sequence, at, reason)?;
                if lost > 0 {
                    error!("An event that was set aside long ago is gone: more are than are kept.");
                    self.state.set_aside_lost += lost;
                }
                self.state.set_aside = store::count_set_aside(self.db)?;
            }
            Order::Damage { first_sequence, count, reason } => {
                store::set_damage(self.db, *first_sequence, *count, reason)?;
                self.state.damage.insert((*first_sequence, first_sequence + count.saturating_sub(1)));
            }
            Order::Sweep => {}
        }
        Ok(0)
    }

    fn confirm(&mut self, reader: &ComponentKey, sequence: u64) -> u64 {
        let newest = self.state.newest();
        let Some(row) = self.state.readers.get_mut(reader) else { return 0 };
        row.sequence = row.sequence.max(sequence.min(newest));
        row.sequence
    }

    fn register(&mut self, reader: &ComponentKey, start: StartAt, required: bool) -> u64 {
        if required && !self.state.required.contains(reader) {
            Arc::make_mut(&mut self.state.required).insert(reader.clone());
        }
        let first = match start {
            StartAt::Oldest => self.state.oldest().saturating_sub(1),
            StartAt::Newest => self.state.newest(),
        };
        let required = self.state.required.contains(reader);
        let unknown = ReaderRow { sequence: first, required, began: first };
        let row = self.state.readers.entry(reader.clone()).or_insert(unknown);
        row.required = required;
        row.sequence
    }

    fn require(&mut self, readers: BTreeSet<ComponentKey>) {
        for (id, row) in &mut self.state.readers {
            row.required = readers.contains(id);
        }
        self.state.required = Arc::new(readers);
    }

    /// Removes a part of what is old. Whether there may be more.
    pub(super) fn sweep(&mut self) -> rusqlite::Result<bool> {
        let cutoff = before(self.now, self.limits.retention).as_millisecond();
        let mut swept = 0;
        while swept < MAX_SWEPT && self.oldest_confirmed().is_some_and(|block| block.at < cutoff) {
            self.remove_oldest()?;
            swept += 1;
        }
        Ok(self.sweep_keys()? || swept == MAX_SWEPT)
    }

    fn sweep_keys(&mut self) -> rusqlite::Result<bool> {
        // A machine's clock that is far ahead must not make everything old: the newest event says how late it is at least.
        let Some(newest) = keys::newest(self.db)? else { return Ok(false) };
        let cutoff = before(self.now.min(newest), self.limits.key_retention).as_second();
        let totals = &mut self.state.totals;
        totals.keys_from = totals.keys_from.filter(|from| *from > cutoff);
        let surplus = totals.keys.saturating_sub(self.limits.max_key_bytes / keys::KEY_BYTES);
        let (before, most) = if surplus > 0 { (i64::MAX, surplus) } else { (cutoff, u64::MAX) };
        let Some((count, until)) = keys::remove_oldest(self.db, before, most)? else { return Ok(false) };
        totals.keys = totals.keys.saturating_sub(count);
        if until > cutoff {
            totals.keys_from = totals.keys_from.max(Some(until.min(self.now.as_second())));
        }
        Ok(true)
    }

    /// Removes the oldest events that everybody has confirmed, until so many bytes are free. Whether they are.
    pub(super) fn free(&mut self, bytes: u64) -> rusqlite::Result<bool> {
        let goal = self.state.totals.bytes.saturating_sub(bytes);
        while self.state.totals.bytes > goal {
            if self.oldest_confirmed().is_none() {
                return Ok(false);
            }
            self.remove_oldest()?;
        }
        Ok(true)
    }

    fn oldest_confirmed(&self) -> Option<BlockInfo> {
        self.state.oldest.filter(|block| block.last_sequence() <= self.state.floor())
    }

    fn remove_oldest(&mut self) -> rusqlite::Result<()> {
        let Some(block) = self.state.oldest else { return Ok(()) };
        match store::remove_block(self.db, block.first_sequence) {
            // Its pages stay; they must not keep the journal from going on.
            Err(error) if is_damage(&error) => {
                error!(first_sequence = block.first_sequence, %error, "A damaged block cannot be removed.");
            }
            removed => removed?,
        }
        self.state.damage.remove(&(block.first_sequence, block.last_sequence()));
        self.state.totals.events = self.state.totals.events.saturating_sub(block.count);
        self.state.totals.bytes = self.state.totals.bytes.saturating_sub(block.bytes);
        self.state.oldest = store::block_after(self.db, block.first_sequence)?;
        Ok(())
    }

    /// Writes a batch, without the events that were there before. `None`: there is no room.
    pub(super) fn append(&mut self, blocks: &[Encoded]) -> Result<Option<Written>, CommitError> {
        let bytes = blocks.iter().map(store::size_of).sum::<u64>();
        let over = self.state.totals.bytes.saturating_add(bytes).saturating_sub(self.limits.max_bytes);
        if !self.free(over.min(self.state.totals.bytes))? {
            return Ok(None);
        }
        let mut written = Written { sequence: 0, events: 0, duplicates: 0 };
        for block in blocks {
            let new = keys::insert(self.db, &block.keys, self.state.totals.next_sequence)?;
            let events = new.iter().filter(|new| **new).count();
            written.duplicates += (new.len() - events) as u64;
            written.events += events as u64;
            if events == new.len() {
                self.insert(block)?;
            } else if events > 0 {
                self.insert(&block.retain(&new).map_err(CommitError::Block)?)?;
            }
        }
        written.sequence = self.state.newest();
        if let Some(block) = blocks.first() {
            let last = Acknowledged { sequence: written.sequence, at: Some(self.now.as_millisecond()) };
            self.state.sources.insert(block.source.clone(), last);
        }
        Ok(Some(written))
    }

    fn insert(&mut self, block: &Encoded) -> rusqlite::Result<()> {
        let info = BlockInfo {
            first_sequence: self.state.totals.next_sequence,
            count: block.keys.len() as u64,
            at: self.now.as_millisecond(),
            bytes: store::size_of(block),
        };
        store::insert_block(self.db, info.first_sequence, info.at, block)?;
        let totals = &mut self.state.totals;
        totals.next_sequence += info.count;
        totals.events += info.count;
        totals.bytes += info.bytes;
        totals.keys += block.keys.iter().flatten().count() as u64;
        self.state.oldest.get_or_insert(info);
        Ok(())
    }

    /// Writes what has changed besides events.
    pub(super) fn finish(self) -> rusqlite::Result<State> {
        if self.state.totals != self.before.totals {
            store::set_totals(self.db, &self.state.totals)?;
        }
        for (id, row) in &self.state.readers {
            if self.before.readers.get(id) != Some(row) {
                store::set_reader(self.db, id, *row)?;
            }
        }
        for (id, last) in &self.state.sources {
            if self.before.sources.get(id) != Some(last) {
                store::set_source(self.db, id, *last)?;
            }
        }
        Ok(self.state)
    }
}

fn before(now: Timestamp, age: std::time::Duration) -> Timestamp {
    now.checked_sub(age).unwrap_or(Timestamp::MIN)
}
