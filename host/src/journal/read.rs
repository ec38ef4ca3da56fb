//! What is read, on connections of the readers' own, which the writer never waits for.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;

use collector::config::ComponentKey;
use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};

use super::store::{int, nat};
use super::{StoredEvent, schema, store};

/// A connection that is made when it is first needed, and again after an error.
pub(super) struct ReadConnection {
    path: PathBuf,
    db: Option<Connection>,
}

/// What to read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Sequence of the first event.
    pub(super) from: u64,
    /// Sequence of the last event that is looked at.
    pub(super) to: u64,
    /// Enough are read when there are so many, but never less than a block.
    pub(super) max_events: usize,
    /// Or so many bytes of JSON.
    pub(super) max_bytes: usize,
    /// Whether the records are wanted that events were made from.
    pub(super) raw: bool,
    /// The sources whose events are wanted; `None`: all.
    pub(super) sources: Option<BTreeSet<ComponentKey>>,
}

impl Wanted {
    /// Events of all sources without their records.
    pub(super) fn in_passing(from: u64, to: u64, max_events: usize, max_bytes: usize) -> Self {
        Self { from, to, max_events, max_bytes, raw: false, sources: None }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In order of sequence.
    pub(super) events: VecDeque<StoredEvent>,
    /// Blocks that could not be read, as first sequence, count and reason.
    pub(super) damaged: Vec<(u64, u64, String)>,
    /// Everything up to this sequence has been looked at.
    pub(super) until: u64,
    bytes: usize,
}

impl ReadConnection {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, db: None }
    }

    /// Lets go of the file, until something is read again.
    pub(super) fn close(&mut self) {
        self.db = None;
    }

    /// Reads with a connection; one that gave an error is not used again.
    pub(super) fn with<T>(
        &mut self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let db = match self.db.take() {
            Some(db) => db,
            None => schema::open_reader(&self.path)?,
        };
        let value = read(&db)?;
        self.db = Some(db);
        Ok(value)
    }
}

/// Events in order of sequence.
pub(super) fn forward(db: &Connection, wanted: &Wanted) -> rusqlite::Result<Found> {
    let sql = format!("{BLOCKS} {} ORDER BY first_sequence", filter(wanted));
    read(db, &sql, wanted)
}

/// The last events up to `to`, in order of sequence: `max_events`, unless there are not so many.
pub(super) fn backward(db: &Connection, wanted: &Wanted) -> rusqlite::Result<Found> {
    let sql = format!("{BLOCKS} {} ORDER BY first_sequence DESC", filter(wanted));
    let mut found = read(db, &sql, wanted)?;
    found.events.make_contiguous().sort_by_key(|event| event.sequence);
    let surplus = found.events.len().saturating_sub(wanted.max_events);
    found.events.drain(..surplus);
    Ok(found)
}

/// From the one that the first sequence lies in. Its count is not asked: if it were wrong, the block would be left out unsaid.
const BLOCKS: &str = "SELECT first_sequence, count FROM block
    WHERE first_sequence >= coalesce((SELECT max(first_sequence) FROM block WHERE first_sequence <= ?1), ?1)
    AND first_sequence <= ?2";

/// Leaves out blocks of other sources. One of which nobody has heard may be a damaged one of ours, which has to be said.
fn filter(wanted: &Wanted) -> String {
    let Some(sources) = &wanted.sources else { return String::new() };
    let marks = (3..3 + sources.len()).map(|index| format!("?{index}")).collect::<Vec<_>>();
    format!("AND (source IN ({}) OR source NOT IN (SELECT id FROM source))", marks.join(", "))
}

/// Reads the blocks of this query, one by one, so that a damaged one stops none of the others.
fn read(db: &Connection, sql: &str, wanted: &Wanted) -> rusqlite::Result<Found> {
    let ends = [int(wanted.from), int(wanted.to)];
    let sources = wanted.sources.iter().flatten().map(ComponentKey::id).collect::<Vec<_>>();
    let values = ends.iter().map(|end| end as &dyn ToSql).chain(sources.iter().map(|id| id as &dyn ToSql));
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Found { until: wanted.to, ..Found::default() };
    while let Some(row) = rows.next()? {
        let (first, count) = (nat(row.get(0)?), nat(row.get(1)?));
        match store::block(db, first, wanted.raw)? {
            Ok(events) => {
                let range = wanted.from..=wanted.to;
                let is_wanted = |event: &StoredEvent| {
                    let sources = wanted.sources.as_ref();
                    range.contains(&event.sequence)
                        && sources.is_none_or(|sources| sources.contains(&event.source))
                };
                let events = events.into_iter().filter(is_wanted);
                found.events.extend(events.inspect(|event| found.bytes += event.json.len()));
            }
            Err(reason) => found.damaged.push((first, count, reason)),
        }
        if found.events.len() >= wanted.max_events || found.bytes >= wanted.max_bytes {
            found.until = first + count.saturating_sub(1);
            break;
        }
    }
    Ok(found)
}
