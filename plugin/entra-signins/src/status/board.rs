//! Where a connector's tasks leave what happened, and from where it is reported to the host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use collector::health::{ConnectorReport, HealthReporter};
use jiff::Timestamp;

use super::{Observation, Standing, Verdict};
use crate::clock::Clock;
use crate::collect::coverage::Second;

/// Notes kept per connector; more are dropped, oldest stay.
const MOST_NOTES: usize = 20;

/// What stays the same of a connector's report, and what its tasks add.
#[derive(Clone, Debug)]
pub struct ConnectorLine {
    /// Its name.
    pub name: String,
    /// `Microsoft 365` or `Microsoft Azure AD`.
    pub application: &'static str,
    /// Its parent's name.
    pub parent: Option<String>,
    /// GUID, or the domain while the GUID is unknown.
    pub tenant_id: String,
    /// The tenant's name, if known.
    pub tenant_name: Option<String>,
}

/// One connector's standing, shared by its tasks.
#[derive(Clone, Debug)]
pub struct Board<P: Ord>(Arc<Inner<P>>);

#[derive(Debug)]
struct Inner<P: Ord> {
    clock: Clock,
    health: HealthReporter,
    state: Mutex<State<P>>,
}

#[derive(Debug)]
struct State<P: Ord> {
    line: ConnectorLine,
    standing: Standing<P>,
    notes: BTreeSet<String>,
    lag_secs: Option<u64>,
    counters: BTreeMap<&'static str, u64>,
}

impl<P: Ord + Clone> Board<P> {
    /// A board for a connector with these parts; it is reported at once.
    pub fn new(
        line: ConnectorLine,
        parts: impl IntoIterator<Item = P>,
        health: HealthReporter,
        clock: Clock,
    ) -> Self {
        let standing = Standing::new(parts, clock.now().as_second());
        let state =
            State { line, standing, notes: BTreeSet::new(), lag_secs: None, counters: BTreeMap::new() };
        let state = Mutex::new(state);
        let board = Self(Arc::new(Inner { clock, health, state }));
        board.report();
        board
    }

    /// Takes in what happened to a part; reports and logs what changed.
    pub fn observe(&self, part: &P, observation: Observation) {
        self.change(|standing, now| standing.observe(part, observation, now));
    }

    /// What is wrong with a part for as long as it is said, though the part works; `None` undoes it.
    pub fn lasting(&self, part: &P, verdict: Option<Verdict>) {
        self.change(|standing, now| standing.lasting(part, verdict, now));
    }

    fn change(&self, change: impl FnOnce(&mut Standing<P>, Second) -> bool) {
        let changed = {
            let mut state = self.lock();
            let now = self.0.clock.now().as_second();
            change(&mut state.standing, now).then(|| (state.line.clone(), state.standing.verdict().clone()))
        };
        let Some((line, verdict)) = changed else { return };
        let way_out = verdict.way_out.as_ref().map(|way_out| way_out.text.as_str());
        tracing::info!(
            connector = line.name,
            application = line.application,
            status = %verdict.status,
            reason = verdict.reason,
            way_out,
            "Connector status changed: {}",
            verdict.message
        );
        self.report();
    }

    /// A remark that is no error.
    pub fn note(&self, note: String) {
        let mut state = self.lock();
        if state.notes.len() < MOST_NOTES {
            state.notes.insert(note);
        }
    }

    /// What is now known of the tenant.
    pub fn tenant(&self, tenant_id: String, tenant_name: Option<String>) {
        let mut state = self.lock();
        state.line.tenant_id = tenant_id;
        state.line.tenant_name = tenant_name;
    }

    /// Whether this reason stands.
    pub fn stands(&self, reason: &str) -> bool {
        self.lock().standing.verdict().reason == reason
    }

    /// What was measured since.
    pub fn measured(&self, lag_secs: Option<u64>, counters: BTreeMap<&'static str, u64>) {
        let mut state = self.lock();
        state.lag_secs = lag_secs;
        state.counters = counters;
    }

    /// Reports what stands.
    pub fn report(&self) {
        let report = self.lock().report();
        self.0.health.report(report);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<P>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Ord + Clone> State<P> {
    fn report(&self) -> ConnectorReport {
        let verdict = self.standing.verdict().clone();
        ConnectorReport {
            name: self.line.name.clone(),
            application: self.line.application,
            parent: self.line.parent.clone(),
            tenant_id: self.line.tenant_id.clone(),
            tenant_name: self.line.tenant_name.clone(),
            permissions: "Read",
            status: verdict.status,
            reason: verdict.reason.to_owned(),
            message: verdict.message,
            way_out: verdict.way_out,
            since: instant(self.standing.since()),
            last_success: self.standing.last_success().map(instant),
            lag_secs: self.lag_secs,
            counters: self.counters.clone(),
            notes: self.notes.iter().cloned().collect(),
        }
    }
}

fn instant(second: Second) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
}
