//! Owns every task of the source. When the source's future is dropped, all end where they are.
//!
//! | task | one per | when asked to stop | when it panics |
//! | --- | --- | --- | --- |
//! | parent | Microsoft 365 connector | ends at once | is logged and started again |
//! | lane | kind of sign-in, three each | stops asking, lets go of the sender, awaits its last acknowledgements | is logged and started again |
//! | reporter | source | reports once more and ends | is logged and started again |
//! | housekeeper | source | ends after the step at hand | is logged and started again |
//! | herald | source, if connector events are wanted | ends at once | is logged and started again |
//! | comparison | request for one | says what it has not compared, and ends within a second | ends |

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use collector::authorize::Authorizer;
use collector::config::{BuildError, SourceContext};
use collector::examine::Examiner;
use collector::internal_event::SourceMetrics;
use collector::reconcile::Reconciler;
use collector::sender::Position;
use collector::slot::Slot;
use jiff::Timestamp;
use rand::seq::SliceRandom as _;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::NAME;
use super::asked::Asked;
use super::authorize::Authorizing;
use super::examine::Examining;
use super::herald;
use super::housekeeper::keep_house;
use super::parent::Parent;
use super::plan::Plan;
use super::reconcile::Comparing;
use super::reporter::{keep_reporting, report};
use super::shared::{PAGES_IN_MEMORY, RESTART_WAIT, Shared};
use crate::clock::Clock;
use crate::collect::dead_letter::DeadLetter;
use crate::config::EntraSigninsConfig;
use crate::http::Clients;
use crate::schedule::Limits;
use crate::state::{ID_BYTES, State};

/// How long after one tenant the next one is begun with.
const SPREAD: Duration = Duration::from_millis(20);

/// The running source.
pub(super) struct Supervisor {
    parents: Vec<Arc<Parent>>,
    /// Whether what happens to connectors is an event, too.
    connector_events: bool,
    shared: Arc<Shared>,
    host: Stored,
    reconciler: Slot<dyn Reconciler>,
    examiner: Slot<dyn Examiner>,
    authorizer: Slot<dyn Authorizer>,
    shutdown: collector::shutdown::ShutdownSignal,
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
            plan: Plan::of(&config),
            fresh,
            stop: CancellationToken::new(),
            gone: CancellationToken::new(),
            tasks: TaskTracker::new(),
            dead_letter: Arc::new(dead_letter),
            most_ids: config.dedupe_max_bytes / ID_BYTES,
            tenants: Mutex::default(),
            streams: Mutex::default(),
            beginning: tokio::sync::Mutex::default(),
            ran_until: OnceLock::new(),
            pages_in_memory: Arc::new(Semaphore::new(PAGES_IN_MEMORY)),
            out: Mutex::new(Some(cx.out)),
        });
        let clients = Clients::new(cx.proxy);
        let secrets = cx.secrets;
        let parent = |config| Parent::new(config, &shared, &clients, secrets.as_ref()).map(Arc::new);
        let connector_events = config.connector_events;
        let parents = config.microsoft_365.into_iter().map(parent).collect::<Result<_, _>>()?;
        let host = Stored { position: cx.position, at: cx.last_stored };
        let (reconciler, examiner, authorizer) = (cx.reconciler, cx.examiner, cx.authorizer);
        let shutdown = cx.shutdown;
        Ok(Self { parents, connector_events, shared, host, reconciler, examiner, authorizer, shutdown })
    }

    /// Runs until asked to stop.
    pub(super) async fn run(self) -> Result<(), ()> {
        let Self { parents, connector_events, shared, host, reconciler, examiner, authorizer, mut shutdown } =
            self;
        let _gone = shared.gone.clone().drop_guard();
        let _held = shutdown.clone();
        tokio::select! {
            _token = &mut shutdown => return Ok(()),
            () = agree(&shared, host) => {}
        }
        for remark in shared.plan.remarks() {
            tracing::info!("Request budget of {remark}");
        }
        start(parents.clone(), &shared);
        let reporting = Arc::clone(&shared);
        shared.keep_running("reporter", move || keep_reporting(Arc::clone(&reporting)));
        let housekeeping = Arc::clone(&shared);
        shared.keep_running("housekeeper", move || keep_house(Arc::clone(&housekeeping)));
        if connector_events {
            let telling = Arc::clone(&shared);
            shared.keep_running("herald", move || herald::tell(Arc::clone(&telling)));
        }
        shared.tasks.close();
        let comparing: Arc<dyn Reconciler> =
            Arc::new(Comparing { shared: Arc::downgrade(&shared), parents: parents.clone() });
        reconciler.offer(&comparing);
        let examining: Arc<dyn Examiner> =
            Arc::new(Examining { shared: Arc::downgrade(&shared), parents: parents.clone() });
        examiner.offer(&examining);
        let authorizing: Arc<dyn Authorizer> =
            Arc::new(Authorizing { shared: Arc::downgrade(&shared), parents });
        authorizer.offer(&authorizing);
        let _token = shutdown.await;
        shared.stop.cancel();
        // Lanes that hold a sender let go of theirs; nobody gets a new one.
        drop(shared.out.lock().unwrap_or_else(PoisonError::into_inner).take());
        shared.tasks.wait().await;
        let _measured = report(&shared).await;
        Ok(())
    }
}

/// Starts every parent, one soon after the other, so that a thousand tenants do not ask for their tokens at once; in another order at
/// each start, so that where there are too few turns and many restarts no tenant is always the last.
fn start(mut parents: Vec<Arc<Parent>>, shared: &Arc<Shared>) {
    parents.shuffle(&mut rand::rng());
    for (parent, place) in parents.into_iter().zip(0u32..) {
        let shared_with = Arc::clone(shared);
        let delay = SPREAD.saturating_mul(place);
        shared.keep_running("parent", move || {
            let (parent, shared) = (Arc::clone(&parent), Arc::clone(&shared_with));
            async move {
                if shared.stop.run_until_cancelled(tokio::time::sleep(delay)).await.is_some() {
                    parent.run(Arc::clone(&shared)).await;
                }
            }
        });
    }
}

/// What the host's store says of this source.
struct Stored {
    position: Option<Position>,
    at: Option<Timestamp>,
}

/// Compares where the host's store stands with what it has acknowledged: what it lost is read again, and so is what was read before a
/// state was lost.
async fn agree(shared: &Shared, host: Stored) {
    let Some(position) = host.position else { return };
    loop {
        let agreed = async {
            if let Some(at) = host.at.filter(|_| position.sequence > 0)
                && !shared.state.has_streams().await?
            {
                tracing::warn!(%at, "There is no state, though the host has sign-ins of this source: it goes on from about then.");
                // Asked once; a second answer would be the same.
                let _set = shared.ran_until.set(at.as_second());
            }
            reopen(&shared.state, &position).await
        };
        match agreed.await {
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
