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

use collector::sender::Position;

use crate::collect::coverage::{Interval, Second, Span};
use crate::collect::planner::Lane;
use crate::config::{EventId, SignInEventType, TenantId};

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
    /// When it was first read, and from when on; `None` before the first run.
    pub begun: Option<Begun>,
    /// What has been read.
    pub spans: Vec<Span>,
}

/// The absolute times that a first run settles for ever.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Begun {
    /// The first second of interest.
    pub start: Second,
    /// The server's now at the first run.
    pub first_run: Second,
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

/// One acknowledged page, stored in one transaction.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Which stream.
    pub stream: StreamKey,
    /// By which lane.
    pub lane: Lane,
    /// The ids that were delivered.
    pub ids: Vec<TimedId>,
    /// Seconds that are now read, if any.
    pub read: Option<Interval>,
    /// Everything that has been read of the stream, this page included.
    pub spans: Vec<Span>,
    /// Where the host put the batch; `None` if there was none or the host keeps no store.
    pub position: Option<Position>,
}
