//! What was read of each stream, and on which terms.

use rusqlite::{OptionalExtension, params};

use super::Store;
use crate::coverage::{Coverage, Interval, Span};
use crate::lateness::Lateness;
use crate::state::{Begun, HOUR, StateError, StreamKey, StreamRecord, Terms};

impl Store {
    /// What is kept of a stream.
    pub(in crate::state) fn stream(&mut self, key: StreamKey) -> Result<StreamRecord, StateError> {
        let (tenant, kind) = (self.tenant(key.tenant)?, key.kind.as_str());
        let begun = self
            .db
            .query_row(
                "SELECT start, first_run, written_start, filter FROM stream WHERE tenant = ?1 AND kind = ?2",
                params![tenant, kind],
                |row| {
                    let terms = Terms { start: row.get(2)?, filter: row.get(3)? };
                    Ok(Begun { start: row.get(0)?, first_run: row.get(1)?, terms })
                },
            )
            .optional()?;
        Ok(StreamRecord {
            begun,
            spans: self.spans(tenant, kind)?,
            known_from: self.known_from(tenant)?,
            lateness: self.lateness(tenant, kind)?,
        })
    }

    /// Whether anything is kept of any stream.
    pub(in crate::state) fn has_streams(&self) -> Result<bool, StateError> {
        Ok(self.db.query_row("SELECT EXISTS (SELECT 1 FROM stream)", [], |row| row.get(0))?)
    }

    fn lateness(&self, tenant: i64, kind: &str) -> Result<Lateness, StateError> {
        let mut steps = self
            .db
            .prepare_cached("SELECT step, sign_ins, longest FROM lateness WHERE tenant = ?1 AND kind = ?2")?;
        let steps = steps.query_map(params![tenant, kind], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned(), row.get(2)?))
        })?;
        let mut lateness = Lateness::default();
        for step in steps {
            let (step, count, longest) = step?;
            lateness.add_many(step, count, longest);
        }
        Ok(lateness)
    }

    pub(super) fn replace_lateness(
        &self,
        tenant: i64,
        kind: &str,
        lateness: &Lateness,
    ) -> Result<(), StateError> {
        self.db
            .prepare_cached("DELETE FROM lateness WHERE tenant = ?1 AND kind = ?2")?
            .execute(params![tenant, kind])?;
        let mut add = self.db.prepare_cached(
            "INSERT INTO lateness (tenant, kind, step, sign_ins, longest) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (step, count, longest) in lateness.steps() {
            add.execute(params![tenant, kind, step, count.cast_signed(), longest])?;
        }
        Ok(())
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

    /// Keeps from when on a stream is read and on which terms; `anew`: what was read of it counts no more.
    pub(in crate::state) fn begin(
        &mut self,
        key: StreamKey,
        begun: &Begun,
        anew: bool,
    ) -> Result<(), StateError> {
        let (tenant, kind) = (self.tenant(key.tenant)?, key.kind.as_str());
        self.db.execute(
            "INSERT OR REPLACE INTO stream (tenant, kind, start, first_run, written_start, filter)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![tenant, kind, begun.start, begun.first_run, begun.terms.start, begun.terms.filter],
        )?;
        if anew {
            self.replace_spans(tenant, kind, &[])?;
            self.void_accounts(tenant, kind)?;
        }
        Ok(())
    }

    pub(super) fn replace_spans(&self, tenant: i64, kind: &str, spans: &[Span]) -> Result<(), StateError> {
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

    /// Makes an hour of a tenant unread, whatever the kind: ids do not say of which kind they are.
    pub(super) fn unread_hour(&self, tenant: i64, hour: i64) -> Result<(), StateError> {
        let kinds: Vec<String> = self
            .db
            .prepare_cached("SELECT DISTINCT kind FROM span WHERE tenant = ?1")?
            .query_map([tenant], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for kind in kinds {
            let mut coverage = Coverage::from_spans(self.spans(tenant, &kind)?);
            coverage.forget(Interval { from: hour * HOUR, to: (hour + 1) * HOUR });
            self.replace_spans(tenant, &kind, coverage.spans())?;
        }
        Ok(())
    }
}
