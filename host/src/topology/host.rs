//! What every component is built with and reports to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collector::config::{ComponentKey, GlobalOptions, ProxyConfig};
use collector::sender::Output;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

use super::limited::LimitedFeed;
use super::sink::SinkComponent;
use super::source::SourceComponent;
use super::{Options, StartError};
use crate::activity::Activity;
use crate::api::{JournalLine, Overview};
use crate::config::{HostConfig, SinkSection, SourceSection};
use crate::journal::{Journal, JournalError, ReaderOptions};
use crate::secrets::Vault;
use crate::sinks::feed::Feed;
use crate::sinks::{Inputs, Now};

/// How often a stop looks whether sinks are still delivering.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Shared by all components.
pub(super) struct Host {
    pub(super) globals: GlobalOptions,
    pub(super) journal: Arc<Journal>,
    pub(super) overview: Overview,
    /// Where secrets rest.
    pub(super) vault: Arc<Vault>,
    pub(super) now: Now,
    pub(super) tasks: TaskTracker,
    /// Changes when files should be opened again.
    pub(super) reopen: watch::Sender<u64>,
    /// Set off when a component says that there is no hope.
    pub(super) hopeless: CancellationToken,
    /// How many sinks run.
    sinks: watch::Sender<usize>,
    /// Where each sink stands.
    feeds: Mutex<BTreeMap<ComponentKey, Arc<dyn Feed>>>,
    /// Whose confirmation events wait for.
    readers: Mutex<BTreeSet<ComponentKey>>,
    /// Set off when the program stops.
    pub(super) stopping: CancellationToken,
    /// Events that sinks may still read, if they may not read all.
    left: Option<Arc<AtomicU64>>,
}

/// Counts a sink for as long as it runs.
pub(super) struct CountedSink(Arc<Host>);

impl Drop for CountedSink {
    fn drop(&mut self) {
        self.0.sinks.send_modify(|running| *running -= 1);
    }
}

impl Host {
    /// Opens the journal.
    pub(super) async fn open(config: &HostConfig, options: Options) -> Result<Arc<Self>, StartError> {
        let now = Arc::clone(&options.now);
        let journal = Journal::open(&config.data_dir, config.journal.into(), readers(config), now).await?;
        let journal = Arc::new(journal);
        options.overview.set_store(&journal);
        let shown = Arc::clone(&journal);
        let max_bytes = config.journal.max_bytes;
        options.overview.set_journal(move || JournalLine {
            health: shown.health().borrow().clone(),
            stats: shown.stats(),
            max_bytes,
        });
        let activity = keep_activity(config, &journal, &options.overview);
        let host = Self {
            globals: GlobalOptions { data_dir: config.data_dir.clone() },
            journal,
            overview: options.overview,
            vault: Arc::new(Vault::new(&config.data_dir, config.secrets_key_file.as_deref())),
            now: options.now,
            tasks: TaskTracker::new(),
            reopen: watch::Sender::new(0),
            hopeless: CancellationToken::new(),
            sinks: watch::Sender::new(0),
            feeds: Mutex::default(),
            readers: Mutex::new(readers(config)),
            stopping: CancellationToken::new(),
            left: options.max_events.map(|events| Arc::new(AtomicU64::new(events))),
        };
        if let Some(activity) = activity {
            let (journal, stop) = (Arc::clone(&host.journal), host.stopping.clone());
            host.tasks.spawn(activity.keep(journal, Arc::clone(&host.now), stop));
        }
        Ok(Arc::new(host))
    }

    pub(super) fn source(self: &Arc<Self>, section: SourceSection, proxy: &ProxyConfig) -> SourceComponent {
        SourceComponent::new(self, section, proxy)
    }

    pub(super) fn sink(self: &Arc<Self>, section: SinkSection, proxy: &ProxyConfig) -> SinkComponent {
        SinkComponent::new(self, section, proxy)
    }

    /// Where a source's events go.
    pub(super) fn output(&self, source: &ComponentKey) -> Arc<dyn Output> {
        self.journal.output(source)
    }

    /// Where a sink's events come from; `raw` is whether it needs the records that they were made from.
    pub(super) async fn feed(
        &self,
        sink: &ComponentKey,
        inputs: &Inputs,
        raw: bool,
    ) -> Result<Arc<dyn Feed>, JournalError> {
        let sources = Some(inputs.keys().cloned().collect());
        let options = ReaderOptions { raw, sources, ..ReaderOptions::default() };
        let reader: Arc<dyn Feed> = Arc::new(self.journal.reader(sink, options).await?);
        self.feeds().insert(sink.clone(), Arc::clone(&reader));
        Ok(match &self.left {
            None => reader,
            Some(left) => Arc::new(LimitedFeed { inner: reader, left: Arc::clone(left) }),
        })
    }

    /// Keeps events for the sinks of this configuration, and for no others. One that has ended by itself and is not among those
    /// that start has no use for them.
    pub(super) async fn keep_for(&self, config: &HostConfig, starting: &[ComponentKey]) {
        let mut readers = readers(config);
        self.feeds().retain(|key, _| readers.contains(key));
        readers.retain(|key| starting.contains(key) || self.readers().contains(key));
        self.require(readers).await;
    }

    /// A sink has ended by itself: what it has not confirmed is not kept for it until it starts again.
    pub(super) async fn let_go(&self, sink: &ComponentKey) {
        let mut readers = self.readers().clone();
        readers.remove(sink);
        self.require(readers).await;
    }

    async fn require(&self, readers: BTreeSet<ComponentKey>) {
        self.readers().clone_from(&readers);
        if let Err(error) = self.journal.require(readers).await {
            warn!(%error, "Events are still kept for sinks that are gone, until the next start.");
        }
    }

    fn readers(&self) -> MutexGuard<'_, BTreeSet<ComponentKey>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A component has said that there is no hope.
    pub(super) fn give_up(&self) {
        error!("A component sees no use in going on; the program stops.");
        self.hopeless.cancel();
    }

    /// A sink begins to run.
    pub(super) fn count_sink(self: &Arc<Self>) -> CountedSink {
        self.sinks.send_modify(|running| *running += 1);
        CountedSink(Arc::clone(self))
    }

    /// Waits until every sink has delivered all there is, or cannot deliver now.
    pub(super) async fn no_sink_moves(&self) {
        while self.is_any_moving() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn is_any_moving(&self) -> bool {
        let newest = self.journal.position().sequence;
        let is_behind = |feed: &Arc<dyn Feed>| feed.position() < newest;
        self.feeds().iter().any(|(key, feed)| is_behind(feed) && self.overview.is_sink_moving(key))
    }

    fn feeds(&self) -> MutexGuard<'_, BTreeMap<ComponentKey, Arc<dyn Feed>>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no sink runs.
    pub(super) async fn no_sink_runs(&self) {
        let mut sinks = self.sinks.subscribe();
        // The sender is ours, so that waiting cannot fail.
        let _none = sinks.wait_for(|running| *running == 0).await;
    }
}

/// Counts for the console, if it is served. Without them everything else goes on.
fn keep_activity(config: &HostConfig, journal: &Journal, overview: &Overview) -> Option<Activity> {
    if !config.api.enabled {
        return None;
    }
    match Activity::open(&config.data_dir, journal) {
        Ok(activity) => {
            overview.set_activity(activity.clone());
            Some(activity)
        }
        Err(error) => {
            warn!(%error, "The console has no counts of sign-ins.");
            None
        }
    }
}

/// Whoever must have confirmed an event before it may go.
fn readers(config: &HostConfig) -> BTreeSet<ComponentKey> {
    config.sinks.iter().map(|sink| sink.key.clone()).collect()
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Host")
    }
}
