//! What the tasks of a source share, and how they are kept running.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use collector::health::HealthReporter;
use collector::internal_event::SourceMetrics;
use collector::sender::SourceSender;
use futures::FutureExt;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::plan::Plan;
use crate::clock::Clock;
use crate::collect::dead_letter::DeadLetter;
use crate::collect::stream::{Connector, Stream, Tenant};
use crate::config::{SignInEventType, TenantId};
use crate::coverage::Second;
use crate::schedule::Limits;
use crate::state::{State, StreamKey};

/// How long after a panic a task is started again.
pub(super) const RESTART_WAIT: Duration = Duration::from_secs(5);
/// How many pages may be in memory at once, over all streams, when the host takes them more slowly than they come. A page of
/// 1,000 records is a few MiB.
pub(super) const PAGES_IN_MEMORY: usize = 10;

/// What the source's tasks share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) state: State,
    pub(super) health: HealthReporter,
    pub(super) metrics: SourceMetrics,
    pub(super) limits: Limits,
    /// How often connectors are polled.
    pub(super) plan: Plan,
    /// Whether nobody has asked Graph before on this data directory.
    pub(super) fresh: bool,
    pub(super) stop: CancellationToken,
    /// Cancelled when the source's future is gone, however it went: no task outlives it.
    pub(super) gone: CancellationToken,
    pub(super) tasks: TaskTracker,
    pub(super) dead_letter: Arc<DeadLetter>,
    /// As many ids as there is room for.
    pub(super) most_ids: u64,
    pub(super) tenants: Mutex<HashMap<TenantId, Arc<Tenant>>>,
    pub(super) streams: Mutex<HashMap<(TenantId, SignInEventType), Arc<Stream>>>,
    /// Held while a stream begins: two connectors that read the same must not both write on which terms.
    pub(super) beginning: tokio::sync::Mutex<()>,
    /// Until when an earlier run has read of which no state is left.
    pub(super) ran_until: OnceLock<Second>,
    /// Room for pages from the beginning of their body until the host has them.
    pub(super) pages_in_memory: Arc<Semaphore>,
    /// Taken away when the source is asked to stop, so that the host can flush.
    pub(super) out: Mutex<Option<SourceSender>>,
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

    /// Makes this stream known.
    pub(super) fn add_stream(&self, stream: &Arc<Stream>) {
        let key = (stream.key.tenant, stream.key.kind);
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(stream));
    }

    /// Whether this connector reads the stream already (yes), another one does (no), or nobody.
    pub(super) fn reads(&self, key: StreamKey, connector: &Arc<Connector>) -> Option<bool> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.get(&(key.tenant, key.kind))?;
        Some(Arc::ptr_eq(&stream.connector, connector))
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
}
