//! The file: its tables, and what is looked at before it is trusted.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collector::config::make_private_dir;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use super::error::JournalError;
use super::store;
use super::transaction::State;
use crate::private;

/// The format that this program writes.
pub(super) const VERSION: i64 = 1;
/// Tells a journal from other SQLite files: "esij".
const APPLICATION: i32 = 0x6573_696a;
/// A file up to this size is checked page by page when it is opened; that takes as long as reading it.
const WHOLE_CHECK_BYTES: u64 = 64 * 1024 * 1024;
/// How long to wait for somebody who looks into the file with another program.
const BUSY: Duration = Duration::from_secs(5);

/// Keys are scattered over as many pages as there are tenants read at the same time: small pages write less.
const PAGE_BYTES: i64 = 4096;
/// Pages in the write-ahead log before they are moved into the file: 16 MiB.
const CHECKPOINT_PAGES: i64 = 4096;
/// The log file is cut back to this size when it has been larger.
const LOG_BYTES: i64 = 64 * 1024 * 1024;
/// Page cache of the writer, in KiB: keys of the hours being read.
const WRITER_CACHE_KIB: i64 = 16 * 1024;
/// Page cache of a reader, in KiB: it reads every block once.
const READER_CACHE_KIB: i64 = 256;

/// `state` has one row. Sequences and sums are kept there so that they survive the removal of every block.
/// A key's `sequence` says where its event is or was; a reader's `began`, after which one it began. Older files do not have them.
/// In `key` an event's time comes first, so that inserts stay local and old keys go as a range.
/// In `block` the numbers come first, so that they are read without the bodies.
///
/// SQLite keeps no checksums. Where one changed number would lose events without a word, a row has its values a second time,
/// as `again`, and the check at each opening compares them. Older files do not have that.
const TABLES: &str = "
    CREATE TABLE state (
        one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, next_sequence INTEGER NOT NULL,
        events INTEGER NOT NULL, bytes INTEGER NOT NULL, keys INTEGER NOT NULL, keys_from INTEGER,
        again TEXT AS (printf('%s %s %s %s %s %s', store, next_sequence, events, bytes, keys, keys_from)) STORED,
        CHECK (again IS printf('%s %s %s %s %s %s', store, next_sequence, events, bytes, keys, keys_from))
    ) STRICT;
    CREATE TABLE block (
        first_sequence INTEGER PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL,
        head_len INTEGER NOT NULL, raw_len INTEGER NOT NULL, head BLOB NOT NULL, raw BLOB
    ) STRICT;
    CREATE TABLE key (
        second INTEGER NOT NULL, event_id BLOB NOT NULL, revision INTEGER NOT NULL, sequence INTEGER,
        PRIMARY KEY (second, event_id, revision)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reader (
        id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, required INTEGER NOT NULL, began INTEGER,
        again TEXT AS (printf('%s %s %s %s', id, sequence, required, began)) STORED,
        CHECK (again IS printf('%s %s %s %s', id, sequence, required, began))
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE set_aside (
        reader TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
        source TEXT, event_id BLOB, json BLOB, PRIMARY KEY (reader, sequence)
    ) STRICT;
    CREATE TABLE damage (first_sequence INTEGER PRIMARY KEY, count INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
";

/// What each source was acknowledged last. Files that were made without it know of none.
const SOURCES: &str = "
    CREATE TABLE IF NOT EXISTS source (
        id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER,
        again TEXT AS (printf('%s %s %s', id, sequence, at)) STORED, CHECK (again IS printf('%s %s %s', id, sequence, at))
    ) STRICT, WITHOUT ROWID
";

/// Where the file is, in the directory of all data.
pub(super) fn path_in(data_dir: &Path) -> PathBuf {
    data_dir.join("journal").join("journal.db")
}

/// Opens the file for the writer. It is made, with its directory, if it is not there.
pub(super) fn open_writer(path: &Path) -> Result<Connection, JournalError> {
    if let Some(dir) = path.parent() {
        make_private_dir(dir).map_err(|source| JournalError::Directory { path: dir.to_owned(), source })?;
    }
    // SQLite gives the files beside it the same permissions.
    private::open(OpenOptions::new().append(true).create(true), path)
        .map_err(|error| JournalError::Unavailable { reason: format!("{}: {error}", path.display()) })?;
    let opening = |error| JournalError::opening(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(opening)?;
    db.busy_timeout(BUSY).map_err(opening)?;
    if is_empty(&db).map_err(opening)? {
        create(&mut db).map_err(opening)?;
    }
    check(&db, path)?;
    tune(&db).map_err(opening)?;
    db.execute_batch(SOURCES).map_err(opening)?;
    for (table, column) in [("source", "at"), ("key", "sequence"), ("reader", "began")] {
        add_column(&db, table, column).map_err(opening)?;
    }
    Ok(db)
}

/// Opens the writer's file again, after an error. It must be there, and be the same journal.
pub(super) fn reopen_writer(path: &Path, name: &str) -> rusqlite::Result<(Connection, State)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    tune(&db)?;
    if store::store_name(&db)? != name {
        return Err(rusqlite::Error::InvalidPath(path.to_owned()));
    }
    let state = State::load(&db)?;
    Ok((db, state))
}

/// Opens the file for a reader.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(db)
}

/// Moves all of the log into the file, so that nothing is left beside it when the connection is dropped. Somebody
/// who looks into the file with another program may keep that from happening, and is not waited for.
pub(super) fn tidy(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::ZERO)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Files that were made without this column of whole numbers get it.
fn add_column(db: &Connection, table: &str, column: &str) -> rusqlite::Result<()> {
    let sql = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
    if !db.prepare(sql)?.exists([table, column])? {
        db.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {column} INTEGER"))?;
    }
    Ok(())
}

fn is_empty(db: &Connection) -> rusqlite::Result<bool> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && number(db, "user_version")? == 0)
}

fn create(db: &mut Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    db.pragma_update(None, "auto_vacuum", "incremental")?;
    let tx = db.transaction()?;
    tx.execute_batch(TABLES)?;
    tx.execute(
        "INSERT INTO state (one, store, next_sequence, events, bytes, keys) VALUES (1, ?1, 1, 0, 0, 0)",
        [Uuid::new_v4().to_string()],
    )?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    tx.pragma_update(None, "user_version", VERSION)?;
    tx.commit()
}

fn check(db: &Connection, path: &Path) -> Result<(), JournalError> {
    let opening = |error| JournalError::opening(path, &error);
    if number(db, "application_id").map_err(opening)? != i64::from(APPLICATION) {
        return Err(JournalError::NotAJournal { path: path.to_owned() });
    }
    let found = number(db, "user_version").map_err(opening)?;
    if found > VERSION {
        return Err(JournalError::Newer { path: path.to_owned(), found, known: VERSION });
    }
    drop(db.prepare(store::BLOCK_WITH_RAW).map_err(opening)?);
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let tables: &[&str] =
        if size <= WHOLE_CHECK_BYTES { &[""] } else { &["('state')", "('reader')", "('source')"] };
    for table in tables {
        let verdict: String =
            db.query_row(&format!("PRAGMA quick_check{table}"), [], |row| row.get(0)).map_err(opening)?;
        if verdict != "ok" {
            return Err(JournalError::Damaged { path: path.to_owned(), reason: verdict });
        }
    }
    Ok(())
}

fn tune(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)
}

fn number(db: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, pragma, |row| row.get(0))
}
