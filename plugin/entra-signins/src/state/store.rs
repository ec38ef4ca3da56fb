//! The tables and the connection; which ids were delivered is in [`ids`], what was read in [`streams`], how much in [`accounts`].

mod accounts;
mod ids;
mod streams;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use collector::sender::Position;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Commit, StateError};
use crate::config::TenantId;

/// The version of the tables.
const VERSION: i64 = 7;
/// A file up to this size is checked page by page when it is opened; that takes as long as reading it.
const WHOLE_CHECK_BYTES: u64 = 64 * 1024 * 1024;

/// `changed_at` is the sequence of the newest change that the host got, as `sequence` is that of the sign-in.
/// `hour` says how many ids there are in each hour, so that nobody has to count them. Ids that happened before a
/// tenant's `known_from` may have been forgotten.
///
/// SQLite keeps no checksums. Where one changed number would leave sign-ins unread without a word, a row has its values a second
/// time, as `again`, and the check at each opening compares them; older files do not have that. Of ids there are too many, and
/// one that is lost does no more than bring its sign-in again.
const TABLES: &str = "
    CREATE TABLE tenant (
        no INTEGER PRIMARY KEY, guid BLOB NOT NULL UNIQUE, known_from INTEGER,
        again TEXT AS (printf('%s %s %s', no, hex(guid), known_from)) STORED,
        CHECK (again IS printf('%s %s %s', no, hex(guid), known_from))
    );
    CREATE TABLE stream (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL, first_run INTEGER NOT NULL,
        written_start TEXT NOT NULL, filter BLOB,
        again TEXT AS (printf('%s %s %s %s %s %s', tenant, kind, start, first_run, written_start, hex(filter))) STORED,
        CHECK (again IS printf('%s %s %s %s %s %s', tenant, kind, start, first_run, written_start, hex(filter))),
        PRIMARY KEY (tenant, kind)
    ) WITHOUT ROWID;
    CREATE TABLE span (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, from_s INTEGER NOT NULL, to_s INTEGER NOT NULL,
        ages INTEGER NOT NULL, quiet INTEGER NOT NULL, read_at INTEGER NOT NULL,
        again TEXT AS (printf('%s %s %s %s %s %s %s', tenant, kind, from_s, to_s, ages, quiet, read_at)) STORED,
        CHECK (again IS printf('%s %s %s %s %s %s %s', tenant, kind, from_s, to_s, ages, quiet, read_at)),
        PRIMARY KEY (tenant, kind, from_s)
    ) WITHOUT ROWID;
    CREATE TABLE delivered (
        tenant INTEGER NOT NULL, hour INTEGER NOT NULL, id BLOB NOT NULL, sequence INTEGER NOT NULL,
        shown INTEGER NOT NULL, changes INTEGER NOT NULL, changed_at INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant, hour, id)
    ) WITHOUT ROWID;
    CREATE TABLE hour (
        hour INTEGER NOT NULL, tenant INTEGER NOT NULL, ids INTEGER NOT NULL, PRIMARY KEY (hour, tenant)
    ) WITHOUT ROWID;
    CREATE TABLE lateness (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL, sign_ins INTEGER NOT NULL,
        longest INTEGER NOT NULL,
        again TEXT AS (printf('%s %s %s %s %s', tenant, kind, step, sign_ins, longest)) STORED,
        CHECK (again IS printf('%s %s %s %s %s', tenant, kind, step, sign_ins, longest)),
        PRIMARY KEY (tenant, kind, step)
    ) WITHOUT ROWID;
    CREATE TABLE account (
        hour INTEGER NOT NULL, tenant INTEGER NOT NULL, kind TEXT NOT NULL, fetched INTEGER NOT NULL,
        delivered INTEGER NOT NULL, late INTEGER NOT NULL, repeated INTEGER NOT NULL, changed INTEGER NOT NULL,
        set_aside INTEGER NOT NULL, reads INTEGER NOT NULL, PRIMARY KEY (hour, tenant, kind)
    ) WITHOUT ROWID;
    CREATE TABLE position (
        one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, sequence INTEGER NOT NULL,
        again TEXT AS (printf('%s %s', store, sequence)) STORED,
        CHECK (again IS printf('%s %s', store, sequence))
    );
    CREATE TABLE set_aside (hash BLOB PRIMARY KEY) WITHOUT ROWID;
";

/// The state file.
#[derive(Debug)]
pub(super) struct Store {
    db: Connection,
    path: PathBuf,
    /// Numbers of tenants that are in the file.
    tenants: HashMap<TenantId, i64>,
    /// How many ids there are, once they were counted.
    ids: Option<u64>,
}

impl Store {
    /// Opens the file or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        let open = |source| StateError::Open { path: path.to_owned(), source };
        let damaged =
            |error: rusqlite::Error| StateError::Damaged { path: path.to_owned(), detail: error.to_string() };
        make_private_file(path);
        let mut db = Connection::open(path).map_err(open)?;
        tune(&db).map_err(damaged)?;
        let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(damaged)?;
        let is_new = found == 0;
        if !is_new && found != VERSION {
            return Err(StateError::OtherVersion { path: path.to_owned(), found, known: VERSION });
        }
        if is_new {
            let tables = db.transaction().map_err(open)?;
            tables.execute_batch(TABLES).map_err(open)?;
            tables.pragma_update(None, "user_version", VERSION).map_err(open)?;
            tables.commit().map_err(open)?;
        }
        if let Some(detail) = damage(&db, path).map_err(damaged)? {
            return Err(StateError::Damaged { path: path.to_owned(), detail });
        }
        Ok(Self { db, path: path.to_owned(), tenants: HashMap::new(), ids: None })
    }

    /// Reads what is committed.
    pub(super) fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        self.leave_transaction()?;
        read(self)
    }

    /// Runs these writes in one transaction.
    pub(super) fn transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        self.leave_transaction()?;
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let written = write(self).and_then(|value| {
            self.db.execute_batch("COMMIT")?;
            Ok(value)
        });
        if written.is_err() {
            self.forget_uncommitted();
            // If it fails, whoever comes next tries again.
            let _left = self.leave_transaction();
        }
        written
    }

    /// Ends a transaction that failed and is still open: nothing may be read from it or be added to it. A connection that
    /// cannot even do that is given up for a new one.
    fn leave_transaction(&mut self) -> Result<(), StateError> {
        if self.db.is_autocommit() {
            return Ok(());
        }
        self.forget_uncommitted();
        let rolled_back = self.db.execute_batch("ROLLBACK");
        if rolled_back.is_err() || !self.db.is_autocommit() {
            let db = Connection::open(&self.path)?;
            tune(&db)?;
            self.db = db;
        }
        Ok(())
    }

    fn forget_uncommitted(&mut self) {
        self.tenants.clear();
        self.ids = None;
    }

    fn tenant(&mut self, tenant: TenantId) -> Result<i64, StateError> {
        if let Some(no) = self.tenants.get(&tenant) {
            return Ok(*no);
        }
        let guid = tenant.0.as_bytes();
        self.db.execute("INSERT OR IGNORE INTO tenant (guid) VALUES (?1)", [guid])?;
        let no = self.db.query_row("SELECT no FROM tenant WHERE guid = ?1", [guid], |row| row.get(0))?;
        self.tenants.insert(tenant, no);
        Ok(no)
    }

    /// Keeps an acknowledged page.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<(), StateError> {
        let tenant = self.tenant(commit.stream.tenant)?;
        let sequence = commit.position.as_ref().map_or(0, |position| position.sequence);
        self.keep_ids(tenant, &commit.ids, sequence)?;
        self.keep_changes(tenant, &commit.changed, sequence)?;
        self.keep_accounts(tenant, commit.stream.kind.as_str(), &commit.accounts)?;
        if let Some(lateness) = &commit.lateness {
            self.replace_lateness(tenant, commit.stream.kind.as_str(), lateness)?;
        }
        if let Some(spans) = &commit.spans {
            self.replace_spans(tenant, commit.stream.kind.as_str(), spans)?;
        }
        commit.position.as_ref().map_or(Ok(()), |position| self.keep_position(position))
    }

    fn keep_position(&self, position: &Position) -> Result<(), StateError> {
        self.db
            .prepare_cached(
                "INSERT INTO position (one, store, sequence) VALUES (1, ?1, ?2)
                 ON CONFLICT DO UPDATE SET
                     sequence = CASE WHEN store = excluded.store THEN max(sequence, excluded.sequence) ELSE excluded.sequence END,
                     store = excluded.store",
            )?
            .execute(params![position.store, position.sequence.cast_signed()])?;
        Ok(())
    }

    /// The newest position that the host has acknowledged.
    pub(super) fn position(&self) -> Result<Option<Position>, StateError> {
        let found = self.db.query_row("SELECT store, sequence FROM position", [], |row| {
            Ok(Position { store: row.get(0)?, sequence: row.get::<_, i64>(1)?.cast_unsigned() })
        });
        Ok(found.optional()?)
    }

    /// Makes unseen and unread what went to the host after this sequence; `None`: everything. Answers how many ids are
    /// forgotten.
    pub(super) fn reopen_after(&mut self, sequence: Option<u64>) -> Result<u64, StateError> {
        let forgotten = if let Some(sequence) = sequence {
            let lost = self.forget_ids_after(sequence)?;
            for hour in &lost {
                self.unread_hour(hour.tenant, hour.number)?;
                self.void_account(hour.tenant, hour.number)?;
            }
            lost.iter().map(|hour| hour.ids).sum()
        } else {
            self.db.execute_batch("DELETE FROM span; DELETE FROM account")?;
            self.forget_all_ids()?
        };
        self.db.execute("DELETE FROM position", [])?;
        Ok(forgotten)
    }

    /// Which of these hashes are those of records that were set aside before.
    pub(super) fn were_set_aside(&self, hashes: &[Vec<u8>]) -> Result<Vec<bool>, StateError> {
        let mut known = self.db.prepare_cached("SELECT 1 FROM set_aside WHERE hash = ?1")?;
        Ok(hashes.iter().map(|hash| known.exists([hash])).collect::<Result<_, _>>()?)
    }

    /// Remembers that the records with these hashes were set aside.
    pub(super) fn set_aside(&self, hashes: &[Vec<u8>]) -> Result<(), StateError> {
        let mut insert = self.db.prepare_cached("INSERT OR IGNORE INTO set_aside (hash) VALUES (?1)")?;
        hashes.iter().try_for_each(|hash| insert.execute([hash]).map(drop))?;
        Ok(())
    }
}

fn tune(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "cache_size", -16_384)
}

/// Looks for damage. A large file is not read whole: what is damaged among its ids shows when they are asked for.
fn damage(db: &Connection, path: &Path) -> rusqlite::Result<Option<String>> {
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let tables: &[&str] = if size <= WHOLE_CHECK_BYTES {
        &[""]
    } else {
        &["('tenant')", "('stream')", "('span')", "('lateness')", "('position')"]
    };
    for table in tables {
        // No quick check: that would not see a tenant that its index does not know.
        let check = format!("PRAGMA integrity_check{table}");
        let verdict: String = db.query_row(&check, [], |row| row.get(0))?;
        if verdict != "ok" {
            return Ok(Some(verdict));
        }
    }
    Ok(None)
}

/// Makes the file for its owner alone; SQLite gives its companions the same mode. What fails here fails again, with a
/// reason, when SQLite opens the file.
fn make_private_file(path: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

#[cfg(test)]
mod tests;
