//! Comparing, on request, what Graph shows now with what was delivered, hour by hour.
//!
//! It reads ids alone, through the same budget as everything else and no more urgently than re-reads. What is missing is fetched, if
//! that is wanted, in the usual way: its hour counts as unread again. What was not read yet is no gap: it is fetched in its turn.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use collector::reconcile::{Compared, Hour, ReconcileRequest, Reconciler, Slice};
use futures::StreamExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::hours::hours;
use super::parent::{Parent, tenant_text};
use super::shared::Shared;
use crate::collect::batch::{Forgotten, Seen};
use crate::collect::fetch::{Failure, Fetched, Wanted};
use crate::collect::planner::{LIVE_OVERLAP, Window};
use crate::collect::stream::{Connector, Stream};
use crate::collect::walk::{PageSeen, Request, Walk};
use crate::config::{EventId, SignInEventType};
use crate::coverage::{Interval, Second};
use crate::graph::NextLink;
use crate::schedule::Priority;
use crate::state::{Commit, HOUR, StateError, TimedId, hour_of};

/// Streams compared at the same time; each waits for its turns alone.
const AT_ONCE: usize = 8;
/// After so long without a page an hour is given up, whatever Graph does.
const PATIENCE: Duration = Duration::from_mins(15);
/// How long a source that is asked to stop waits for whoever listens to a comparison.
const FAREWELL: Duration = Duration::from_secs(1);
/// Ids looked up at once: the state serves acknowledgements in between.
const LOOKED_UP: usize = 1_000;

/// The sign-ins that Graph shows of some seconds.
type Shown = BTreeMap<EventId, Second>;

/// Compares what a source has read, for as long as it runs.
pub(super) struct Comparing {
    pub(super) shared: Weak<Shared>,
    pub(super) parents: Vec<Arc<Parent>>,
}

#[async_trait]
impl Reconciler for Comparing {
    async fn reconcile(&self, request: ReconcileRequest, slices: mpsc::Sender<Slice>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let readings = self.readings(&shared, &request.connectors);
        let (stop, gone) = (shared.stop.clone(), shared.gone.clone());
        let (unfinished, listener) = (cut_short(&request), slices.clone());
        let all = async move {
            tokio::select! {
                () = slices.closed() => true,
                () = farewell(&stop) => false,
                () = compare_all(readings, &request, &slices, &stop) => true,
            }
        };
        // A task of its own: whoever asks and stops listening must not hold up a request that is on its way.
        let task = async move { gone.run_until_cancelled(all).await };
        let comparing = shared.tasks.spawn(task.in_current_span());
        drop(shared);
        if !matches!(comparing.await, Ok(Some(true))) {
            // A panic, which is in the log, or an end before whoever listens had heard all: a part must not pass for the whole.
            let _gone = listener.send(unfinished).await;
        }
    }

    async fn hours(&self, from: Timestamp, to: Timestamp) -> Vec<Hour> {
        let Some(shared) = self.shared.upgrade() else { return Vec::new() };
        hours(&shared, from, to).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "The accounts of hours cannot be read.");
            Vec::new()
        })
    }
}

/// What is to be read of a kind by a connector.
struct Reading {
    tenant: String,
    connector: Arc<Connector>,
    kind: SignInEventType,
    /// `None`: the connector does not read it now.
    stream: Option<Arc<Stream>>,
}

impl Comparing {
    /// What connectors of these names are to read, in order; no names: all connectors.
    fn readings(&self, shared: &Shared, names: &[String]) -> Vec<Reading> {
        let streams = shared.streams();
        let mut readings = Vec::new();
        for parent in &self.parents {
            let is_wanted = |child: &&Arc<Connector>| names.is_empty() || names.contains(&child.config.name);
            for child in parent.children.iter().filter(is_wanted) {
                readings.extend(child.config.sign_in_event_types.iter().map(|kind| {
                    let is_it = |stream: &&Arc<Stream>| {
                        stream.key.kind == *kind && Arc::ptr_eq(&stream.connector, child)
                    };
                    Reading {
                        tenant: tenant_text(&parent.config.tenant),
                        connector: Arc::clone(child),
                        kind: *kind,
                        stream: streams.iter().find(is_it).cloned(),
                    }
                }));
            }
        }
        readings.sort_by_key(|reading| (reading.connector.config.name.clone(), reading.kind));
        readings
    }
}

impl Reading {
    fn slice(&self, (from, to): (Timestamp, Timestamp), outcome: Result<Compared, String>) -> Slice {
        let tenant = self.stream.as_ref().map(|stream| stream.key.tenant.to_string());
        Slice {
            connector: self.connector.config.name.clone(),
            tenant: tenant.unwrap_or_else(|| self.tenant.clone()),
            kind: self.kind.as_str(),
            from,
            to,
            outcome,
        }
    }

    /// Compares hour by hour, until nobody listens. What is not compared is said, so that it does not pass for complete.
    async fn compare(
        &self,
        request: &ReconcileRequest,
        slices: &mpsc::Sender<Slice>,
        stop: &CancellationToken,
    ) {
        let Some(stream) = &self.stream else {
            let why = Err("the connector does not read it now; its status says why".to_owned());
            // Who does not listen any more is noticed by whoever drives this.
            let _gone = slices.send(self.slice((request.from, request.to), why)).await;
            return;
        };
        let now = stream.now();
        let oldest = stream.bounds().oldest(now);
        let to = request.to.as_second().min(now);
        // Whole hours can be compared with their accounts.
        let mut at = (hour_of(request.from.as_second()) * HOUR).max(oldest);
        while at < to {
            let hour = Interval { from: at, to: ((hour_of(at) + 1) * HOUR).min(to) };
            let compared = stop.run_until_cancelled(compare(stream, hour, request.repair)).await;
            let (end, outcome) = match compared {
                Some(outcome) => (hour.to, outcome),
                None => (to, Err("the source was stopped".to_owned())),
            };
            if slices.send(self.slice((instant(hour.from), instant(end)), outcome)).await.is_err() {
                return;
            }
            at = end;
        }
    }
}

/// What is said of a comparison that has ended before it said all.
fn cut_short(request: &ReconcileRequest) -> Slice {
    Slice {
        connector: if request.connectors.is_empty() {
            "all".to_owned()
        } else {
            request.connectors.join(", ")
        },
        tenant: String::new(),
        kind: "",
        from: request.from,
        to: request.to,
        outcome: Err("the comparison was cut short".to_owned()),
    }
}

async fn compare_all(
    readings: Vec<Reading>,
    request: &ReconcileRequest,
    slices: &mpsc::Sender<Slice>,
    stop: &CancellationToken,
) {
    let each = |reading: Reading| async move { reading.compare(request, slices, stop).await };
    futures::stream::iter(readings).for_each_concurrent(AT_ONCE, each).await;
}

/// The source is asked to stop, and whoever listens has had the time to hear what was not compared.
async fn farewell(stop: &CancellationToken) {
    stop.cancelled().await;
    sleep(FAREWELL).await;
}

fn instant(second: Second) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}

async fn compare(stream: &Arc<Stream>, hour: Interval, repair: bool) -> Result<Compared, String> {
    let shown: Vec<_> = shown(stream, hour).await?.into_iter().map(|(id, at)| TimedId { id, at }).collect();
    let failed = |error: StateError| error.to_string();
    let Lacking { unread, gap } = lacking(stream, &shown).await.map_err(failed)?;
    let number = hour_of(hour.from);
    let accounts = stream.tenant.state.accounts(stream.key, (number, number + 1)).await.map_err(failed)?;
    if gap > 0 {
        note_gap(stream, hour, gap);
    }
    let is_proven = stream.coverage.lock().await.is_proven(hour);
    if repair && gap > 0 {
        read_again(stream, hour).await.map_err(failed)?;
    }
    Ok(Compared {
        shown: shown.into_iter().map(|shown| (shown.id.0, shown.at)).collect(),
        missing: unread + gap,
        account: (hour.secs() == HOUR).then(|| accounts.get(&number).copied().unwrap_or_default()),
        is_proven,
        is_repaired: unread + gap > 0 && (repair || gap == 0),
    })
}

/// Sign-ins that were not delivered.
#[derive(Default)]
struct Lacking {
    /// On their way, or of seconds that are still to be read.
    unread: u64,
    /// Of seconds that have been read.
    gap: u64,
}

async fn lacking(stream: &Arc<Stream>, shown: &[TimedId]) -> Result<Lacking, StateError> {
    let mut lacking = Lacking::default();
    for some in shown.chunks(LOOKED_UP) {
        let known = stream.tenant.state.delivered(stream.key.tenant, some.to_vec()).await?;
        let forgotten = Forgotten::of(stream, &known).await;
        let coverage = stream.coverage.lock().await;
        let live_from = coverage.edge().map_or(Second::MIN, |edge| edge - LIVE_OVERLAP);
        let unknown = some.iter().zip(known.versions).filter(|(_, version)| version.is_none());
        for (TimedId { id, at }, _) in unknown.filter(|(id, _)| !forgotten.may_hold(id.at)) {
            // The next poll reads the newest seconds once more, and what is in flight has been read.
            let on_its_way = *at >= live_from || !coverage.holds(*at) || stream.tenant.flights.hold(*id);
            *(if on_its_way { &mut lacking.unread } else { &mut lacking.gap }) += 1;
        }
    }
    Ok(lacking)
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
    loop {
        let page = timeout(PATIENCE, next_page(stream, window, &mut walk)).await;
        let page = page.unwrap_or_else(|_| Err("Graph has not shown it in time".to_owned()))?;
        let Some(Fetched { page, asked_at, .. }) = page else { return Ok(walk) };
        let ids: Vec<_> = page.records.iter().filter_map(Seen::id).collect();
        let times = ids.iter().map(|id| id.at).collect();
        shown.extend(ids.into_iter().map(|id| (id.id, id.at)));
        sleep(walk.page(PageSeen { times, next: page.next, asked_at }).wait).await;
    }
}

/// The next page of a walk, whatever it takes; `None` when it has ended.
async fn next_page(
    stream: &Arc<Stream>,
    window: Window,
    walk: &mut Walk<NextLink>,
) -> Result<Option<Fetched>, String> {
    while let Some(request) = walk.request() {
        let elsewhere = matches!(request, Request::Elsewhere { .. });
        let wait = match stream.fetch(request, window, Wanted::Ids, vec![stream.key.kind]).await {
            Ok(_) if elsewhere => {
                walk.served_elsewhere();
                Duration::ZERO
            }
            Ok(fetched) => return Ok(Some(fetched)),
            Err(Failure::Setback(setback, _) | Failure::NoToken(Some(setback))) => walk.setback(setback),
            Err(Failure::Again(_)) => Duration::ZERO,
            Err(Failure::NoToken(None)) => return Err("there is no token".to_owned()),
            Err(Failure::Refused(_)) => return Err("Graph refuses".to_owned()),
        };
        sleep(wait).await;
    }
    Ok(None)
}
