//! Ids that were delivered, by tenant and hour, and how they are forgotten: by age, for want of room, or because the host
//! has lost them.

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::Store;
use crate::config::TenantId;
use crate::coverage::Second;
use crate::state::{Delivered, Forgotten, HOUR, Known, StateError, TimedId, Version, hour_of as hour};

/// Ids forgotten in one step. A step is what everybody else waits for.
const STEP: u64 = 5_000;
/// What it costs to forget an hour besides its ids, in ids.
const HOUR_COST: u64 = 50;

/// Some ids of one hour of one tenant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hour {
    pub(super) tenant: i64,
    /// Hours since 1970.
    pub(super) number: i64,
    pub(super) ids: u64,
}

impl Hour {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { number: row.get(0)?, tenant: row.get(1)?, ids: row.get::<_, i64>(2)?.cast_unsigned() })
    }
}

impl Store {
    /// What is known of these sign-ins.
    pub(in crate::state) fn delivered(
        &mut self,
        tenant: TenantId,
        ids: &[TimedId],
    ) -> Result<Known, StateError> {
        let tenant = self.tenant(tenant)?;
        let known_from = self.known_from(tenant)?;
        let mut known = self.db.prepare_cached(
            "SELECT shown, changes FROM delivered WHERE tenant = ?1 AND hour = ?2 AND id = ?3",
        )?;
        let mut shown = |id: &TimedId| {
            let key = params![tenant, hour(id.at), id.id.0.as_bytes()];
            let version = |row: &Row<'_>| {
                Ok(Version { shown: row.get::<_, i64>(0)?.cast_unsigned(), changes: row.get(1)? })
            };
            known.query_row(key, version).optional()
        };
        let versions = ids.iter().map(&mut shown).collect::<Result<_, _>>()?;
        Ok(Known { versions, known_from })
    }

    /// Keeps sign-ins that the host has up to this sequence.
    pub(super) fn keep_ids(
        &mut self,
        tenant: i64,
        ids: &[Delivered],
        sequence: u64,
    ) -> Result<(), StateError> {
        let total = self.count_ids()?;
        let mut insert = self.db.prepare_cached(
            "INSERT OR IGNORE INTO delivered (tenant, hour, id, sequence, shown, changes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut count = self.db.prepare_cached(
            "INSERT INTO hour (hour, tenant, ids) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET ids = ids + excluded.ids",
        )?;
        let (sequence, mut kept) = (sequence.cast_signed(), 0);
        // Neighbours on a page mostly share their hour.
        for of_hour in ids.chunk_by(|a, b| hour(a.id.at) == hour(b.id.at)) {
            let Some(hour) = of_hour.first().map(|first| hour(first.id.at)) else { continue };
            let mut new = 0_u64;
            for Delivered { id, version: Version { shown, changes } } in of_hour {
                let row = params![tenant, hour, id.id.0.as_bytes(), sequence, shown.cast_signed(), changes];
                new += insert.execute(row)? as u64;
            }
            count.execute(params![hour, tenant, new.cast_signed()])?;
            kept += new;
        }
        drop((insert, count));
        self.ids = Some(total + kept);
        Ok(())
    }

    /// Keeps what sign-ins show now that were delivered before.
    pub(super) fn keep_changes(
        &self,
        tenant: i64,
        changed: &[Delivered],
        sequence: u64,
    ) -> Result<(), StateError> {
        let mut update = self.db.prepare_cached(
            "UPDATE delivered SET shown = ?4, changes = ?5, changed_at = ?6
             WHERE tenant = ?1 AND hour = ?2 AND id = ?3",
        )?;
        for Delivered { id, version: Version { shown, changes } } in changed {
            let (shown, sequence) = (shown.cast_signed(), sequence.cast_signed());
            let row = params![tenant, hour(id.at), id.id.0.as_bytes(), shown, changes, sequence];
            update.execute(row)?;
        }
        Ok(())
    }

    /// How many ids there are.
    fn count_ids(&mut self) -> Result<u64, StateError> {
        if let Some(ids) = self.ids {
            return Ok(ids);
        }
        let ids: i64 = self.db.query_row("SELECT coalesce(sum(ids), 0) FROM hour", [], |row| row.get(0))?;
        self.ids = Some(ids.cast_unsigned());
        Ok(ids.cast_unsigned())
    }

    /// Since when all ids of a tenant are known; `None`: none was ever forgotten.
    pub(super) fn known_from(&self, tenant: i64) -> Result<Option<Second>, StateError> {
        let mut known_from = self.db.prepare_cached("SELECT known_from FROM tenant WHERE no = ?1")?;
        Ok(known_from.query_row([tenant], |row| row.get(0))?)
    }

    /// Forgets a part of the oldest ids: those of hours before `before`, if that is known, and as many as there are beyond
    /// `most`, of the tenant that has most: a busy one must not take from the quiet ones. Its two newest hours stay however many
    /// they hold: the live edge needs them.
    pub(in crate::state) fn forget_oldest(
        &mut self,
        before: Option<Second>,
        most: u64,
    ) -> Result<Forgotten, StateError> {
        let mut forgotten = Forgotten::default();
        if let Some(before) = before {
            self.close_accounts(hour(before))?;
        }
        let mut work = 0;
        while work < STEP {
            let Some((oldest, is_surplus)) = self.next_to_forget(before, most)? else {
                return Ok(forgotten);
            };
            let ids = self.forget_in_hour(oldest, STEP - work)?;
            work += ids.max(HOUR_COST);
            forgotten.ids += ids;
            if is_surplus {
                let known_from = (oldest.number + 1) * HOUR;
                forgotten.for_room.insert(self.guid(oldest.tenant)?, known_from);
            }
        }
        forgotten.more = true;
        Ok(forgotten)
    }

    /// The next hour that goes, and whether it goes for want of room.
    fn next_to_forget(
        &mut self,
        before: Option<Second>,
        most: u64,
    ) -> Result<Option<(Hour, bool)>, StateError> {
        let is_old = |oldest: &Hour| before.is_some_and(|before| oldest.number < hour(before));
        if let Some(old) = self.oldest_hour()?.filter(is_old) {
            return Ok(Some((old, false)));
        }
        if self.count_ids()? <= most {
            return Ok(None);
        }
        Ok(self.oldest_hour_of_the_largest()?.map(|hour| (hour, true)))
    }

    fn oldest_hour(&self) -> Result<Option<Hour>, StateError> {
        let mut oldest =
            self.db.prepare_cached("SELECT hour, tenant, ids FROM hour ORDER BY hour, tenant LIMIT 1")?;
        Ok(oldest.query_row([], Hour::of).optional()?)
    }

    /// The oldest hour, but for its two newest ones, of the tenant that has most ids in such hours.
    fn oldest_hour_of_the_largest(&self) -> Result<Option<Hour>, StateError> {
        let mut oldest = self.db.prepare_cached(
            "WITH newest AS (SELECT tenant, max(hour) AS hour FROM hour GROUP BY tenant),
             largest AS (
                 SELECT hour.tenant FROM hour JOIN newest ON newest.tenant = hour.tenant
                 WHERE hour.hour < newest.hour - 1 GROUP BY hour.tenant ORDER BY sum(ids) DESC LIMIT 1
             )
             SELECT hour, tenant, ids FROM hour WHERE tenant = (SELECT tenant FROM largest) ORDER BY hour LIMIT 1",
        )?;
        Ok(oldest.query_row([], Hour::of).optional()?)
    }

    /// Forgets at most so many ids of this hour. From then on none of its ids counts as known.
    fn forget_in_hour(
        &mut self,
        Hour { tenant, number: hour, ids }: Hour,
        most: u64,
    ) -> Result<u64, StateError> {
        let total = self.count_ids()?;
        let beyond: Option<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT id FROM delivered WHERE tenant = ?1 AND hour = ?2 ORDER BY id LIMIT 1 OFFSET ?3",
            )?
            .query_row(params![tenant, hour, most.cast_signed()], |row| row.get(0))
            .optional()?;
        if let Some(beyond) = beyond {
            let mut delete = self
                .db
                .prepare_cached("DELETE FROM delivered WHERE tenant = ?1 AND hour = ?2 AND id < ?3")?;
            delete.execute(params![tenant, hour, beyond])?;
            let mut count =
                self.db.prepare_cached("UPDATE hour SET ids = ids - ?3 WHERE hour = ?2 AND tenant = ?1")?;
            count.execute(params![tenant, hour, most.cast_signed()])?;
        } else {
            for table in ["delivered", "hour"] {
                let sql = format!("DELETE FROM {table} WHERE tenant = ?1 AND hour = ?2");
                self.db.prepare_cached(&sql)?.execute(params![tenant, hour])?;
            }
        }
        let mut known_from = self.db.prepare_cached(
            "UPDATE tenant SET known_from = max(coalesce(known_from, ?2), ?2) WHERE no = ?1",
        )?;
        known_from.execute(params![tenant, (hour + 1) * HOUR])?;
        drop(known_from);
        let forgotten = ids.min(most);
        self.ids = Some(total.saturating_sub(forgotten));
        Ok(forgotten)
    }

    fn guid(&self, tenant: i64) -> Result<TenantId, StateError> {
        let mut guid = self.db.prepare_cached("SELECT guid FROM tenant WHERE no = ?1")?;
        Ok(TenantId(Uuid::from_bytes(guid.query_row([tenant], |row| row.get(0))?)))
    }

    /// Forgets ids that the host got after this sequence, and what changed ones showed. Answers in which hours they were.
    pub(super) fn forget_ids_after(&mut self, sequence: u64) -> Result<Vec<Hour>, StateError> {
        let after = sequence.cast_signed();
        let lost: Vec<Hour> = self
            .db
            .prepare(
                "SELECT hour, tenant, count(*) FROM delivered WHERE sequence > ?1 GROUP BY tenant, hour",
            )?
            .query_map([after], Hour::of)?
            .collect::<Result<_, _>>()?;
        let changed: Vec<Hour> = self
            .db
            .prepare(
                "SELECT hour, tenant, 0 FROM delivered WHERE changed_at > ?1 AND sequence <= ?1 GROUP BY tenant, hour",
            )?
            .query_map([after], Hour::of)?
            .collect::<Result<_, _>>()?;
        // Something else than before: when it is read again it has changed again.
        self.db.execute(
            "UPDATE delivered SET shown = ~shown, changed_at = 0 WHERE changed_at > ?1 AND sequence <= ?1",
            [after],
        )?;
        for Hour { tenant, number: hour, ids } in &lost {
            self.db.execute(
                "DELETE FROM delivered WHERE tenant = ?1 AND hour = ?2 AND sequence > ?3",
                params![tenant, hour, after],
            )?;
            self.db.execute(
                "UPDATE hour SET ids = ids - ?3 WHERE hour = ?2 AND tenant = ?1",
                params![tenant, hour, ids.cast_signed()],
            )?;
        }
        self.ids = None;
        Ok([lost, changed].concat())
    }

    /// Forgets all ids, and that any were ever forgotten: nobody has them any more. Answers how many there were.
    pub(super) fn forget_all_ids(&mut self) -> Result<u64, StateError> {
        let ids = self.count_ids()?;
        self.db
            .execute_batch("DELETE FROM delivered; DELETE FROM hour; UPDATE tenant SET known_from = NULL")?;
        self.ids = None;
        Ok(ids)
    }
}
