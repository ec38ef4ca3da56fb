//! Owns every task of the source. When the source's future is dropped, all end where they are.
//!
//! | task | one per | when asked to stop | when it panics |
//! | --- | --- | --- | --- |
//! | parent | Microsoft 365 connector | ends at once | is logged and started again |
//! | lane | kind of sign-in, three each | stops asking, lets go of the sender, awaits its last acknowledgements | is logged and started again |
//! | reporter | source | reports once more and ends | is logged and started again |
//! | housekeeper | source | ends after the step at hand | is logged and started again |

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collector::config::{BuildError, SourceContext};
use collector::health::HealthReporter;
use collector::internal_event::SourceMetrics;
use collector::sender::{Position, SourceSender};
use futures::FutureExt;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::NAME;
use super::asked::Asked;
use super::housekeeper::keep_house;
use super::parent::Parent;
use super::progress::{self, Progress};
use crate::clock::Clock;
use crate::collect::dead_letter::DeadLetter;
use crate::collect::part::Part;
use crate::collect::stream::{Connector, Stream, Tenant};
use crate::config::{EntraSigninsConfig, SignInEventType, TenantId};
use crate::schedule::Limits;
use crate::state::{ID_BYTES, State, StreamKey};

/// How often connectors are reported to the host.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);
/// How long after a panic a task is started again.
const RESTART_WAIT: Duration = Duration::from_secs(5);
/// How many pages may be in memory at once, over all streams, when the host takes them more slowly than they come. A page of
/// 1,000 records is a few MiB.
pub(super) const PAGES_IN_MEMORY: usize = 24;

/// The running source.
pub(super) struct Supervisor {
    parents: Vec<Parent>,
    shared: Arc<Shared>,
    position: Option<Position>,
    shutdown: collector::shutdown::ShutdownSignal,
}

/// What the source's tasks share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) state: State,
    pub(super) health: HealthReporter,
    pub(super) metrics: SourceMetrics,
    pub(super) limits: Limits,
    /// Whether nobody has asked Graph before on this data directory.
    pub(super) fresh: bool,
    pub(super) stop: CancellationToken,
    /// Cancelled when the source's future is gone, however it went: no task outlives it.
    gone: CancellationToken,
    pub(super) tasks: TaskTracker,
    dead_letter: Arc<DeadLetter>,
    /// As many ids as there is room for.
    pub(super) most_ids: u64,
    tenants: Mutex<HashMap<TenantId, Arc<Tenant>>>,
    streams: Mutex<HashMap<(TenantId, SignInEventType), Arc<Stream>>>,
    /// Room for pages between their request and the host.
    pub(super) pages_in_memory: Arc<Semaphore>,
    /// Taken away when the source is asked to stop, so that the host can flush.
    out: Mutex<Option<SourceSender>>,
}

impl Shared {
    /// What the streams of this tenant share.
    pub(super) fn tenant(&self, tenant: TenantId) -> Arc<Tenant> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = tenants
            .entry(tenant)
            .or_insert_with(|| Arc::new(Tenant::new(self.state.clone(), Arc::clone(&self.dead_letter))));
        Arc::clone(shared)
    }

    /// Makes this stream known; no if another connector reads it already.
    pub(super) fn take_stream(&self, stream: &Arc<Stream>) -> bool {
        let key = (stream.key.tenant, stream.key.kind);
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if streams.contains_key(&key) {
            return false;
        }
        streams.insert(key, Arc::clone(stream));
        true
    }

    /// Whether this connector reads the stream already.
    pub(super) fn has_stream(&self, key: StreamKey, connector: &Arc<Connector>) -> bool {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.get(&(key.tenant, key.kind)).is_some_and(|stream| Arc::ptr_eq(&stream.connector, connector))
    }

    /// A sender, unless the source is asked to stop.
    pub(super) fn sender(&self) -> Option<SourceSender> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs a task for as long as the source runs: one that panics is started again.
    pub(super) fn keep_running<F: Future<Output = ()> + Send>(
        self: &Arc<Self>,
        name: &'static str,
        task: impl Fn() -> F + Send + 'static,
    ) {
        let stop = self.stop.clone();
        let task = async move {
            while AssertUnwindSafe(task()).catch_unwind().await.is_err() {
                tracing::error!(task = name, "A task has panicked and is started again; please report this.");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(RESTART_WAIT) => {}
                }
            }
        };
        let gone = self.gone.clone();
        let task = async move {
            let _ended = gone.run_until_cancelled(task).await;
        };
        // Its lines in the log name the component, as those of whoever starts it do.
        self.tasks.spawn(task.in_current_span());
    }

    /// All streams that are read.
    pub(super) fn streams(&self) -> Vec<Arc<Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    async fn report(&self) {
        let mut connectors: HashMap<String, (Arc<Connector>, HashMap<SignInEventType, Progress>)> =
            HashMap::new();
        for stream in self.streams() {
            let (bounds, kind) = (stream.bounds(), stream.key.kind);
            let progress = Progress::of(&*stream.coverage.lock().await, &bounds, stream.now());
            let running = (self.clock.monotonic() - stream.begun_at).as_secs().cast_signed();
            let moves = progress.moves(kind, bounds.poll_interval, running);
            stream.connector.board.observe(&Part::Edge(kind), moves);
            let connector = Arc::clone(&stream.connector);
            let entry = connectors.entry(connector.config.name.clone());
            entry.or_insert_with(|| (connector, HashMap::new())).1.insert(kind, progress);
        }
        for (connector, kinds) in connectors.into_values() {
            connector.board.measured(progress::of_connector(&connector, &kinds));
            connector.board.report();
        }
    }
}

impl Supervisor {
    pub(super) fn new(
        config: EntraSigninsConfig,
        cx: SourceContext,
        state: State,
        clock: Clock,
        limits: Limits,
        directory: &Path,
    ) -> Result<Self, BuildError> {
        let asked = Asked::of(&cx.key, &cx.globals)?;
        let fresh = !asked.is_left();
        asked.leave()?;
        let dead_letter = DeadLetter::new(directory.join("set_aside.ndjson"), state.clone());
        let shared = Arc::new(Shared {
            clock,
            state,
            health: cx.health,
            metrics: SourceMetrics::new(cx.key, NAME),
            limits,
            fresh,
            stop: CancellationToken::new(),
            gone: CancellationToken::new(),
            tasks: TaskTracker::new(),
            dead_letter: Arc::new(dead_letter),
            most_ids: config.dedupe_max_bytes / ID_BYTES,
            tenants: Mutex::default(),
            streams: Mutex::default(),
            pages_in_memory: Arc::new(Semaphore::new(PAGES_IN_MEMORY)),
            out: Mutex::new(Some(cx.out)),
        });
        let parents = config.microsoft_365.into_iter().map(|config| Parent::new(config, &shared, &cx.proxy));
        let parents = parents.collect::<Result<_, _>>()?;
        Ok(Self { parents, shared, position: cx.position, shutdown: cx.shutdown })
    }

    /// Runs until asked to stop.
    pub(super) async fn run(self) -> Result<(), ()> {
        let Self { parents, shared, position, mut shutdown } = self;
        let _gone = shared.gone.clone().drop_guard();
        let _held = shutdown.clone();
        tokio::select! {
            _token = &mut shutdown => return Ok(()),
            () = agree_on_position(&shared.state, position) => {}
        }
        for parent in parents {
            let parent = Arc::new(parent);
            let shared_with = Arc::clone(&shared);
            shared.keep_running("parent", move || Arc::clone(&parent).run(Arc::clone(&shared_with)));
        }
        let reporting = Arc::clone(&shared);
        shared.keep_running("reporter", move || report(Arc::clone(&reporting)));
        let housekeeping = Arc::clone(&shared);
        shared.keep_running("housekeeper", move || keep_house(Arc::clone(&housekeeping)));
        shared.tasks.close();
        let _token = shutdown.await;
        shared.stop.cancel();
        // Lanes that hold a sender let go of theirs; nobody gets a new one.
        drop(shared.out.lock().unwrap_or_else(PoisonError::into_inner).take());
        shared.tasks.wait().await;
        shared.report().await;
        Ok(())
    }
}

async fn report(shared: Arc<Shared>) {
    while !shared.stop.is_cancelled() {
        shared.report().await;
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = tokio::time::sleep(REPORT_INTERVAL) => {}
        }
    }
}

/// Compares where the host's store stands with what it has acknowledged: what it lost is read again.
async fn agree_on_position(state: &State, host: Option<Position>) {
    let Some(host) = host else { return };
    loop {
        match reopen(state, &host).await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(%error, "The state cannot be compared with the host's store; tried again.");
                tokio::time::sleep(RESTART_WAIT).await;
            }
        }
    }
}

async fn reopen(state: &State, host: &Position) -> Result<(), crate::state::StateError> {
    let Some(kept) = state.position().await? else { return Ok(()) };
    let holds = if kept.store != host.store {
        None
    } else if kept.sequence > host.sequence {
        Some(host.sequence)
    } else {
        return Ok(());
    };
    let forgotten = state.reopen_after(holds).await?;
    tracing::warn!(
        sign_ins = forgotten,
        "The host's store is {}: what it was given since is read again.",
        if holds.is_some() { "older than the state" } else { "another one than before" }
    );
    Ok(())
}
