//! What is running, as far as it is shown: the topology writes, readers take snapshots.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use collector::authorize::Authorizer;
use collector::config::ComponentKey;
use collector::examine::Examiner;
use collector::health::{ConnectorReport, ConnectorStatus, HealthReceiver, WayOut};
use collector::reconcile::{Hour, Reconciler};
use collector::slot::Slot;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use super::rates::Rates;
use super::reconcile::Comparison;
use super::snapshot::{ConnectorLine, JournalLine, SinkLine, Snapshot, SourceLine};
use crate::activity::Activity;
use crate::journal::Journal;
use crate::sinks::{Now, SinkReport, SinkState};

/// Where the program stands in its life.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing runs yet.
    #[default]
    Starting,
    /// Everything runs.
    Running,
    /// It was asked to stop.
    Stopping,
}

/// Asks the journal how it stands.
type JournalProbe = Arc<dyn Fn() -> JournalLine + Send + Sync>;

/// The list of what is running. Clones share it.
#[derive(Clone)]
pub struct Overview(Arc<Shared>);

struct Shared {
    now: Now,
    started_at: Timestamp,
    running: Mutex<Running>,
    rates: Mutex<Rates>,
}

#[derive(Default)]
struct Running {
    phase: Phase,
    config_error: Option<String>,
    sources: BTreeMap<ComponentKey, SourceEntry>,
    sinks: BTreeMap<ComponentKey, SinkEntry>,
    journal: Option<JournalProbe>,
    store: Option<Arc<Journal>>,
    activity: Option<Activity>,
}

struct SourceEntry {
    kind: &'static str,
    health: HealthReceiver,
    offers: Offers,
    trouble: Option<Trouble>,
}

/// What a source offers to do besides collecting.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// To compare what its service shows with what it has handed over.
    pub reconciler: Slot<dyn Reconciler>,
    /// To look whether all is well.
    pub examiner: Slot<dyn Examiner>,
    /// To have its connectors authorized.
    pub authorizer: Slot<dyn Authorizer>,
}

struct SinkEntry {
    report: watch::Receiver<SinkReport>,
    inputs: Vec<ComponentKey>,
    trouble: Option<Trouble>,
}

/// Why a component does not run.
#[derive(Clone)]
struct Trouble {
    since: Timestamp,
    attempts: u32,
    reason: String,
}

impl Overview {
    /// Of a program that starts now.
    pub fn new(now: Now) -> Self {
        let started_at = now();
        Self(Arc::new(Shared { now, started_at, running: Mutex::default(), rates: Mutex::default() }))
    }

    /// The program has come to another phase of its life.
    pub fn enter(&self, phase: Phase) {
        self.lock().phase = phase;
    }

    /// The configuration files cannot be used as they are, or can again.
    pub fn set_config_error(&self, error: Option<String>) {
        self.lock().config_error = error;
    }

    /// Shows the journal.
    pub fn set_journal(&self, probe: impl Fn() -> JournalLine + Send + Sync + 'static) {
        self.lock().journal = Some(Arc::new(probe));
    }

    /// Where events can be found.
    pub fn set_store(&self, journal: &Arc<Journal>) {
        self.lock().store = Some(Arc::clone(journal));
    }

    /// The counts of sign-ins.
    pub fn set_activity(&self, activity: Activity) {
        self.lock().activity = Some(activity);
    }

    /// The counts of sign-ins, once there are any.
    pub(crate) fn activity(&self) -> Option<Activity> {
        self.lock().activity.clone()
    }

    /// Where events can be found, once it is open.
    pub(crate) fn journal(&self) -> Option<Arc<Journal>> {
        self.lock().store.clone()
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0.now)()
    }

    /// Shows a source that starts; one of the same id is replaced.
    pub fn show_source(
        &self,
        key: &ComponentKey,
        kind: &'static str,
        health: HealthReceiver,
        offers: Offers,
    ) {
        let entry = SourceEntry { kind, health, offers, trouble: None };
        self.lock().sources.insert(key.clone(), entry);
    }

    /// Shows a sink that starts; one of the same id is replaced.
    pub fn show_sink(
        &self,
        key: &ComponentKey,
        report: watch::Receiver<SinkReport>,
        inputs: Vec<ComponentKey>,
    ) {
        self.lock().sinks.insert(key.clone(), SinkEntry { report, inputs, trouble: None });
    }

    /// A component has failed and will be started again. What it reported last stays, marked.
    pub fn set_trouble(&self, key: &ComponentKey, reason: &str) {
        let since = (self.0.now)();
        let mut running = self.lock();
        let trouble = match running.sources.get_mut(key) {
            Some(source) => Some(&mut source.trouble),
            None => running.sinks.get_mut(key).map(|sink| &mut sink.trouble),
        };
        if let Some(trouble) = trouble {
            let known = trouble.take().unwrap_or(Trouble { since, attempts: 0, reason: String::new() });
            let attempts = known.attempts.saturating_add(1);
            *trouble = Some(Trouble { since: known.since, attempts, reason: reason.to_owned() });
        }
    }

    /// A component has been taken out of the configuration.
    pub fn remove(&self, key: &ComponentKey) {
        let mut running = self.lock();
        running.sources.remove(key);
        running.sinks.remove(key);
    }

    /// Whether this sink delivers, or is about to.
    pub fn is_sink_moving(&self, key: &ComponentKey) -> bool {
        let running = self.lock();
        let Some(sink) = running.sinks.get(key) else { return false };
        match sink.report.borrow().state {
            SinkState::Starting | SinkState::Working => sink.trouble.is_none(),
            SinkState::Retrying { .. } | SinkState::Stopped { .. } => false,
        }
    }

    /// The sources, each with what is compared with what its service shows.
    pub(super) fn comparisons(&self) -> Vec<Comparison> {
        let running = self.lock();
        let Some(journal) = &running.store else { return Vec::new() };
        let of = |(key, source): (&ComponentKey, &SourceEntry)| {
            let sinks = running.sinks.iter().filter(|(_, sink)| sink.inputs.contains(key));
            Comparison {
                source: key.clone(),
                reconciler: source.offers.reconciler.get(),
                sinks: sinks.map(|(sink, _)| sink.clone()).collect(),
                journal: Arc::clone(journal),
            }
        };
        running.sources.iter().map(of).collect()
    }

    /// What the sources know of these hours, all together, oldest first.
    pub(crate) async fn hours(&self, from: Timestamp, to: Timestamp) -> Vec<Hour> {
        let reconcilers: Vec<_> =
            self.lock().sources.values().filter_map(|source| source.offers.reconciler.get()).collect();
        let mut hours: BTreeMap<Timestamp, Hour> = BTreeMap::new();
        for reconciler in reconcilers {
            for hour in reconciler.hours(from, to).await {
                hours.entry(hour.from).and_modify(|known| known.add(&hour)).or_insert(hour);
            }
        }
        hours.into_values().collect()
    }

    /// The sources that can look whether all is well.
    pub(super) fn examiners(&self) -> Vec<Arc<dyn Examiner>> {
        self.lock().sources.values().filter_map(|source| source.offers.examiner.get()).collect()
    }

    /// What has connectors authorized, of all sources that can.
    pub(super) fn authorizers(&self) -> Vec<Arc<dyn Authorizer>> {
        self.lock().sources.values().filter_map(|source| source.offers.authorizer.get()).collect()
    }

    /// What has the connectors of a source authorized, if it runs and can.
    pub(crate) fn authorizer(&self, source: &ComponentKey) -> Option<Arc<dyn Authorizer>> {
        self.lock().sources.get(source)?.offers.authorizer.get()
    }

    /// Everything, now.
    pub fn snapshot(&self) -> Snapshot {
        // Asked before the lock is taken: it may have to wait for the journal.
        let probe = self.lock().journal.clone();
        let journal = probe.map(|probe| probe());
        let now = (self.0.now)();
        let mut rates = self.0.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let running = self.lock();
        let lag = |key| journal.as_ref().and_then(|journal| journal.lag(key));
        let sources = running.sources.iter().map(|(key, source)| source.line(key, &mut rates, now)).collect();
        let sinks = running.sinks.iter().map(|(key, sink)| sink.line(lag(key), &mut rates, now)).collect();
        Snapshot {
            version: env!("CARGO_PKG_VERSION"),
            started_at: self.0.started_at,
            now,
            state: running.phase,
            config_error: running.config_error.clone(),
            connectors: running.sources.iter().flat_map(|(key, source)| source.connectors(key)).collect(),
            sources,
            sinks,
            journal,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Overview")
    }
}

impl SourceEntry {
    fn line(&self, key: &ComponentKey, rates: &mut Rates, now: Timestamp) -> SourceLine {
        let delivered = |report: &ConnectorReport| report.counters.get("delivered").copied();
        let delivered = self.health.borrow().iter().filter_map(delivered).sum();
        let per_minute = rates.per_minute(format!("source {key}"), delivered, now);
        let trouble = self.trouble.as_ref().map(|trouble| trouble.reason.clone());
        SourceLine { key: key.id().to_owned(), r#type: self.kind, trouble, per_minute }
    }

    /// What the source reports; of one that does not run, no connector can be connected.
    fn connectors(&self, key: &ComponentKey) -> Vec<ConnectorLine> {
        let reports = self.health.borrow().clone();
        let line = |report: ConnectorReport| ConnectorLine {
            source: key.id().to_owned(),
            report: match &self.trouble {
                None => report,
                Some(trouble) => ConnectorReport {
                    status: ConnectorStatus::Error,
                    reason: "source_failed".to_owned(),
                    message: trouble.reason.clone(),
                    way_out: Some(WayOut {
                        text: "It is started again by itself; the log says more.".to_owned(),
                        url: None,
                    }),
                    since: trouble.since,
                    ..report
                },
            },
        };
        reports.into_iter().map(line).collect()
    }
}

impl SinkEntry {
    fn line(&self, lag_events: Option<u64>, rates: &mut Rates, now: Timestamp) -> SinkLine {
        let mut report = self.report.borrow().clone();
        if let Some(Trouble { since, attempts, reason }) = self.trouble.clone() {
            report.state = SinkState::Retrying { since, attempts, reason, attention: true };
        }
        let per_minute = rates.per_minute(format!("sink {}", report.key), report.confirmed, now);
        SinkLine { report, lag_events, per_minute }
    }
}
