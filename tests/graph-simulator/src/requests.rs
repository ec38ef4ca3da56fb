//! Who asked what: a bounded log of requests, and totals that are not bounded.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::clock::timestamp;
use crate::faults::Endpoint;
use crate::wire::{Incoming, Reply};

/// One request and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestRecord {
    /// The server's now when it came.
    pub at: Timestamp,
    /// Which part of Microsoft it was for.
    pub endpoint: Endpoint,
    /// The tenant, if it could be told.
    pub tenant: Option<Uuid>,
    /// Path and query, as sent.
    pub target: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Sign-ins in the answer.
    pub records: usize,
    /// It was beyond a limit.
    pub over_limit: bool,
}

/// Totals since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Requests.
    pub requests: u64,
    /// Sign-ins in answers.
    pub records: u64,
    /// Requests by HTTP status.
    pub by_status: BTreeMap<u16, u64>,
    /// Requests beyond a limit.
    pub over_limit: u64,
}

/// Requests that are kept.
const KEPT: usize = 100_000;

/// See the module.
#[derive(Default)]
pub(crate) struct RequestLog {
    recent: VecDeque<RequestRecord>,
    totals: Totals,
}

impl RequestLog {
    pub(crate) fn push(&mut self, request: &Incoming, reply: &Reply) {
        let Some(endpoint) = reply.note.endpoint else { return };
        let status = reply.status.as_u16();
        self.totals.requests += 1;
        self.totals.records += reply.note.records as u64;
        self.totals.over_limit += u64::from(reply.note.over_limit);
        *self.totals.by_status.entry(status).or_default() += 1;
        if self.recent.len() == KEPT {
            self.recent.pop_front();
        }
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        self.recent.push_back(RequestRecord {
            at: timestamp(request.now),
            endpoint,
            tenant: reply.note.tenant,
            target: format!("{}{query}", request.path),
            status,
            records: reply.note.records,
            over_limit: reply.note.over_limit,
        });
    }

    pub(crate) fn recent(&self) -> Vec<RequestRecord> {
        self.recent.iter().cloned().collect()
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals.clone()
    }
}
