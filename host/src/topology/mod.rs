//! What runs: the journal, a task per source and per sink, and how they are started, changed and stopped.
//!
//! ```text
//! source --> journal --> sink      one supervised task each; nothing flows back but acknowledgements
//! ```
//!
//! One [`Topology`] owns every task, in one `TaskTracker`:
//!
//! | task | when asked to stop | when it fails or panics |
//! | --- | --- | --- |
//! | source | its shutdown signal is set off; it lets go of its sender and awaits its last acknowledgements | logged, shown, built and started again after a growing wait; an `Err`, which means that there is no hope, stops the program |
//! | sink | finishes the request in flight, ends; what the journal holds waits for the next start | logged, shown, built and started again after a growing wait, at its last confirmed position |
//!
//! A stop has an order: sources first, so that the journal gets no more; then sinks; then the journal. What does not
//! end within the limit is cut off: everything that was acknowledged is in the journal, everything else comes again.

mod diff;
mod host;
mod limited;
mod lock;
mod sink;
mod source;
mod supervise;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use collector::config::ComponentKey;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::api::{Overview, Phase};
use crate::config::HostConfig;
use crate::journal::JournalError;
use crate::sinks::Now;
use diff::Diff;
use host::Host;
pub use lock::{DataDirLock, Held, LockError};
use supervise::{Component as _, Running};

/// How long a stop gives sinks that work to deliver what sources have sent last. It is safe in the journal; fast
/// receivers get it all the same, and slow ones are not waited for.
const DRAIN: Duration = Duration::from_secs(1);
/// How long the rest of a stop may take once a part was cut off.
const CUT: Duration = Duration::from_secs(1);

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal cannot be opened.
    #[error("the journal cannot be opened: {0}")]
    Journal(#[from] JournalError),
    /// A component cannot be built.
    #[error("{kind} {key} cannot be built: {reason}")]
    Build {
        /// `source` or `sink`.
        kind: &'static str,
        /// The component's id.
        key: ComponentKey,
        /// What it said.
        reason: String,
    },
}

/// What a topology is started with besides its configuration.
#[derive(Clone)]
pub struct Options {
    /// Wall time.
    pub now: Now,
    /// Where it shows what runs.
    pub overview: Overview,
    /// After so many events sinks read no more; for trying things out.
    pub max_events: Option<u64>,
}

/// Everything that runs.
pub struct Topology {
    host: Arc<Host>,
    config: HostConfig,
    sources: BTreeMap<ComponentKey, Running>,
    sinks: BTreeMap<ComponentKey, Running>,
    _lock: DataDirLock,
}

impl Topology {
    /// Opens the journal, builds every component and only then starts them all, in the data directory that the lock
    /// is of.
    pub async fn start(config: HostConfig, lock: DataDirLock, options: Options) -> Result<Self, StartError> {
        let host = Host::open(&config, options).await?;
        let mut sources = Vec::with_capacity(config.sources.len());
        for section in &config.sources {
            let source = host.source(section.clone(), &config.proxy);
            let built = source.build().await.map_err(cannot_build("source", &section.key))?;
            sources.push((source, built));
        }
        let mut sinks = Vec::with_capacity(config.sinks.len());
        for section in &config.sinks {
            let sink = host.sink(section.clone(), &config.proxy);
            let built = sink.build().await.map_err(cannot_build("sink", &section.key))?;
            sinks.push((sink, built));
        }
        // Whoever reads is there before whoever writes.
        let sinks = sinks.into_iter().map(|(sink, built)| (sink.key().clone(), sink.start(Some(built))));
        let sinks = sinks.collect();
        let sources =
            sources.into_iter().map(|(source, built)| (source.key().clone(), source.start(Some(built))));
        let sources = sources.collect();
        host.overview.enter(Phase::Running);
        info!(sources = config.sources.len(), sinks = config.sinks.len(), "Everything has started.");
        Ok(Self { host, config, sources, sinks, _lock: lock })
    }

    /// Makes this configuration the one that runs: what is the same goes on, what is not stops and starts anew.
    /// A changed component stops wholly before it starts, since both would use the same state. It may be dropped on its way: then
    /// nothing is left but to stop.
    pub async fn reload(&mut self, new: HostConfig, limit: Duration) {
        let diff = Diff::of(&self.config, &new);
        if !diff.fixed.is_empty() {
            let keys = diff.fixed.join(", ");
            warn!(%keys, "These settings have changed and are used from the next start of the program on.");
        }
        let HostConfig { data_dir, api, journal, .. } = &self.config;
        let new = HostConfig { data_dir: data_dir.clone(), api: api.clone(), journal: *journal, ..new };
        let deadline = Instant::now() + limit;
        self.host.journal.leave(diff.sources.stop.iter().cloned().collect());
        stop_some(&mut self.sources, &diff.sources.stop, deadline).await;
        stop_some(&mut self.sinks, &diff.sinks.stop, deadline).await;
        self.host.journal.leave(BTreeSet::new());
        for key in diff.sources.stop.iter().chain(&diff.sinks.stop) {
            self.host.overview.remove(key);
        }
        self.host.keep_for(&new, &diff.sinks.start).await;
        for section in new.sinks.iter().filter(|sink| diff.sinks.start.contains(&sink.key)) {
            let sink = self.host.sink(section.clone(), &new.proxy);
            self.sinks.insert(section.key.clone(), sink.start(None));
        }
        for section in new.sources.iter().filter(|source| diff.sources.start.contains(&source.key)) {
            let source = self.host.source(section.clone(), &new.proxy);
            self.sources.insert(section.key.clone(), source.start(None));
        }
        info!(stopped = ?diff.stopped(), started = ?diff.started(), "The new configuration is in use.");
        self.config = new;
    }

    /// Lets sinks open their files again, as after a rotation by another program.
    pub fn reopen_files(&self) {
        self.host.reopen.send_modify(|times| *times += 1);
    }

    /// Returns when every sink has ended by itself, if there is any: nobody takes events any more.
    pub async fn finished(&self) {
        if self.sinks.is_empty() {
            std::future::pending::<()>().await;
        }
        self.host.no_sink_runs().await;
    }

    /// Returns when a component sees no use in going on, or the journal has ended.
    pub async fn hopeless(&self) {
        tokio::select! {
            () = self.host.hopeless.cancelled() => {}
            () = self.host.journal.ended() => {}
        }
    }

    /// Stops everything in its order within this limit, and says whether everything ended by itself.
    pub async fn stop(mut self, limit: Duration) -> bool {
        self.host.overview.enter(Phase::Stopping);
        self.host.stopping.cancel();
        let deadline = Instant::now() + limit;
        let sources: Vec<_> = self.sources.keys().cloned().collect();
        self.host.journal.leave(sources.iter().cloned().collect());
        let mut in_time = stop_some(&mut self.sources, &sources, deadline).await;
        let drained = deadline.min(Instant::now() + DRAIN);
        let _or_it_stays_there = tokio::time::timeout_at(drained, self.host.no_sink_moves()).await;
        let sinks: Vec<_> = self.sinks.keys().cloned().collect();
        in_time &= stop_some(&mut self.sinks, &sinks, deadline).await;
        self.host.tasks.close();
        in_time &= tokio::time::timeout_at(deadline + CUT, self.host.tasks.wait()).await.is_ok();
        in_time & tokio::time::timeout_at(deadline + CUT, self.host.journal.close()).await.is_ok()
    }
}

fn cannot_build(kind: &'static str, key: &ComponentKey) -> impl FnOnce(String) -> StartError {
    let key = key.clone();
    move |reason| StartError::Build { kind, key, reason }
}

/// Asks these to stop, all at once, and waits for them; whether all ended by themselves. Dropped on its way, it has asked
/// all of them, and can be called again.
async fn stop_some(
    running: &mut BTreeMap<ComponentKey, Running>,
    keys: &[ComponentKey],
    deadline: Instant,
) -> bool {
    let stopping: Vec<_> = running.iter_mut().filter(|(key, _)| keys.contains(key)).collect();
    for (_, component) in &stopping {
        component.ask();
    }
    let ends = stopping.into_iter().map(|(key, component)| component.ended_by(key, deadline));
    let in_time = futures::future::join_all(ends).await.into_iter().all(|in_time| in_time);
    running.retain(|key, _| !keys.contains(key));
    in_time
}
