//! What is written, in SQL and nothing else. Every function works inside the writer's transaction.

use std::collections::{BTreeMap, BTreeSet};

use collector::config::ComponentKey;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::block::{Encoded, STAMP_BYTES, StoredBlock, StoredPart, stamped};
use super::error::is_damage;
use super::{SetAside, StoredEvent};

/// What a block's row takes besides its bodies.
const ROW_BYTES: u64 = 128;
/// Events that are kept for a person to look at; older ones make room.
const MAX_SET_ASIDE: i64 = 10_000;

/// The row of `state`, without the store's name.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Totals {
    /// The sequence of the next event.
    pub(super) next_sequence: u64,
    /// Events in all blocks.
    pub(super) events: u64,
    /// Bytes of all blocks.
    pub(super) bytes: u64,
    /// Keys, also of events that are gone.
    pub(super) keys: u64,
    /// Keys of events before this second were removed for want of room.
    pub(super) keys_from: Option<i64>,
}

/// A reader's row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ReaderRow {
    /// The last event that it has confirmed.
    pub(super) sequence: u64,
    /// Whether it holds what it has not confirmed.
    pub(super) required: bool,
    /// The event before the first that it was to get.
    pub(super) began: u64,
}

/// A block without its bodies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BlockInfo {
    pub(super) first_sequence: u64,
    pub(super) count: u64,
    /// When it was written, in milliseconds since 1970.
    pub(super) at: i64,
    pub(super) bytes: u64,
}

impl BlockInfo {
    pub(super) fn last_sequence(&self) -> u64 {
        self.first_sequence + self.count - 1
    }
}

/// As SQLite stores a number; ours stay far below its end.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that we have written.
pub(super) fn nat(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What a block counts for `max_bytes`.
pub(super) fn size_of(block: &Encoded) -> u64 {
    block.len() + STAMP_BYTES + ROW_BYTES
}

pub(super) fn store_name(db: &Connection) -> rusqlite::Result<String> {
    db.query_row("SELECT store FROM state", [], |row| row.get(0))
}

pub(super) fn totals(db: &Connection) -> rusqlite::Result<Totals> {
    db.query_row("SELECT next_sequence, events, bytes, keys, keys_from FROM state", [], |row| {
        Ok(Totals {
            next_sequence: nat(row.get(0)?),
            events: nat(row.get(1)?),
            bytes: nat(row.get(2)?),
            keys: nat(row.get(3)?),
            keys_from: row.get(4)?,
        })
    })
}

pub(super) fn set_totals(db: &Connection, totals: &Totals) -> rusqlite::Result<()> {
    let sql = "UPDATE state SET next_sequence = ?1, events = ?2, bytes = ?3, keys = ?4, keys_from = ?5";
    let Totals { next_sequence, events, bytes, keys, keys_from } = *totals;
    db.prepare_cached(sql)?.execute(params![
        int(next_sequence),
        int(events),
        int(bytes),
        int(keys),
        keys_from
    ])?;
    Ok(())
}

pub(super) fn readers(db: &Connection) -> rusqlite::Result<BTreeMap<ComponentKey, ReaderRow>> {
    let mut select = db.prepare("SELECT id, sequence, required, coalesce(began, 0) FROM reader")?;
    let rows = select.query_map([], |row| {
        let id: String = row.get(0)?;
        let row = ReaderRow { sequence: nat(row.get(1)?), required: row.get(2)?, began: nat(row.get(3)?) };
        Ok((id.into(), row))
    })?;
    rows.collect()
}

pub(super) fn set_reader(db: &Connection, id: &ComponentKey, row: ReaderRow) -> rusqlite::Result<()> {
    let sql = "INSERT INTO reader (id, sequence, required, began) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET sequence = ?2, required = ?3";
    db.prepare_cached(sql)?.execute(params![id.id(), int(row.sequence), row.required, int(row.began)])?;
    Ok(())
}

/// What a source was acknowledged last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Acknowledged {
    pub(super) sequence: u64,
    /// When, in milliseconds since 1970; `None` if the file was made when nobody kept it.
    pub(super) at: Option<i64>,
}

pub(super) fn sources(db: &Connection) -> rusqlite::Result<BTreeMap<ComponentKey, Acknowledged>> {
    let mut select = db.prepare("SELECT id, sequence, at FROM source")?;
    let rows = select.query_map([], |row| {
        let acknowledged = Acknowledged { sequence: nat(row.get(1)?), at: row.get(2)? };
        Ok((row.get::<_, String>(0)?.into(), acknowledged))
    })?;
    rows.collect()
}

pub(super) fn set_source(db: &Connection, id: &ComponentKey, last: Acknowledged) -> rusqlite::Result<()> {
    let sql = "INSERT INTO source (id, sequence, at) VALUES (?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET sequence = ?2, at = ?3";
    db.prepare_cached(sql)?.execute(params![id.id(), int(last.sequence), last.at])?;
    Ok(())
}

pub(super) fn insert_block(
    db: &Connection,
    first_sequence: u64,
    at: i64,
    block: &Encoded,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO block (first_sequence, count, at, source, head_len, raw_len, head, raw)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    db.prepare_cached(sql)?.execute(params![
        int(first_sequence),
        int(block.keys.len() as u64),
        at,
        block.source.id(),
        int(block.head.len),
        int(block.raw.as_ref().map_or(0, |raw| raw.len)),
        stamped(&block.head.body, first_sequence),
        block.raw.as_ref().map(|raw| raw.body.as_slice()),
    ])?;
    Ok(())
}

/// The oldest block after this sequence.
pub(super) fn block_after(db: &Connection, sequence: u64) -> rusqlite::Result<Option<BlockInfo>> {
    let sql = "SELECT first_sequence, count, at, length(head) + coalesce(length(raw), 0) FROM block
        WHERE first_sequence > ?1 ORDER BY first_sequence LIMIT 1";
    let info = |row: &Row<'_>| {
        Ok(BlockInfo {
            first_sequence: nat(row.get(0)?),
            count: nat(row.get(1)?),
            at: row.get(2)?,
            bytes: nat(row.get(3)?) + ROW_BYTES,
        })
    };
    db.prepare_cached(sql)?.query_row([int(sequence)], info).optional()
}

pub(super) fn remove_block(db: &Connection, first_sequence: u64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM block WHERE first_sequence = ?1")?.execute([int(first_sequence)])?;
    db.prepare_cached("DELETE FROM damage WHERE first_sequence = ?1")?.execute([int(first_sequence)])?;
    Ok(())
}

/// Keeps an event for a person. One that is no longer there, or cannot be read, is kept without its content. Answers how many
/// older ones had to go.
pub(super) fn set_aside(
    db: &Connection,
    reader: &ComponentKey,
    sequence: u64,
    at: i64,
    reason: &str,
) -> rusqlite::Result<u64> {
    let event = event(db, sequence)?;
    let sql = "INSERT OR IGNORE INTO set_aside (reader, sequence, at, reason, source, event_id, json)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    db.execute(
        sql,
        params![
            reader.id(),
            int(sequence),
            at,
            reason,
            event.as_ref().map(|event| event.source.id()),
            event.as_ref().and_then(|event| event.event_id.as_ref()).map(|id| id.as_bytes().as_slice()),
            event.as_ref().map(|event| event.json.as_ref()),
        ],
    )?;
    let bound = "DELETE FROM set_aside WHERE rowid <= (SELECT max(rowid) FROM set_aside) - ?1";
    Ok(db.execute(bound, [MAX_SET_ASIDE])? as u64)
}

/// The events that were set aside for a reader and are still there, by sequence.
pub(super) fn set_aside_of(db: &Connection, reader: &ComponentKey) -> rusqlite::Result<BTreeSet<u64>> {
    let mut select = db.prepare_cached("SELECT sequence FROM set_aside WHERE reader = ?1")?;
    let rows = select.query_map([reader.id()], |row| row.get(0).map(nat))?;
    rows.collect()
}

pub(super) fn count_set_aside(db: &Connection) -> rusqlite::Result<u64> {
    db.query_row("SELECT count(*) FROM set_aside", [], |row| row.get(0)).map(nat)
}

/// The events set aside last, newest first.
pub(super) fn list_set_aside(db: &Connection, most: usize) -> rusqlite::Result<Vec<SetAside>> {
    let sql = "SELECT reader, sequence, at, reason, source, event_id, json FROM set_aside ORDER BY rowid DESC LIMIT ?1";
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([int(most as u64)], |row| {
        Ok(SetAside {
            reader: row.get::<_, String>(0)?.into(),
            sequence: nat(row.get(1)?),
            at: Timestamp::from_millisecond(row.get(2)?).unwrap_or_default(),
            reason: row.get(3)?,
            source: row.get::<_, Option<String>>(4)?.map(Into::into),
            event_id: row.get::<_, Option<[u8; 16]>>(5)?.map(Uuid::from_bytes),
            json: row.get::<_, Option<Vec<u8>>>(6)?.map(Into::into),
        })
    })?;
    rows.collect()
}

/// Remembers a block that cannot be read.
pub(super) fn set_damage(
    db: &Connection,
    first_sequence: u64,
    count: u64,
    reason: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO damage (first_sequence, count, reason) VALUES (?1, ?2, ?3)";
    db.execute(sql, params![int(first_sequence), int(count), reason])?;
    Ok(())
}

/// First and last sequence of blocks that could not be read.
pub(super) fn damage(db: &Connection) -> rusqlite::Result<BTreeSet<(u64, u64)>> {
    let mut select = db.prepare("SELECT first_sequence, count FROM damage")?;
    let rows = select.query_map([], |row| {
        let (first, count) = (nat(row.get(0)?), nat(row.get(1)?));
        Ok((first, first + count.saturating_sub(1)))
    })?;
    rows.collect()
}

/// One event. `None` if it is gone or cannot be read.
fn event(db: &Connection, sequence: u64) -> rusqlite::Result<Option<StoredEvent>> {
    let sql = "SELECT max(first_sequence) FROM block WHERE first_sequence <= ?1";
    let first: Option<i64> = db.query_row(sql, [int(sequence)], |row| row.get(0))?;
    let Some(first) = first else { return Ok(None) };
    let events = block(db, nat(first), false)?.unwrap_or_default();
    Ok(events.into_iter().find(|event| event.sequence == sequence))
}

const BLOCK: &str =
    "SELECT count, source, head_len, raw_len, head, NULL FROM block WHERE first_sequence = ?1";
/// A file whose schema is damaged does not even know how to do this.
pub(super) const BLOCK_WITH_RAW: &str =
    "SELECT count, source, head_len, raw_len, head, raw FROM block WHERE first_sequence = ?1";

/// The events of a block, with or without their records. The inner error says how the block is damaged.
pub(super) fn block(
    db: &Connection,
    first_sequence: u64,
    raw: bool,
) -> rusqlite::Result<Result<Vec<StoredEvent>, String>> {
    let sql = if raw { BLOCK_WITH_RAW } else { BLOCK };
    let decode =
        |row: &Row<'_>| Ok(stored_block(first_sequence, row)?.decode().map_err(|error| error.to_string()));
    match db.prepare_cached(sql)?.query_row([int(first_sequence)], decode) {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(Ok(Vec::new())),
        Err(error) if is_damage(&error) => Ok(Err(error.to_string())),
        other => other,
    }
}

fn stored_block<'a>(first_sequence: u64, row: &'a Row<'_>) -> rusqlite::Result<StoredBlock<'a>> {
    let (head_len, raw_len) = (nat(row.get(2)?), nat(row.get(3)?));
    Ok(StoredBlock {
        first_sequence,
        count: nat(row.get(0)?),
        source: row.get_ref(1)?.as_str()?,
        head: StoredPart { body: row.get_ref(4)?.as_blob()?, len: head_len },
        raw: row.get_ref(5)?.as_blob_or_null()?.map(|body| StoredPart { body, len: raw_len }),
    })
}
