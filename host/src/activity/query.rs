//! What the dashboard shows of some time.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Row as SqlRow, params};

use super::store::{OTHERS, Store};
use super::tally::{Count, Dimension, HOUR, SLOT};

/// Rows of a table; the rest is one row.
const MOST_ROWS: usize = 10;

/// Of which time, whose and what sign-ins.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Query {
    /// The first second since 1970; the hour that it lies in counts.
    pub from: i64,
    /// The end; the hour that it lies in counts.
    pub to: i64,
    /// The tenant's id; `None`: all.
    pub tenant: Option<String>,
    /// The kind of sign-in; `None`: all.
    pub kind: Option<String>,
}

/// A tenant that has sign-ins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// Its name, or the id.
    pub name: String,
}

/// A row of a table.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Row {
    /// The value; `None`: all others.
    pub value: Option<String>,
    /// How many.
    pub sign_ins: u64,
    /// How many failed.
    pub failed: u64,
    /// Of how many tenants.
    pub tenants: usize,
}

/// A bar of the chart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Slot {
    /// The first second since 1970.
    pub from: i64,
    /// How many.
    pub sign_ins: u64,
    /// How many failed.
    pub failed: u64,
}

/// Everything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Dashboard {
    /// How many.
    pub sign_ins: u64,
    /// How many failed.
    pub failed: u64,
    /// Over time, without gaps.
    pub over_time: Vec<Slot>,
    /// How long a bar of the chart is, in seconds.
    pub slot_secs: i64,
    /// By each dimension, most first; of users most failed first.
    pub by: BTreeMap<Dimension, Vec<Row>>,
    /// All tenants that there are.
    pub tenants: Vec<Tenant>,
}

const WANTED: &str = "(?3 IS NULL OR whose.tenant = ?3) AND (?4 IS NULL OR whose.kind = ?4)";

pub(super) fn dashboard(store: &Store, query: &Query) -> rusqlite::Result<Dashboard> {
    let (over_time, slot_secs) = over_time(store, query)?;
    Ok(Dashboard {
        sign_ins: over_time.iter().map(|slot| slot.sign_ins).sum(),
        failed: over_time.iter().map(|slot| slot.failed).sum(),
        over_time,
        slot_secs,
        by: by(store, query)?,
        tenants: tenants(store)?,
    })
}

/// So many bars at most.
const MOST_BARS: i64 = 60;

/// Whole hours, so that the chart says the same as the tables.
fn hours(query: &Query) -> (i64, i64) {
    (query.from.div_euclid(HOUR), (query.to - 1).max(query.from).div_euclid(HOUR) + 1)
}

fn over_time(store: &Store, query: &Query) -> rusqlite::Result<(Vec<Slot>, i64)> {
    let (first, end) = hours(query);
    let (from, to) = (first * HOUR, end * HOUR);
    // The finest of these that is not too fine.
    let steps = [SLOT, HOUR, 6 * HOUR, 24 * HOUR];
    let step = steps.into_iter().find(|step| (to - from) / step <= MOST_BARS).unwrap_or(24 * HOUR);
    let begins = from.div_euclid(step) * step;
    let bars = (to - begins + step - 1) / step;
    let mut slots: Vec<_> =
        (0..bars).map(|bar| Slot { from: begins + bar * step, ..Slot::default() }).collect();
    let sql = format!(
        "SELECT slot * {SLOT}, sum(sign_ins), sum(failed) FROM slot JOIN whose ON whose.no = slot.whose
         WHERE slot >= ?1 AND slot < ?2 AND {WANTED} GROUP BY slot"
    );
    let mut statement = store.db.prepare_cached(&sql)?;
    let of_slot = |row: &SqlRow<'_>| Ok((row.get::<_, i64>(0)?, count(row, 1)?));
    let found = statement.query_map(params![from / SLOT, to / SLOT, query.tenant, query.kind], of_slot)?;
    for found in found {
        let (at, Count { sign_ins, failed }) = found?;
        if let Some(slot) = usize::try_from((at - begins) / step).ok().and_then(|bar| slots.get_mut(bar)) {
            slot.sign_ins += sign_ins;
            slot.failed += failed;
        }
    }
    Ok((slots, step))
}

fn by(store: &Store, query: &Query) -> rusqlite::Result<BTreeMap<Dimension, Vec<Row>>> {
    let (first, end) = hours(query);
    let sql = format!(
        "SELECT dimension, value, whose.tenant, sum(sign_ins), sum(failed) FROM value JOIN whose ON whose.no = value.whose
         WHERE hour >= ?1 AND hour < ?2 AND {WANTED} GROUP BY dimension, value, whose.tenant"
    );
    let mut statement = store.db.prepare_cached(&sql)?;
    let mut values: HashMap<(u8, String), (Count, HashSet<String>)> = HashMap::new();
    let mut rows = statement.query(params![first, end, query.tenant, query.kind])?;
    while let Some(row) = rows.next()? {
        let (sum, tenants) = values.entry((row.get(0)?, row.get(1)?)).or_default();
        sum.add(count(row, 3)?);
        tenants.insert(row.get(2)?);
    }
    let mut by: BTreeMap<Dimension, Vec<Row>> = BTreeMap::new();
    for ((number, value), (Count { sign_ins, failed }, tenants)) in values {
        let Some(dimension) = Dimension::ALL.into_iter().find(|dimension| *dimension as u8 == number) else {
            continue;
        };
        let value = (value != OTHERS).then_some(value);
        by.entry(dimension).or_default().push(Row { value, sign_ins, failed, tenants: tenants.len() });
    }
    Ok(by.into_iter().map(|(dimension, rows)| (dimension, top(rows))).collect())
}

/// The largest, and the sum of all others.
fn top(mut rows: Vec<Row>) -> Vec<Row> {
    let rest = rows.extract_if(.., |row| row.value.is_none()).collect::<Vec<_>>();
    rows.sort_by(|a, b| (b.sign_ins, &a.value).cmp(&(a.sign_ins, &b.value)));
    let rest = rows.split_off(rows.len().min(MOST_ROWS)).into_iter().chain(rest);
    let others = rest.fold(Row::default(), |sum, row| Row {
        sign_ins: sum.sign_ins + row.sign_ins,
        failed: sum.failed + row.failed,
        tenants: sum.tenants.max(row.tenants),
        ..sum
    });
    rows.extend((others.sign_ins > 0).then_some(others));
    rows
}

fn tenants(store: &Store) -> rusqlite::Result<Vec<Tenant>> {
    let sql = "SELECT DISTINCT whose.tenant, coalesce(name.name, whose.tenant) AS shown FROM whose
        LEFT JOIN name ON name.tenant = whose.tenant ORDER BY shown";
    let mut statement = store.db.prepare_cached(sql)?;
    let tenants = statement.query_map([], |row| Ok(Tenant { id: row.get(0)?, name: row.get(1)? }))?;
    tenants.collect()
}

fn count(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Count> {
    Ok(Count {
        sign_ins: row.get::<_, i64>(column)?.unsigned_abs(),
        failed: row.get::<_, i64>(column + 1)?.unsigned_abs(),
    })
}
