//! The counts on disk: one SQLite file that can be thrown away.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use tracing::warn;

use super::tally::{Dimension, HOUR, SLOT, Tally};

/// The version of the tables.
const VERSION: i64 = 1;
/// Values of one dimension in one hour of one tenant and kind; what comes beyond counts as [`OTHERS`].
const MOST_VALUES: i64 = 1_000;
/// Stands for all values that found no room. No field is empty.
pub(super) const OTHERS: &str = "";

const TABLES: &str = "
    CREATE TABLE place (journal TEXT NOT NULL, sequence INTEGER NOT NULL);
    CREATE TABLE whose (no INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, UNIQUE (tenant, kind));
    CREATE TABLE name (tenant TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE value (
        hour INTEGER NOT NULL, whose INTEGER NOT NULL, dimension INTEGER NOT NULL, value TEXT NOT NULL,
        sign_ins INTEGER NOT NULL, failed INTEGER NOT NULL, PRIMARY KEY (hour, whose, dimension, value)
    ) WITHOUT ROWID;
    CREATE TABLE slot (
        slot INTEGER NOT NULL, whose INTEGER NOT NULL, sign_ins INTEGER NOT NULL, failed INTEGER NOT NULL,
        PRIMARY KEY (slot, whose)
    ) WITHOUT ROWID;
";

/// The file.
pub(super) struct Store {
    pub(super) db: Connection,
}

impl Store {
    /// Opens it, for this journal; makes it anew where it is of another one, or cannot be used.
    pub(super) fn open(path: &Path, journal: &str) -> rusqlite::Result<Self> {
        match Self::open_as_it_is(path, journal) {
            Ok(Some(store)) => return Ok(store),
            Ok(None) => {}
            Err(error) => {
                warn!(%error, "The counts of sign-ins cannot be read and are made anew from the journal.");
            }
        }
        for end in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(end);
            // What cannot be removed cannot be opened either, which is said.
            let _gone = std::fs::remove_file(name);
        }
        let db = connect(path)?;
        db.execute_batch(TABLES)?;
        db.execute("INSERT INTO place (journal, sequence) VALUES (?1, 0)", [journal])?;
        db.pragma_update(None, "user_version", VERSION)?;
        Ok(Self { db })
    }

    fn open_as_it_is(path: &Path, journal: &str) -> rusqlite::Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let db = connect(path)?;
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version != VERSION {
            return Ok(None);
        }
        let check: String = db.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        let of: Option<String> =
            db.query_row("SELECT journal FROM place", [], |row| row.get(0)).optional()?;
        Ok((check == "ok" && of.as_deref() == Some(journal)).then_some(Self { db }))
    }

    /// The last event of the journal that counts.
    pub(super) fn position(&self) -> rusqlite::Result<u64> {
        self.db.query_row("SELECT sequence FROM place", [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    }

    /// Adds counts; everything up to this event counts now.
    pub(super) fn add(&mut self, tally: &Tally, until: u64) -> rusqlite::Result<()> {
        let transaction = self.db.transaction()?;
        for ((hour, (tenant, kind), dimension, value), count) in &tally.values {
            let whose = whose(&transaction, tenant, kind)?;
            let value = room_for(&transaction, (*hour, whose, *dimension), value)?;
            transaction
                .prepare_cached(
                    "INSERT INTO value (hour, whose, dimension, value, sign_ins, failed) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT DO UPDATE SET sign_ins = sign_ins + excluded.sign_ins, failed = failed + excluded.failed",
                )?
                .execute(params![
                    hour,
                    whose,
                    *dimension as u8,
                    value,
                    count.sign_ins.cast_signed(),
                    count.failed.cast_signed()
                ])?;
        }
        for ((slot, (tenant, kind)), count) in &tally.slots {
            let whose = whose(&transaction, tenant, kind)?;
            transaction
                .prepare_cached(
                    "INSERT INTO slot (slot, whose, sign_ins, failed) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET sign_ins = sign_ins + excluded.sign_ins, failed = failed + excluded.failed",
                )?
                .execute(params![slot, whose, count.sign_ins.cast_signed(), count.failed.cast_signed()])?;
        }
        for (tenant, name) in &tally.names {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO name (tenant, name) VALUES (?1, ?2)")?
                .execute([tenant, name])?;
        }
        transaction.execute("UPDATE place SET sequence = ?1", [until.cast_signed()])?;
        transaction.commit()
    }

    /// Forgets counts of hours before the one of this second.
    pub(super) fn forget_before(&mut self, second: i64) -> rusqlite::Result<()> {
        let forget = |sql: &str, number: i64| self.db.prepare_cached(sql)?.execute([number]);
        forget("DELETE FROM value WHERE hour < ?1", second.div_euclid(HOUR))?;
        forget("DELETE FROM slot WHERE slot < ?1", second.div_euclid(SLOT))?;
        Ok(())
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // What it makes is its owner's alone: names of persons stand in it.
    let _made =
        crate::private::open(std::fs::OpenOptions::new().write(true).create(true).truncate(false), path);
    let db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // Lost with the machine's power, counts are made anew from where they were.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

fn whose(transaction: &Transaction<'_>, tenant: &str, kind: &str) -> rusqlite::Result<i64> {
    let known = transaction
        .prepare_cached("SELECT no FROM whose WHERE tenant = ?1 AND kind = ?2")?
        .query_row([tenant, kind], |row| row.get(0))
        .optional()?;
    if let Some(no) = known {
        return Ok(no);
    }
    transaction.execute("INSERT INTO whose (tenant, kind) VALUES (?1, ?2)", [tenant, kind])?;
    Ok(transaction.last_insert_rowid())
}

/// The value itself, if it has a row or there is room for one.
fn room_for<'v>(
    transaction: &Transaction<'_>,
    (hour, whose, dimension): (i64, i64, Dimension),
    value: &'v str,
) -> rusqlite::Result<&'v str> {
    let key = params![hour, whose, dimension as u8, value];
    let known = transaction
        .prepare_cached(
            "SELECT 1 FROM value WHERE hour = ?1 AND whose = ?2 AND dimension = ?3 AND value = ?4",
        )?
        .exists(key)?;
    if known {
        return Ok(value);
    }
    let values: i64 = transaction
        .prepare_cached("SELECT count(*) FROM value WHERE hour = ?1 AND whose = ?2 AND dimension = ?3")?
        .query_row(params![hour, whose, dimension as u8], |row| row.get(0))?;
    Ok(if values < MOST_VALUES { value } else { OTHERS })
}
