//! The life of a running program: start, reload, stop.
//!
//! The topology owns its tasks; these are here, and stop after everything else:
//!
//! | task | when asked to stop | when it fails |
//! | --- | --- | --- |
//! | HTTP interface | finishes the requests in hand, for a second at most | it cannot: a connection that breaks ends alone |
//! | metrics upkeep | ends at once | it cannot |
//! | report of repeated log lines | reports the rest and ends | it cannot |

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use super::super::exit::{CommandError, Exit};
use super::super::registry;
use super::signals::{Asked, Signals};
use super::watch::Watch;
use crate::access::{Access, TokenError};
use crate::api::{Api, ApiState, BindError, Overview};
use crate::config::connectors::Made;
use crate::config::{ApiConfig, HostConfig, process_environment};
use crate::console::{self, Console};
use crate::sinks::Now;
use crate::telemetry::{MetricsHandle, install_metrics, report_repeats};
use crate::topology::{DataDirLock, LockError, Options, Topology};

/// How often recorded metrics are moved into their histograms.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long requests in hand may take once everything else has stopped.
const LAST_REQUESTS: Duration = Duration::from_secs(1);

/// What is to run.
pub(crate) struct Operation {
    pub(crate) config: HostConfig,
    /// The data directory, ours alone.
    pub(crate) lock: DataDirLock,
    /// The files that it came from, read again when they change; none: never.
    pub(crate) watch: Watch,
    /// How long a stop may take.
    pub(crate) limit: Duration,
    /// After so many events it stops.
    pub(crate) max_events: Option<u64>,
    /// The HTTP interface, if it is served.
    pub(crate) api: Option<Api>,
    /// What its pages are made of besides what runs.
    pub(crate) console: Console,
}

/// Why the program stops.
enum End {
    /// It was asked to.
    Asked,
    /// Nobody takes events any more.
    Finished,
    /// A component sees no use in going on.
    Hopeless,
}

/// Runs a command that needs a runtime. Tasks that are left are dropped: nobody waits for them.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::new(Exit::Internal, format!("no runtime: {error}")))?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_background();
    outcome
}

/// Takes the data directory. Before anything else: whoever is second must touch nothing and say nothing of serving.
pub(crate) fn take(config: &HostConfig) -> Result<DataDirLock, CommandError> {
    DataDirLock::take(&config.data_dir).map_err(|error| lock_error(&error))
}

fn lock_error(error: &LockError) -> CommandError {
    let exit = match error {
        LockError::Directory { .. } => Exit::CannotCreate,
        LockError::Held { .. } => Exit::Temporary,
        LockError::Io { .. } => Exit::Io,
    };
    CommandError::new(exit, error.to_string())
}

/// What opens the console.
fn open_access(config: &HostConfig) -> Result<Access, CommandError> {
    Access::open(&config.api, &config.data_dir).map_err(|error| {
        let exit = match &error {
            TokenError::Io { .. } => Exit::Io,
            TokenError::Open { .. } | TokenError::Short { .. } => Exit::Config,
        };
        CommandError::new(exit, format!("api.token_file: {error}"))
    })
}

/// Takes the address of the HTTP interface.
pub(crate) async fn bind(config: &ApiConfig) -> Result<Api, CommandError> {
    Api::bind(config).await.map_err(|error| {
        let exit = match &error {
            BindError::Address { .. } => Exit::Unavailable,
            BindError::Tls(_) => Exit::Config,
        };
        CommandError::new(exit, error.to_string())
    })
}

impl Operation {
    /// Runs until asked to stop.
    pub(crate) async fn run(mut self) -> Result<ExitCode, CommandError> {
        let internal = |error: String| CommandError::new(Exit::Internal, error);
        let mut signals = Signals::listen().map_err(|error| internal(error.to_string()))?;
        let metrics = install_metrics().map_err(|error| internal(error.to_string()))?;
        let overview = Overview::new(wall_clock());
        let options = Options { now: wall_clock(), overview: overview.clone(), max_events: self.max_events };
        if let Some(api) = &self.api {
            self.lock.announce(api.address());
        }
        let access = open_access(&self.config)?;
        let pages = console::router(std::mem::take(&mut self.console));
        let served = Served::start(self.api.take(), &overview, metrics, access, pages);
        let Self { config, lock, mut watch, limit, .. } = self;
        let mut made = config.made.clone();
        show_aside(&made, &overview);
        let mut topology = Topology::start(config, lock, options)
            .await
            .map_err(|error| CommandError::new(Exit::Io, error.to_string()))?;
        let end = loop {
            let reopen = tokio::select! {
                biased;
                asked = signals.next() => match asked {
                    Asked::Stop => break End::Asked,
                    Asked::Reload => true,
                },
                () = topology.hopeless() => break End::Hopeless,
                () = topology.finished() => break End::Finished,
                () = watch.changed() => false,
            };
            watch.settle().await;
            tokio::select! {
                biased;
                _code = signals.next_stop() => break End::Asked,
                () = reload(watch.files(), &mut made, &mut topology, limit, &overview) => {}
            }
            if reopen {
                topology.reopen_files();
            }
        };
        if matches!(end, End::Asked) {
            info!(limit_secs = limit.as_secs(), "Stopping; a second signal quits at once.");
        }
        let in_time = tokio::select! {
            biased;
            code = signals.next_stop() => {
                warn!("Quitting at once; nothing acknowledged is lost.");
                return Ok(ExitCode::from(code));
            }
            in_time = topology.stop(limit) => in_time,
        };
        served.stop().await;
        Ok(match (end, in_time) {
            (End::Hopeless, _) => Exit::Internal.into(),
            (_, false) => Exit::Temporary.into(),
            (End::Asked | End::Finished, true) => ExitCode::SUCCESS,
        })
    }
}

/// Reads the files again. If they cannot be used, everything goes on as it is.
async fn reload(
    files: &[PathBuf],
    made: &mut Made,
    topology: &mut Topology,
    limit: Duration,
    overview: &Overview,
) {
    if files.is_empty() {
        return;
    }
    info!("Reading the configuration again.");
    match registry::load_again(files, &process_environment, made) {
        Ok(config) => {
            for note in &config.notes {
                warn!("{note}");
            }
            for aside in config.made.aside() {
                error!("{aside}");
            }
            made.clone_from(&config.made);
            topology.reload(config, limit).await;
            show_aside(made, overview);
        }
        Err(problems) => {
            error!("The configuration cannot be used; the one before stays in use.\n{problems}");
            overview.set_config_error(Some(problems.to_string()));
        }
    }
}

/// Shows the mistakes of connectors' files that are set aside.
fn show_aside(made: &Made, overview: &Overview) {
    let said: Vec<_> = made.aside().iter().map(ToString::to_string).collect();
    overview.set_config_error((!said.is_empty()).then(|| said.join("\n")));
}

/// The HTTP interface and what serves it.
struct Served {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    fn start(
        api: Option<Api>,
        overview: &Overview,
        metrics: MetricsHandle,
        access: Access,
        pages: Router<ApiState>,
    ) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let upkeep = metrics.clone();
        tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                upkeep.upkeep();
            }
        }));
        tasks.spawn(report_repeats(stop.clone()));
        if let Some(api) = api {
            info!(url = api.url(), "Console, health and metrics are served.");
            let file = access.token_file().display();
            info!(%file, "Whoever may read this token's file may log in to the console.");
            let state = ApiState { overview: overview.clone(), metrics, access: Arc::new(access) };
            tasks.spawn(api.serve(state, pages, stop.clone()));
        }
        tasks.close();
        Self { stop, tasks }
    }

    async fn stop(self) {
        self.stop.cancel();
        let _or_cut_off = tokio::time::timeout(LAST_REQUESTS, self.tasks.wait()).await;
    }
}

/// The machine's clock: the one place of the host that asks it.
fn wall_clock() -> Now {
    #[expect(clippy::disallowed_methods, reason = "the one place")]
    Arc::new(Timestamp::now)
}
