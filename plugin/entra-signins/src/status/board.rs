//! Where a connector's tasks leave what happened, and from where it is reported to the host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collector::health::{ConnectorReport, CredentialReport, HealthReporter};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Change, Observation, Standing};
use crate::clock::Clock;

/// Notes kept per connector; more are dropped, oldest stay.
const MOST_NOTES: usize = 20;
/// How long a complaint that is logged keeps those like it back.
const COMPLAINT_GAP: Duration = Duration::from_mins(10);

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
    made: Instant,
    health: HealthReporter,
    state: Mutex<State<P>>,
}

#[derive(Debug)]
struct State<P: Ord> {
    line: ConnectorLine,
    standing: Standing<P>,
    /// Since when status and reason stand.
    since: Timestamp,
    /// When something last worked.
    last_success: Option<Timestamp>,
    notes: BTreeSet<String>,
    complaints: BTreeMap<&'static str, Complaint>,
    measured: Measured,
}

/// What is measured of a connector now and then.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// How far behind the live edge is that is farthest behind; `None` if any was never read.
    pub lag_secs: Option<u64>,
    /// The credential in use.
    pub credential: Option<CredentialReport>,
    /// What else is known, in words, by stable names.
    pub facts: BTreeMap<&'static str, String>,
    /// Counts by their stable names.
    pub counters: BTreeMap<&'static str, u64>,
    /// Remarks that hold for as long as they are measured.
    pub notes: Vec<String>,
}

/// What is logged once and counted from then on.
#[derive(Debug, Default)]
struct Complaint {
    logged: Option<Instant>,
    kept_back: u64,
}

impl Complaint {
    /// It came again. Answers how many were kept back since the last that was logged, if this one is to be logged.
    fn came(&mut self, now: Instant) -> Option<u64> {
        if self.logged.is_some_and(|logged| now < logged + COMPLAINT_GAP) {
            self.kept_back += 1;
            return None;
        }
        self.logged = Some(now);
        Some(std::mem::take(&mut self.kept_back))
    }
}

impl<P: Ord + Clone> Board<P> {
    /// A board for a connector that is connected once these parts work; it is reported at once.
    pub fn new(
        line: ConnectorLine,
        required: impl IntoIterator<Item = P>,
        health: HealthReporter,
        clock: Clock,
    ) -> Self {
        let standing = Standing::new(required);
        let state = State {
            line,
            standing,
            since: whole_second(clock.now()),
            last_success: None,
            notes: BTreeSet::new(),
            complaints: BTreeMap::new(),
            measured: Measured::default(),
        };
        let state = Mutex::new(state);
        let board = Self(Arc::new(Inner { made: clock.monotonic(), clock, health, state }));
        board.report();
        board
    }

    /// Takes in what happened to a part; reports what changed, and logs another status or reason.
    pub fn observe(&self, part: &P, observation: Observation) {
        let (change, line, verdict) = {
            let mut state = self.lock();
            let now = whole_second(self.0.clock.now());
            if observation == Observation::Answered {
                state.last_success = Some(now);
            }
            let running = (self.0.clock.monotonic() - self.0.made).as_secs().cast_signed();
            let change = state.standing.observe(part, observation, running);
            match change {
                Change::Nothing => return,
                Change::Words => {}
                Change::Status => state.since = now,
            }
            (change, state.line.clone(), state.standing.verdict().clone())
        };
        if change == Change::Status {
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
        }
        self.report();
    }

    /// Something went wrong that will be tried again and may come from many tasks at once: the first is logged, of the
    /// others their number.
    pub fn complain(&self, code: &'static str, what: &str) {
        let said = {
            let mut state = self.lock();
            let now = self.0.clock.monotonic();
            let complaint = state.complaints.entry(code).or_default();
            complaint.came(now).map(|kept_back| (kept_back, state.line.name.clone()))
        };
        if let Some((kept_back, connector)) = said {
            tracing::warn!(
                connector,
                reason = code,
                kept_back,
                "Went back to the last acknowledged page: {what}."
            );
        }
    }

    /// A remark that is no error.
    pub fn note(&self, note: String) {
        let mut state = self.lock();
        if state.notes.len() < MOST_NOTES {
            state.notes.insert(note);
        }
    }

    /// What is now known of the tenant; reported at once, as nothing else may happen for long.
    pub fn tenant(&self, tenant_id: String, tenant_name: Option<String>) {
        {
            let mut state = self.lock();
            state.line.tenant_id = tenant_id;
            state.line.tenant_name = tenant_name;
        }
        self.report();
    }

    /// Whether this reason stands for this part.
    pub fn stands(&self, part: &P, reason: &str) -> bool {
        self.lock().standing.stands(part, reason)
    }

    /// What was measured; replaces what was measured before.
    pub fn measured(&self, measured: Measured) {
        self.lock().measured = measured;
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
            since: self.since,
            last_success: self.last_success,
            lag_secs: self.measured.lag_secs,
            credential: self.measured.credential.clone(),
            facts: self.measured.facts.clone(),
            counters: self.measured.counters.clone(),
            notes: self.measured.notes.iter().chain(&self.notes).cloned().collect(),
        }
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
