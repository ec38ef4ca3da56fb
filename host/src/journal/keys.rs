//! Keys of events, which outlive the events: what was seen once is not taken again.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::block::{EventKey, NO_TIME};
use super::store::int;

/// What a key takes in the file: 26 bytes, and its share of half-empty pages.
pub(super) const KEY_BYTES: u64 = 36;
/// Keys removed in one transaction, and the rest of their second.
const STEP: i64 = 5000;

/// Stores the keys that are new; `true` where there is no such key yet, or the event has none.
pub(super) fn insert(db: &Connection, keys: &[Option<EventKey>]) -> rusqlite::Result<Vec<bool>> {
    let mut insert =
        db.prepare_cached("INSERT OR IGNORE INTO key (second, event_id, revision) VALUES (?1, ?2, ?3)")?;
    keys.iter()
        .map(|key| match key {
            None => Ok(true),
            Some(key) => insert
                .execute(params![key.second, key.id.as_bytes().as_slice(), key.revision])
                .map(|rows| rows == 1),
        })
        .collect()
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
