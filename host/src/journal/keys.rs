//! Keys of events, which outlive the events: what was seen once is not taken again.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::block::{EventKey, NO_TIME};
use super::store::{int, nat};

/// What a key takes in the file: 31 bytes, and its share of half-empty pages.
pub(super) const KEY_BYTES: u64 = 43;
/// Keys removed in one transaction, and the rest of their second.
const STEP: i64 = 5000;

/// Stores the keys that are new, whose events get sequences from `first` on; `true` where there is no such key yet, or the event has
/// none.
pub(super) fn insert(db: &Connection, keys: &[Option<EventKey>], first: u64) -> rusqlite::Result<Vec<bool>> {
    let sql = "INSERT OR IGNORE INTO key (second, event_id, revision, sequence) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = db.prepare_cached(sql)?;
    let mut next = first;
    let mut is_new = |key: &Option<EventKey>| {
        let is_new = match key {
            None => true,
            Some(key) => {
                let id = key.id.as_bytes().as_slice();
                insert.execute(params![key.second, id, key.revision, int(next)])? == 1
            }
        };
        next += u64::from(is_new);
        Ok(is_new)
    };
    keys.iter().map(&mut is_new).collect()
}

/// Where an event is or was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Whereabouts {
    /// The journal never had it, or has forgotten that.
    Unknown,
    /// The journal has or had it, and nobody kept where.
    Known,
    /// At this sequence.
    At(u64),
}

/// Where the first revisions of these events are, of each its id and the second in which it happened.
pub(super) fn find(db: &Connection, events: &[(Uuid, i64)]) -> rusqlite::Result<Vec<Whereabouts>> {
    let sql = "SELECT sequence FROM key WHERE second = ?1 AND event_id = ?2 ORDER BY revision LIMIT 1";
    let mut select = db.prepare_cached(sql)?;
    let mut find = |(id, second): &(Uuid, i64)| {
        let found =
            select.query_row(params![second, id.as_bytes().as_slice()], |row| row.get::<_, Option<i64>>(0));
        Ok(match found.optional()? {
            None => Whereabouts::Unknown,
            Some(None) => Whereabouts::Known,
            Some(Some(sequence)) => Whereabouts::At(nat(sequence)),
        })
    };
    events.iter().map(&mut find).collect()
}

/// When the newest event happened that has a key and a time. `None`: there is none.
pub(super) fn newest(db: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let timed = "SELECT second FROM key WHERE second < ?1 ORDER BY second DESC LIMIT 1";
    let newest = db.prepare_cached(timed)?.query_row([NO_TIME], |row| row.get(0)).optional()?;
    Ok(newest.map(|second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX)))
}

/// Removes about `most` of the oldest keys, some thousand at once, of events before `before`. Keys of one second go
/// together. The answer: how many went, and since when keys are known now. `None`: there are no such keys.
pub(super) fn remove_oldest(db: &Connection, before: i64, most: u64) -> rusqlite::Result<Option<(u64, i64)>> {
    let oldest = db
        .prepare_cached("SELECT second FROM key WHERE second < ?1 ORDER BY second LIMIT 1")?
        .query_row([before], |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(oldest) = oldest else { return Ok(None) };
    let then = db
        .prepare_cached("SELECT second FROM key WHERE second < ?1 ORDER BY second LIMIT 1 OFFSET ?2")?
        .query_row([before, STEP.min(int(most))], |row| row.get::<_, i64>(0))
        .optional()?;
    let until = then.unwrap_or(before).max(oldest.saturating_add(1));
    let removed = db.prepare_cached("DELETE FROM key WHERE second < ?1")?.execute([until])?;
    Ok(Some((removed as u64, until)))
}
