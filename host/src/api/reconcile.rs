//! `POST /api/v1/reconcile`: what a service shows now, against what the journal has and the sinks have delivered.
//!
//! It costs requests of Microsoft's limits and may have missing sign-ins fetched, so it is answered to this machine alone, and to
//! nobody who cannot say what he sends: a page in a browser cannot send JSON elsewhere without asking first. The answer is one
//! JSON object a line, each as soon as its hour is compared.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{Json, Response};
use collector::config::ComponentKey;
use collector::reconcile::{Account, Compared, ReconcileRequest, Reconciler, Slice};
use futures::StreamExt as _;
use futures::stream::{self, Stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::peer::Peer;
use super::{ApiState, Overview, lines};
use crate::journal::{Journal, JournalError, Whereabouts};

/// As many ids of missing events are named.
const MOST_NAMED: usize = 20;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// Names of connectors; empty: all.
    #[serde(default)]
    pub connectors: Vec<String>,
    /// Whether what is missing is to be fetched.
    #[serde(default)]
    pub repair: bool,
}

/// An hour of one kind of one connector.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Row {
    /// The source's id.
    pub source: String,
    /// The connector's name.
    pub connector: String,
    /// The tenant.
    pub tenant: String,
    /// The kind of sign-in.
    pub kind: String,
    /// The first instant, inclusive.
    pub from: Timestamp,
    /// The end, exclusive.
    pub to: Timestamp,
    /// Why it could not be compared; the counts mean nothing then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Events that the service shows now.
    pub shown: u64,
    /// Of those, the ones that the journal has or had.
    pub journal: u64,
    /// Of those, the ones that each sink has delivered that reads the source.
    pub sinks: BTreeMap<String, u64>,
    /// Events shown that the journal never had.
    pub missing: u64,
    /// Some of their ids.
    pub missing_ids: Vec<Uuid>,
    /// Whether missing ones are being fetched.
    pub repaired: bool,
    /// Whether the service shows fewer than it did: equal reads of it can differ.
    pub unstable: bool,
    /// Whether every re-read of the hour has been done.
    pub proven: bool,
    /// What the source has kept account of; absent of a part of an hour.
    #[serde(default)]
    pub account: Option<Counts>,
}

/// An [`Account`] as JSON.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Counts {
    fetched: u64,
    delivered: u64,
    late: u64,
    repeated: u64,
    changed: u64,
    set_aside: u64,
    reads: u64,
}

impl Counts {
    /// Each count as people read it: records read, events acknowledged, and so on.
    pub(crate) fn named(&self) -> [(&'static str, u64); 7] {
        let Self { fetched, delivered, late, repeated, changed, set_aside, reads } = *self;
        [
            ("READ", fetched),
            ("NEW", delivered),
            ("LATE", late),
            ("REPEATED", repeated),
            ("CHANGED", changed),
            ("SET ASIDE", set_aside),
            ("READS", reads),
        ]
    }
}

impl From<Account> for Counts {
    fn from(account: Account) -> Self {
        let Account { fetched, delivered, late, repeated, changed, set_aside, reads } = account;
        Self { fetched, delivered, late, repeated, changed, set_aside, reads }
    }
}

/// Why it cannot be said where events are.
#[derive(Debug, thiserror::Error)]
enum NotFound {
    /// The journal does not answer.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Their keys are gone, as health says.
    #[error("the journal had no room for the keys of this hour, and does not know any more what it had")]
    Forgotten,
}

/// A source, the journal, and the sinks that read the source.
#[derive(Clone)]
pub(super) struct Comparison {
    pub(super) source: ComponentKey,
    /// `None`: it does not run now, or cannot compare.
    pub(super) reconciler: Option<Arc<dyn Reconciler>>,
    pub(super) sinks: Vec<ComponentKey>,
    pub(super) journal: Arc<Journal>,
}

pub(super) async fn reconcile(
    State(state): State<ApiState>,
    Extension(peer): Extension<Peer>,
    ask: Result<Json<Ask>, JsonRejection>,
) -> Response {
    match peer.asked(ask) {
        Ok(ask) => lines::answer(all_rows(&state.overview, &ask)),
        Err(refusal) => refusal,
    }
}

/// The rows of all sources. Dropped, it leaves the sources alone again.
fn all_rows(overview: &Overview, ask: &Ask) -> impl Stream<Item = Row> + use<> {
    let Ask { from, to, connectors, repair } = ask.clone();
    let request = ReconcileRequest { from, to, connectors, repair };
    let each = overview.comparisons().into_iter().map(|comparison| rows(comparison, request.clone()).boxed());
    stream::select_all(each)
}

fn rows(comparison: Comparison, request: ReconcileRequest) -> impl Stream<Item = Row> {
    let slices = match comparison.reconciler.clone() {
        Some(reconciler) => {
            lines::driven(|slices| async move { reconciler.reconcile(request, slices).await }).left_stream()
        }
        None => stream::iter([comparison.silence(&request)]).right_stream(),
    };
    slices.then(move |slice| {
        let comparison = comparison.clone();
        async move { comparison.row(slice).await }
    })
}

impl Comparison {
    /// What is said of a source that says nothing, so that it is not taken for one that lacks nothing.
    fn silence(&self, request: &ReconcileRequest) -> Slice {
        Slice {
            connector: self.source.id().to_owned(),
            tenant: String::new(),
            kind: "",
            from: request.from,
            to: request.to,
            outcome: Err("the source does not run now, or cannot compare".to_owned()),
        }
    }

    async fn row(&self, slice: Slice) -> Row {
        let Slice { connector, tenant, kind, from, to, outcome } = slice;
        let mut row = Row {
            source: self.source.id().to_owned(),
            connector,
            tenant,
            kind: kind.to_owned(),
            from,
            to,
            error: None,
            shown: 0,
            journal: 0,
            sinks: BTreeMap::new(),
            missing: 0,
            missing_ids: Vec::new(),
            repaired: false,
            unstable: false,
            proven: false,
            account: None,
        };
        let found = match outcome {
            Ok(compared) => self.find(compared, &mut row).await,
            Err(error) => {
                row.error = Some(error);
                return row;
            }
        };
        row.error = found.err().map(|error| error.to_string());
        row
    }

    async fn find(&self, compared: Compared, row: &mut Row) -> Result<(), NotFound> {
        let Compared { shown, account, is_proven, is_repaired, .. } = compared;
        let whereabouts = self.journal.find(shown.clone()).await?;
        let missing = shown.iter().zip(&whereabouts).filter(|(_, place)| **place == Whereabouts::Unknown);
        // Asked after the keys: what is forgotten meanwhile must not look missing.
        let known_from = self.journal.health().borrow().keys_from;
        if missing.clone().any(|((_, second), _)| known_from.is_some_and(|from| *second < from.as_second())) {
            return Err(NotFound::Forgotten);
        }
        let missing: Vec<Uuid> = missing.map(|((id, _), _)| *id).collect();
        row.shown = shown.len() as u64;
        row.missing = missing.len() as u64;
        row.journal = row.shown - row.missing;
        row.missing_ids = missing.into_iter().take(MOST_NAMED).collect();
        row.unstable = account.is_some_and(|account| account.delivered > row.shown);
        (row.proven, row.repaired, row.account) = (is_proven, is_repaired, account.map(Counts::from));
        let readers = self.journal.stats().readers;
        for sink in &self.sinks {
            let Some(reader) = readers.iter().find(|reader| reader.id == *sink) else { continue };
            let aside: BTreeSet<u64> = self.journal.set_aside_of(sink.clone()).await?;
            let is_delivered = |place: &&Whereabouts| match place {
                Whereabouts::At(sequence) => {
                    (reader.began + 1..=reader.position).contains(sequence) && !aside.contains(sequence)
                }
                Whereabouts::Known => true,
                Whereabouts::Unknown => false,
            };
            let delivered = whereabouts.iter().filter(is_delivered).count() as u64;
            row.sinks.insert(sink.id().to_owned(), delivered);
        }
        Ok(())
    }
}
