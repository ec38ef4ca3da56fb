//! Which sequences were given in which life of the journal.
//!
//! A journal whose file is restored from a copy gives sequences again that it had given before, to other events. Whoever keeps
//! a sequence outside the file, as the file sink does, must not take the new events for the old ones. So every
//! opening of the journal has a name, and a [`Mark`] says a sequence together with the opening that gave it: it is true of a
//! journal that knows this opening, up to the sequence where that opening ended there.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store::{int, nat};

/// So many openings are remembered. One in which nothing was written is replaced by the next.
const MOST_OPENINGS: i64 = 1000;

/// Names of openings by the first sequence that they give. Files that were made without it know of none.
const OPENINGS: &str = "
    CREATE TABLE IF NOT EXISTS opening (first_sequence INTEGER PRIMARY KEY, name BLOB NOT NULL) STRICT
";

/// A sequence that can be kept outside the journal.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Mark {
    /// The opening of the journal that gave the sequence.
    pub opening: Uuid,
    /// The sequence.
    pub sequence: u64,
}

/// The openings of a journal, up to the present one.
#[derive(Clone, Debug, Default)]
pub struct Lineage(Arc<BTreeMap<u64, Uuid>>);

impl Lineage {
    /// What to keep of this sequence.
    pub fn mark(&self, sequence: u64) -> Mark {
        let opening = self.0.range(..=sequence).next_back().map_or(Uuid::nil(), |(_, name)| *name);
        Mark { opening, sequence }
    }

    /// The last sequence that this journal gave to the same event as when the mark was made; 0 if it gave none.
    pub fn reached(&self, mark: &Mark) -> u64 {
        let mut openings = self.0.iter().skip_while(|(_, name)| **name != mark.opening);
        let Some(_) = openings.next() else { return 0 };
        openings.next().map_or(mark.sequence, |(next, _)| mark.sequence.min(next.saturating_sub(1)))
    }
}

impl From<BTreeMap<u64, Uuid>> for Lineage {
    fn from(openings: BTreeMap<u64, Uuid>) -> Self {
        Self(Arc::new(openings))
    }
}

/// Names this opening, which gives sequences from here on.
pub(super) fn begin(db: &mut Connection, next_sequence: u64) -> rusqlite::Result<Lineage> {
    let tx = db.transaction()?;
    tx.execute_batch(OPENINGS)?;
    tx.execute(
        "INSERT OR REPLACE INTO opening (first_sequence, name) VALUES (?1, ?2)",
        params![int(next_sequence), Uuid::new_v4().as_bytes()],
    )?;
    let forgotten = "DELETE FROM opening WHERE first_sequence <=
        (SELECT first_sequence FROM opening ORDER BY first_sequence DESC LIMIT 1 OFFSET ?1)";
    tx.execute(forgotten, [MOST_OPENINGS])?;
    let lineage = load(&tx)?;
    tx.commit()?;
    Ok(lineage)
}

fn load(db: &Connection) -> rusqlite::Result<Lineage> {
    let mut select = db.prepare("SELECT first_sequence, name FROM opening")?;
    let rows = select.query_map([], |row| Ok((nat(row.get(0)?), Uuid::from_bytes(row.get(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<BTreeMap<_, _>>>()?.into())
}
