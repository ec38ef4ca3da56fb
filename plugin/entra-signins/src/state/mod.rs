//! What must survive a restart: intervals read, ids delivered, positions acknowledged. One SQLite file per source.
//!
//! [`store`] is SQL and nothing else; [`State`] is the handle that tasks use, with one thread behind it that writes
//! everything waiting in one transaction and one fsync.

mod error;
mod store;
mod worker;

#[cfg(test)]
mod tests;

pub use error::StateError;
pub use worker::State;

use std::collections::BTreeMap;

use collector::reconcile::Account;
use collector::sender::Position;

use crate::config::{EventId, SignInEventType, TenantId};
use crate::coverage::{Second, Span};
use crate::lateness::Lateness;

/// One stream: progress is kept per tenant and kind, so that a renamed connector goes on where it was.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct StreamKey {
    /// Whose log.
    pub tenant: TenantId,
    /// Which kind of sign-in.
    pub kind: SignInEventType,
}

/// What is kept of a stream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StreamRecord {
    /// When it was first read, and on which terms; `None` before the first run.
    pub begun: Option<Begun>,
    /// What has been read.
    pub spans: Vec<Span>,
    /// Since when all ids of the tenant are known; `None`: none was ever forgotten.
    pub known_from: Option<Second>,
    /// How late its sign-ins appeared.
    pub lateness: Lateness,
}

/// What a first run settles, and what holds since until the configuration changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Begun {
    /// The first second of interest.
    pub start: Second,
    /// The server's now at the first run.
    pub first_run: Second,
    /// What the configuration said.
    pub terms: Terms,
}

/// What the configuration says of how a stream is read, as far as a change of it matters to what was read before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// `start` as it is written: an age must not move at each start.
    pub start: String,
    /// A hash of `filter`, which may name persons; `None` without one.
    pub filter: Option<Vec<u8>>,
}

/// An id with the hour that it happened in. The hour only partitions the table: inserts stay local and old hours go
/// as a range.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct TimedId {
    /// The sign-in.
    pub id: EventId,
    /// When it happened.
    pub at: Second,
}

/// Seconds in an hour.
pub const HOUR: Second = 3_600;

/// The hour since 1970 in which a second lies.
pub fn hour_of(second: Second) -> i64 {
    second.div_euclid(HOUR)
}

/// What is known of some sign-ins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Known {
    /// What each of them showed when it was read last; `None`: it was not delivered, or was forgotten.
    pub versions: Vec<Option<Version>>,
    /// Ids of what happened before may have been forgotten.
    pub known_from: Option<Second>,
}

/// A sign-in that was delivered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Delivered {
    /// Its id.
    pub id: TimedId,
    /// What its record showed when it was read last.
    pub version: Version,
}

/// What a record showed when it was read last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Version {
    /// A hash of it.
    pub shown: u64,
    /// How often it was seen to have changed.
    pub changes: u16,
}

impl Version {
    /// What a record shows that was never read before.
    pub const fn first(shown: u64) -> Self {
        Self { shown, changes: 0 }
    }

    /// What it shows now, if that is something else.
    pub fn changed(self, shown: u64) -> Option<Self> {
        (shown != self.shown).then(|| Self { shown, changes: self.changes.saturating_add(1) })
    }

    /// The revision of its event: higher after each change. It is the same when a crash makes the same change come again, and
    /// another one if Microsoft has changed the record once more by then.
    pub fn revision(self) -> u32 {
        if self.changes == 0 {
            return 0;
        }
        let [low, high, ..] = self.shown.to_le_bytes();
        u32::from(self.changes) << 16 | u32::from(u16::from_le_bytes([low, high]))
    }
}

/// What an id takes in the file: 42 bytes, and its share of pages that are partly empty after ids have come and gone.
pub const ID_BYTES: u64 = 64;

/// One acknowledged page, stored in one transaction.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Which stream.
    pub stream: StreamKey,
    /// The sign-ins that were delivered.
    pub ids: Vec<Delivered>,
    /// Sign-ins that were delivered before and show something else now.
    pub changed: Vec<Delivered>,
    /// How late the stream's sign-ins are by now, if one of these was late.
    pub lateness: Option<Lateness>,
    /// What is to be added to the account of each hour.
    pub accounts: BTreeMap<i64, Account>,
    /// Everything that has been read of the stream, if the page brought it further.
    pub spans: Option<Vec<Span>>,
    /// Where the host put the batch; `None` if there was none or the host keeps no store.
    pub position: Option<Position>,
}

impl Commit {
    /// Nothing of this stream.
    pub fn nothing(stream: StreamKey) -> Self {
        Self {
            stream,
            ids: Vec::new(),
            changed: Vec::new(),
            lateness: None,
            accounts: BTreeMap::new(),
            spans: None,
            position: None,
        }
    }
}

/// What one step of forgetting old ids did.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Forgotten {
    /// How many ids went.
    pub ids: u64,
    /// Tenants that lost ids for want of room, and since when their ids are known now.
    pub for_room: BTreeMap<TenantId, Second>,
    /// Whether there are more to forget.
    pub more: bool,
}
