//! Comparing, on request, what Graph shows now with what was delivered, hour by hour.
//!
//! It reads ids alone, through the same budget as everything else and no more urgently than re-reads. What is missing is fetched, if
//! that is wanted, in the usual way: its hour counts as unread again.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use collector::reconcile::{Compared, ReconcileRequest, Reconciler, Slice};
use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::shared::Shared;
use crate::collect::batch::Seen;
use crate::collect::fetch::{Failure, Wanted};
use crate::collect::planner::Window;
use crate::collect::stream::Stream;
use crate::collect::walk::{PageSeen, Walk};
use crate::config::EventId;
use crate::coverage::{Interval, Second};
use crate::graph::NextLink;
use crate::schedule::Priority;
use crate::state::{Commit, HOUR, StateError, TimedId, hour_of};

/// Streams compared at the same time; each waits for its turns alone.
const AT_ONCE: usize = 8;
/// After so long an hour is given up, whatever Graph does.
const PATIENCE: Duration = Duration::from_mins(15);

/// The sign-ins that Graph shows of some seconds.
type Shown = BTreeMap<EventId, Second>;

/// Compares what a source has read, for as long as it runs.
pub(super) struct Comparing(pub(super) Weak<Shared>);

#[async_trait]
impl Reconciler for Comparing {
    async fn reconcile(&self, request: ReconcileRequest, slices: mpsc::Sender<Slice>) {
        let Some(shared) = self.0.upgrade() else { return };
        let mut streams = shared.streams();
        let wanted = |stream: &Arc<Stream>| {
            request.connectors.is_empty() || request.connectors.contains(&stream.connector.config.name)
        };
        streams.retain(wanted);
        streams.sort_by_key(|stream| (stream.connector.config.name.clone(), stream.key.kind));
        let (request, slices) = (&request, &slices);
        let each = |stream| async move { compare_stream(&stream, request, slices).await };
        let all = futures::stream::iter(streams).for_each_concurrent(AT_ONCE, each);
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = slices.closed() => {}
            () = all => {}
        }
    }
}

async fn compare_stream(stream: &Arc<Stream>, request: &ReconcileRequest, slices: &mpsc::Sender<Slice>) {
    let now = stream.now();
    let oldest = stream.bounds().oldest(now);
    let to = request.to.as_second().min(now);
    // Whole hours can be compared with their accounts.
    let mut at = (hour_of(request.from.as_second()) * HOUR).max(oldest);
    while at < to {
        let hour = Interval { from: at, to: ((hour_of(at) + 1) * HOUR).min(to) };
        let outcome = timeout(PATIENCE, compare(stream, hour, request.repair)).await;
        let outcome = outcome.unwrap_or_else(|_| Err("Graph has not shown it in time".to_owned()));
        let slice = Slice {
            connector: stream.connector.config.name.clone(),
            tenant: stream.key.tenant.to_string(),
            kind: stream.key.kind.as_str(),
            from: instant(hour.from),
            to: instant(hour.to),
            outcome,
        };
        if slices.send(slice).await.is_err() {
            return;
        }
        at = hour.to;
    }
}

fn instant(second: Second) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}

async fn compare(stream: &Arc<Stream>, hour: Interval, repair: bool) -> Result<Compared, String> {
    let shown = shown(stream, hour).await?;
    let failed = |error: StateError| error.to_string();
    let asked: Vec<_> = shown.iter().map(|(id, at)| TimedId { id: *id, at: *at }).collect();
    let known = stream.tenant.state.delivered(stream.key.tenant, asked).await.map_err(failed)?;
    let missing = known.versions.iter().filter(|version| version.is_none()).count() as u64;
    let number = hour_of(hour.from);
    let accounts = stream.tenant.state.accounts(stream.key, (number, number + 1)).await.map_err(failed)?;
    let is_repaired = repair && missing > 0;
    if missing > 0 {
        note_gap(stream, hour, missing);
    }
    let is_proven = stream.coverage.lock().await.is_proven(hour);
    if is_repaired {
        read_again(stream, hour).await.map_err(failed)?;
    }
    Ok(Compared {
        shown: shown.into_iter().map(|(id, at)| (id.0, at)).collect(),
        missing,
        account: (hour.secs() == HOUR).then(|| accounts.get(&number).copied().unwrap_or_default()),
        is_proven,
        is_repaired,
    })
}

fn note_gap(stream: &Stream, hour: Interval, missing: u64) {
    stream.connector.counters.gaps.add(usize::try_from(missing).unwrap_or(usize::MAX));
    tracing::warn!(
        connector = stream.connector.config.name,
        kind = %stream.key.kind,
        hour = %instant(hour.from),
        missing,
        "Graph shows sign-ins that were never delivered."
    );
}

/// Makes an hour unread: history is read by itself.
async fn read_again(stream: &Stream, hour: Interval) -> Result<(), StateError> {
    let mut coverage = stream.coverage.lock().await;
    let mut updated = coverage.clone();
    updated.forget(hour);
    let commit = Commit { spans: Some(updated.spans().to_vec()), ..Commit::nothing(stream.key) };
    stream.tenant.state.commit(commit).await?;
    *coverage = updated;
    stream.edge_moved.notify_one();
    Ok(())
}

/// Everything that Graph shows of these seconds now.
async fn shown(stream: &Arc<Stream>, hour: Interval) -> Result<Shown, String> {
    let mut shown = Shown::new();
    let mut rest = hour;
    loop {
        let walk = walk(stream, rest, &mut shown).await?;
        let read_to = walk.rest().from;
        if read_to >= hour.to {
            shown.retain(|_, at| (hour.from..hour.to).contains(at));
            return Ok(shown);
        }
        if walk.given_up().is_some() || read_to <= rest.from {
            return Err(format!("Graph does not show what happened from {} on", instant(read_to)));
        }
        // It was asked for less at a time.
        rest = Interval { from: read_to, to: hour.to };
    }
}

/// Reads a window, or what Graph can bear of it.
async fn walk(stream: &Arc<Stream>, rest: Interval, shown: &mut Shown) -> Result<Walk<NextLink>, String> {
    let window = Window { interval: rest, priority: Priority::ReRead };
    let mut walk = Walk::new(rest, stream.connector.config.page_size);
    while let Some(request) = walk.request() {
        let elsewhere = matches!(request, crate::collect::walk::Request::Elsewhere { .. });
        let wait = match stream.fetch(request, window, Wanted::Ids).await {
            Ok(_) if elsewhere => {
                walk.served_elsewhere();
                Duration::ZERO
            }
            Ok(fetched) => {
                let seen = fetched.page.records.iter().filter_map(|record| match record {
                    Seen::SignIn(sign_in) => Some(sign_in.id()),
                    Seen::Unreadable(_) => None,
                });
                let ids: Vec<_> = seen.collect();
                let times = ids.iter().map(|id| id.at).collect();
                shown.extend(ids.into_iter().map(|id| (id.id, id.at)));
                walk.page(PageSeen { times, next: fetched.page.next, asked_at: fetched.asked_at }).wait
            }
            Err(Failure::Setback(setback, _) | Failure::NoToken(Some(setback))) => walk.setback(setback),
            Err(Failure::Again(_)) => Duration::ZERO,
            Err(Failure::NoToken(None)) => return Err("there is no token".to_owned()),
            Err(Failure::Refused(_)) => return Err("Graph refuses".to_owned()),
        };
        sleep(wait).await;
    }
    Ok(walk)
}
