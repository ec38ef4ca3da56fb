//! The tables, and nothing else.

use std::collections::HashMap;
use std::path::Path;

use collector::sender::Position;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Begun, Commit, StateError, StreamKey, StreamRecord, TimedId};
use crate::collect::coverage::{Coverage, Interval, Second, Span};
use crate::config::TenantId;

/// The version of the tables.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE tenant (no INTEGER PRIMARY KEY, guid BLOB NOT NULL UNIQUE);
    CREATE TABLE stream (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL, first_run INTEGER NOT NULL,
        PRIMARY KEY (tenant, kind)
    ) WITHOUT ROWID;
    CREATE TABLE span (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, from_s INTEGER NOT NULL, to_s INTEGER NOT NULL,
        ages INTEGER NOT NULL, quiet INTEGER NOT NULL, read_at INTEGER NOT NULL,
        PRIMARY KEY (tenant, kind, from_s)
    ) WITHOUT ROWID;
    CREATE TABLE delivered (
        tenant INTEGER NOT NULL, hour INTEGER NOT NULL, id BLOB NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (tenant, hour, id)
    ) WITHOUT ROWID;
    CREATE TABLE acknowledged (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, lane TEXT NOT NULL, hour INTEGER NOT NULL,
        from_s INTEGER NOT NULL, to_s INTEGER NOT NULL, sequence INTEGER NOT NULL,
        PRIMARY KEY (tenant, kind, lane, hour)
    ) WITHOUT ROWID;
    CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, sequence INTEGER NOT NULL);
    CREATE TABLE set_aside (hash BLOB PRIMARY KEY) WITHOUT ROWID;
";

/// The state file.
#[derive(Debug)]
pub(super) struct Store {
    db: Connection,
    tenants: HashMap<TenantId, i64>,
    fresh: bool,
}

impl Store {
    /// Opens the file or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        let open = |source| StateError::Open { path: path.to_owned(), source };
        make_private_file(path);
        let mut db = Connection::open(path).map_err(open)?;
        let damaged =
            |error: rusqlite::Error| StateError::Damaged { path: path.to_owned(), detail: error.to_string() };
        db.pragma_update(None, "journal_mode", "wal").map_err(damaged)?;
        db.pragma_update(None, "synchronous", "full").map_err(open)?;
        db.pragma_update(None, "cache_size", -16_384).map_err(open)?;
        let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(damaged)?;
        if found > VERSION {
            return Err(StateError::Newer { path: path.to_owned(), found, known: VERSION });
        }
        let fresh = found == 0;
        if fresh {
            let tables = db.transaction().map_err(open)?;
            tables.execute_batch(TABLES).map_err(open)?;
            tables.pragma_update(None, "user_version", VERSION).map_err(open)?;
            tables.commit().map_err(open)?;
        }
        let verdict: String =
            db.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(damaged)?;
        if verdict != "ok" {
            return Err(StateError::Damaged { path: path.to_owned(), detail: verdict });
        }
        Ok(Self { db, tenants: HashMap::new(), fresh })
    }

    /// Whether the file was made by this process.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Runs these writes in one transaction.
    pub(super) fn transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, StateError>,
    ) -> Result<T, StateError> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let written = write(self).and_then(|value| {
            self.db.execute_batch("COMMIT")?;
            Ok(value)
        });
        if written.is_err() && !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK")?;
        }
        if written.is_err() {
            // A tenant's row may have been rolled back.
            self.tenants.clear();
        }
        written
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

    /// What is kept of a stream.
    pub(super) fn stream(&mut self, key: StreamKey) -> Result<StreamRecord, StateError> {
        let (tenant, kind) = (self.tenant(key.tenant)?, key.kind.as_str());
        let begun = self
            .db
            .query_row(
                "SELECT start, first_run FROM stream WHERE tenant = ?1 AND kind = ?2",
                params![tenant, kind],
                |row| Ok(Begun { start: row.get(0)?, first_run: row.get(1)? }),
            )
            .optional()?;
        Ok(StreamRecord { begun, spans: self.spans(tenant, kind)? })
    }

    fn spans(&self, tenant: i64, kind: &str) -> Result<Vec<Span>, StateError> {
        let mut spans = self.db.prepare_cached(
            "SELECT from_s, to_s, ages, quiet, read_at FROM span WHERE tenant = ?1 AND kind = ?2 ORDER BY from_s",
        )?;
        let spans = spans.query_map(params![tenant, kind], |row| {
            Ok(Span {
                interval: Interval { from: row.get(0)?, to: row.get(1)? },
                ages: row.get(2)?,
                quiet: row.get(3)?,
                read_at: row.get(4)?,
            })
        })?;
        Ok(spans.collect::<Result<_, _>>()?)
    }

    /// Keeps when a stream began.
    pub(super) fn begin(&mut self, key: StreamKey, begun: Begun) -> Result<(), StateError> {
        let tenant = self.tenant(key.tenant)?;
        self.db.execute(
            "INSERT OR REPLACE INTO stream (tenant, kind, start, first_run) VALUES (?1, ?2, ?3, ?4)",
            params![tenant, key.kind.as_str(), begun.start, begun.first_run],
        )?;
        Ok(())
    }

    /// Which of these ids were delivered.
    pub(super) fn delivered(&mut self, tenant: TenantId, ids: &[TimedId]) -> Result<Vec<bool>, StateError> {
        let tenant = self.tenant(tenant)?;
        let mut known =
            self.db.prepare_cached("SELECT 1 FROM delivered WHERE tenant = ?1 AND hour = ?2 AND id = ?3")?;
        let found = ids.iter().map(|id| known.exists(params![tenant, hour(id.at), id.id.0.as_bytes()]));
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Keeps an acknowledged page.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<(), StateError> {
        let tenant = self.tenant(commit.stream.tenant)?;
        let kind = commit.stream.kind.as_str();
        let sequence = commit.position.as_ref().map_or(0, |position| position.sequence).cast_signed();
        let mut insert = self.db.prepare_cached(
            "INSERT OR IGNORE INTO delivered (tenant, hour, id, sequence) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for id in &commit.ids {
            insert.execute(params![tenant, hour(id.at), id.id.0.as_bytes(), sequence])?;
        }
        if let Some(read) = commit.read {
            self.replace_spans(tenant, kind, &commit.spans)?;
            self.acknowledge(tenant, commit, read, sequence)?;
        }
        if let Some(position) = &commit.position {
            self.keep_position(position)?;
        }
        Ok(())
    }

    fn replace_spans(&self, tenant: i64, kind: &str, spans: &[Span]) -> Result<(), StateError> {
        self.db
            .prepare_cached("DELETE FROM span WHERE tenant = ?1 AND kind = ?2")?
            .execute(params![tenant, kind])?;
        let mut insert = self.db.prepare_cached(
            "INSERT INTO span (tenant, kind, from_s, to_s, ages, quiet, read_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for span in spans {
            let Interval { from, to } = span.interval;
            insert.execute(params![tenant, kind, from, to, span.ages, span.quiet, span.read_at])?;
        }
        Ok(())
    }

    /// Remembers, by the hour, which seconds went to the host up to which position: what to read again when the host's
    /// store turns out to be older than that.
    fn acknowledge(
        &self,
        tenant: i64,
        commit: &Commit,
        read: Interval,
        sequence: i64,
    ) -> Result<(), StateError> {
        let newest = commit.spans.iter().map(|span| span.read_at).max().unwrap_or(read.to);
        self.db
            .prepare_cached(
                "INSERT INTO acknowledged (tenant, kind, lane, hour, from_s, to_s, sequence)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO UPDATE SET from_s = min(from_s, excluded.from_s), to_s = max(to_s, excluded.to_s),
                     sequence = max(sequence, excluded.sequence)",
            )?
            .execute(params![
                tenant,
                commit.stream.kind.as_str(),
                commit.lane.as_str(),
                hour(newest),
                read.from,
                read.to,
                sequence
            ])?;
        Ok(())
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

    /// Makes unread whatever went to the host after this sequence. Answers how many ids are forgotten.
    pub(super) fn reopen_after(&mut self, sequence: Option<u64>) -> Result<usize, StateError> {
        let after = sequence.map_or(-1, u64::cast_signed);
        let forgotten = self.db.execute("DELETE FROM delivered WHERE sequence > ?1", [after])?;
        let reopened: Vec<(i64, String, Interval)> = self
            .db
            .prepare("SELECT tenant, kind, from_s, to_s FROM acknowledged WHERE sequence > ?1")?
            .query_map([after], |row| {
                Ok((row.get(0)?, row.get(1)?, Interval { from: row.get(2)?, to: row.get(3)? }))
            })?
            .collect::<Result<_, _>>()?;
        for (tenant, kind, interval) in reopened {
            self.unread(tenant, &kind, interval)?;
        }
        self.db.execute("DELETE FROM acknowledged WHERE sequence > ?1", [after])?;
        self.db.execute("DELETE FROM position", [])?;
        Ok(forgotten)
    }

    fn unread(&self, tenant: i64, kind: &str, interval: Interval) -> Result<(), StateError> {
        let mut coverage = Coverage::from_spans(self.spans(tenant, kind)?);
        coverage.forget(interval);
        self.replace_spans(tenant, kind, coverage.spans())
    }

    /// Forgets what nobody asks for any more: ids and acknowledgements of hours before this second.
    pub(super) fn prune(&mut self, before: Second) -> Result<(), StateError> {
        self.db.execute("DELETE FROM delivered WHERE hour < ?1", [hour(before)])?;
        self.db.execute("DELETE FROM acknowledged WHERE hour < ?1", [hour(before)])?;
        Ok(())
    }

    /// Whether the record with this hash was set aside before.
    pub(super) fn was_set_aside(&self, hash: &[u8]) -> Result<bool, StateError> {
        Ok(self.db.prepare_cached("SELECT 1 FROM set_aside WHERE hash = ?1")?.exists([hash])?)
    }

    /// Remembers that the record with this hash was set aside.
    pub(super) fn set_aside(&self, hash: &[u8]) -> Result<(), StateError> {
        self.db.prepare_cached("INSERT OR IGNORE INTO set_aside (hash) VALUES (?1)")?.execute([hash])?;
        Ok(())
    }
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

fn hour(second: Second) -> i64 {
    second.div_euclid(3_600)
}
