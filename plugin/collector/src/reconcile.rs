//! Comparing what a service shows now with what a source has handed over, on request.
//!
//! A source that can do it offers a [`Reconciler`] in its context; a host asks it, while the source runs, and adds what it
//! knows itself: which events its store has and which its sinks have delivered.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::mpsc;
use uuid::Uuid;

/// What is to be compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReconcileRequest {
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// Names of connectors; empty: all.
    pub connectors: Vec<String>,
    /// Whether what is missing is to be fetched.
    pub repair: bool,
}

/// What was compared of one hour of one connector.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slice {
    /// The connector's name.
    pub connector: String,
    /// The tenant, or what else the connector reads of.
    pub tenant: String,
    /// The kind of event.
    pub kind: &'static str,
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// What came of it.
    pub outcome: Result<Compared, String>,
}

/// What the service shows now and what the source knows of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Compared {
    /// The events that the service shows now: ids, and the second since 1970 in which they happened.
    pub shown: Vec<(Uuid, i64)>,
    /// Of those, how many the source has not handed over, as far as it remembers.
    pub missing: u64,
    /// What the source has kept account of since it first read of this hour; `None` of a part of an hour.
    pub account: Option<Account>,
    /// Whether nothing more is looked for in this hour: every re-read has been done, and the last found nothing.
    pub is_proven: bool,
    /// Whether what is missing is being fetched: since that is wanted, or since its time has not been read yet.
    pub is_repaired: bool,
}

/// A source's account of an hour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Account {
    /// Records that were read and acknowledged, repeats included.
    pub fetched: u64,
    /// Events that the host has acknowledged.
    pub delivered: u64,
    /// Of those, the ones that an earlier read of their second had not.
    pub late: u64,
    /// Records that had been delivered before.
    pub repeated: u64,
    /// Records that had changed since they were delivered.
    pub changed: u64,
    /// Records that no event can be made of.
    pub set_aside: u64,
    /// Complete reads that held some of the hour.
    pub reads: u64,
}

/// What a source knows of an hour of everything that it reads, without asking its service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Hour {
    /// When it begins.
    pub from: Timestamp,
    /// The accounts of all connectors and kinds together.
    pub account: Account,
    /// Kinds of connectors that have not been read whole yet.
    pub unread: usize,
    /// Kinds that have been read, and will be again.
    pub read: usize,
    /// Kinds of which nothing more is looked for.
    pub proven: usize,
}

impl Hour {
    /// Takes in the same hour of another source.
    pub fn add(&mut self, other: &Self) {
        let Account { fetched, delivered, late, repeated, changed, set_aside, reads } = other.account;
        let account = &mut self.account;
        account.fetched += fetched;
        account.delivered += delivered;
        account.late += late;
        account.repeated += repeated;
        account.changed += changed;
        account.set_aside += set_aside;
        account.reads += reads;
        self.unread += other.unread;
        self.read += other.read;
        self.proven += other.proven;
    }
}

/// Compares.
#[async_trait]
pub trait Reconciler: Send + Sync {
    /// Reads again what is asked for, within the source's own limits, and sends each slice when it is done. What is not compared,
    /// since it is not read now or the source stops, is sent as an error. Ends when all is, or nobody listens any more.
    async fn reconcile(&self, request: ReconcileRequest, slices: mpsc::Sender<Slice>);

    /// The hours that begin from one instant on, and before another, oldest first; none if nothing is kept account of.
    async fn hours(&self, from: Timestamp, to: Timestamp) -> Vec<Hour>;
}
