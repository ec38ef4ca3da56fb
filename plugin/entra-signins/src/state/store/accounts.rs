//! The account of each hour of each stream.

use std::collections::BTreeMap;

use collector::reconcile::Account;
use rusqlite::{Row, params};

use super::Store;
use crate::state::{StateError, StreamKey};

/// Accounts are closed so long after ids are forgotten.
const KEPT_HOURS: i64 = 3 * 24;

impl Store {
    /// Adds to the account of these hours.
    pub(super) fn keep_accounts(
        &self,
        tenant: i64,
        kind: &str,
        accounts: &BTreeMap<i64, Account>,
    ) -> Result<(), StateError> {
        let mut add = self.db.prepare_cached(
            "INSERT INTO account (hour, tenant, kind, fetched, delivered, late, repeated, changed, set_aside, reads)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT DO UPDATE SET
                 fetched = fetched + excluded.fetched, delivered = delivered + excluded.delivered,
                 late = late + excluded.late, repeated = repeated + excluded.repeated,
                 changed = changed + excluded.changed, set_aside = set_aside + excluded.set_aside,
                 reads = reads + excluded.reads",
        )?;
        for (hour, account) in accounts {
            let Account { fetched, delivered, late, repeated, changed, set_aside, reads } = *account;
            let counts =
                [fetched, delivered, late, repeated, changed, set_aside, reads].map(u64::cast_signed);
            let [fetched, delivered, late, repeated, changed, set_aside, reads] = counts;
            add.execute(params![
                hour, tenant, kind, fetched, delivered, late, repeated, changed, set_aside, reads
            ])?;
        }
        Ok(())
    }

    /// The account of a stream from this hour on, and before that one.
    pub(in crate::state) fn accounts(
        &mut self,
        key: StreamKey,
        (from, to): (i64, i64),
    ) -> Result<BTreeMap<i64, Account>, StateError> {
        let tenant = self.tenant(key.tenant)?;
        let mut accounts = self.db.prepare_cached(
            "SELECT hour, fetched, delivered, late, repeated, changed, set_aside, reads FROM account
             WHERE hour >= ?1 AND hour < ?2 AND tenant = ?3 AND kind = ?4",
        )?;
        let accounts = accounts.query_map(params![from, to, tenant, key.kind.as_str()], of_row)?;
        Ok(accounts.collect::<Result<_, _>>()?)
    }

    /// The accounts of all streams together from this hour on, and before that one.
    pub(in crate::state) fn accounts_of_all(
        &mut self,
        (from, to): (i64, i64),
    ) -> Result<BTreeMap<i64, Account>, StateError> {
        let mut accounts = self.db.prepare_cached(
            "SELECT hour, sum(fetched), sum(delivered), sum(late), sum(repeated), sum(changed), sum(set_aside), sum(reads)
             FROM account WHERE hour >= ?1 AND hour < ?2 GROUP BY hour",
        )?;
        let accounts = accounts.query_map([from, to], of_row)?;
        Ok(accounts.collect::<Result<_, _>>()?)
    }

    /// Begins the accounts of an hour of a tenant again: what was delivered of it is not known any more.
    pub(super) fn void_account(&self, tenant: i64, hour: i64) -> Result<(), StateError> {
        let mut void = self.db.prepare_cached("DELETE FROM account WHERE hour = ?1 AND tenant = ?2")?;
        void.execute([hour, tenant])?;
        Ok(())
    }

    /// Begins all accounts of a stream again.
    pub(super) fn void_accounts(&self, tenant: i64, kind: &str) -> Result<(), StateError> {
        self.db.execute("DELETE FROM account WHERE tenant = ?1 AND kind = ?2", params![tenant, kind])?;
        Ok(())
    }

    /// Closes the accounts of hours long before this one.
    pub(super) fn close_accounts(&self, hour: i64) -> Result<(), StateError> {
        self.db.prepare_cached("DELETE FROM account WHERE hour < ?1")?.execute([hour - KEPT_HOURS])?;
        Ok(())
    }
}

/// An hour and its account, in this order of columns.
fn of_row(row: &Row<'_>) -> rusqlite::Result<(i64, Account)> {
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.cast_unsigned());
    let account = Account {
        fetched: count(1)?,
        delivered: count(2)?,
        late: count(3)?,
        repeated: count(4)?,
        changed: count(5)?,
        set_aside: count(6)?,
        reads: count(7)?,
    };
    Ok((row.get(0)?, account))
}
