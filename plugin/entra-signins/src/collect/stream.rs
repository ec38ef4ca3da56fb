//! One kind of sign-in of one tenant, as its lanes share it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collector::internal_event::{ErrorStage, ErrorType, SourceMetrics};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::access::Access;
use super::counters::Counters;
use super::dead_letter::{DeadLetter, Kept, Unreadable};
use super::doubt::Doubt;
use super::flights::Flights;
use super::late::Late;
use super::pair::Pair;
use super::part::Part;
use super::planner::{Bounds, Loss};
use super::stuck::Stuck;
use super::together::USER_KINDS;
use crate::cato::ConnectorFacts;
use crate::config::{AzureAd, TenantId};
use crate::coverage::{Coverage, Interval, Second};
use crate::graph::sign_in::Anomaly;
use crate::lateness::Lateness;
use crate::state::{Delivered, State, StateError, StreamKey};
use crate::status::{Board, Observation, of_unreadable};

/// Notes of anomalies are logged once per property; no more properties than this are remembered.
const MOST_ANOMALIES: usize = 1_000;

/// How many answers of a tenant may be on their way at once, from the beginning of their body to its end.
const BODIES: usize = 4;

/// By how much the first of two kinds that are read in one request may be late, at least, before the second is read alone.
const LEAD: Second = 15;

/// What all streams of a tenant share.
#[derive(Debug)]
pub(crate) struct Tenant {
    /// What is in flight.
    pub(crate) flights: Arc<Flights>,
    /// What was delivered and read.
    pub(crate) state: State,
    /// Where records go that are no sign-ins.
    pub(crate) dead_letter: Arc<DeadLetter>,
    /// Places for bodies on their way: a tenant whose answers trickle must not take all that there are.
    pub(crate) bodies: Semaphore,
    known_from: AtomicI64,
}

impl Tenant {
    pub(crate) fn new(state: State, dead_letter: Arc<DeadLetter>) -> Self {
        let known_from = AtomicI64::new(Second::MIN);
        Self { flights: Arc::default(), state, dead_letter, bodies: Semaphore::new(BODIES), known_from }
    }

    /// Ids of what happened before this second may have been forgotten: what was read of it is not read again.
    pub(crate) fn ids_known_from(&self, second: Second) {
        self.known_from.fetch_max(second, Ordering::Relaxed);
    }
}

/// An Azure AD connector at work.
#[derive(Debug)]
pub(crate) struct Connector {
    /// As configured.
    pub(crate) config: AzureAd,
    /// What it counts.
    pub(crate) counters: Counters,
    /// Its status.
    pub(crate) board: Board<Part>,
    /// Its two user kinds, as far as they are read in one request.
    pub(crate) pair: Pair,
    facts: Mutex<Arc<ConnectorFacts>>,
    anomalies: Mutex<HashSet<Anomaly>>,
    lost_logged: AtomicBool,
}

impl Connector {
    pub(crate) fn new(config: AzureAd, facts: ConnectorFacts, board: Board<Part>) -> Self {
        Self {
            config,
            counters: Counters::default(),
            board,
            pair: Pair::default(),
            facts: Mutex::new(Arc::new(facts)),
            anomalies: Mutex::default(),
            lost_logged: AtomicBool::new(false),
        }
    }

    /// What events say of the connector.
    pub(crate) fn facts(&self) -> Arc<ConnectorFacts> {
        Arc::clone(&self.facts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The tenant's GUID is known now.
    pub(crate) fn resolve_tenant(&self, tenant: TenantId) {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut facts).tenant_id = Some(tenant);
    }

    /// The tenant's name is known now.
    pub(crate) fn name_tenant(&self, name: &str) {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut facts).tenant_name = Some(name.to_owned());
    }

    /// Counts properties of an unexpected type, and logs each the first time.
    pub(crate) fn note_anomalies(&self, anomalies: &[Anomaly]) {
        if anomalies.is_empty() {
            return;
        }
        self.counters.anomalies.add(anomalies.len());
        let mut known = self.anomalies.lock().unwrap_or_else(PoisonError::into_inner);
        for anomaly in anomalies {
            if known.len() < MOST_ANOMALIES && known.insert(*anomaly) {
                tracing::warn!(
                    connector = self.config.name,
                    property = anomaly.property,
                    found = %anomaly.found,
                    "A property has an unexpected type and is left out of events."
                );
            }
        }
    }
}

/// How often a kind is polled that was quiet so many times: half as often after every so many polls, down to the longest interval.
pub(super) fn slowed(interval: Second, quiet_polls: u32, longest: Second) -> Second {
    const PATIENCE: u32 = 5;
    let slower = interval.saturating_mul(1 << (quiet_polls / PATIENCE).min(16));
    slower.min(longest.max(interval))
}

/// One stream at work.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Which one.
    pub(crate) key: StreamKey,
    /// When this process began to read it.
    pub(crate) begun_at: Instant,
    /// From when on, as configured.
    pub(crate) settled: Bounds,
    /// Seconds between reads of the live edge while one request lists both user kinds.
    pub(crate) poll_together: Second,
    /// Reads of the live edge in a row that found nothing new.
    pub(crate) quiet_polls: AtomicU32,
    /// What has been read; held while a commit is stored, so that lanes do not overwrite each other.
    pub(crate) coverage: tokio::sync::Mutex<Coverage>,
    /// What Graph does not serve for now.
    pub(crate) stuck: Mutex<Stuck>,
    /// How late sign-ins appeared.
    pub(crate) lateness: Mutex<Lateness>,
    /// Whether its records are what they seem.
    pub(crate) doubt: Mutex<Doubt>,
    /// Whether unread seconds are being lost to Microsoft's retention, and that was said.
    pub(crate) losing: AtomicBool,
    /// Room for pages from the beginning of their body until the host has them, shared by all streams of the source.
    pub(crate) pages_in_memory: Arc<Semaphore>,
    /// Wakes the history lane, the only one that waits for it, when more of the live edge has been read.
    pub(crate) edge_moved: tokio::sync::Notify,
    /// Shared by the tenant's streams.
    pub(crate) tenant: Arc<Tenant>,
    /// Shared by the connector's streams.
    pub(crate) connector: Arc<Connector>,
    /// The way to Graph.
    pub(crate) access: Arc<Access>,
    /// The source's metrics.
    pub(crate) metrics: SourceMetrics,
}

impl Stream {
    /// From when on it is read, and from when on again.
    pub(crate) fn bounds(&self) -> Bounds {
        let known_from = self.tenant.known_from.load(Ordering::Relaxed);
        let quiet = self.quiet_polls.load(Ordering::Relaxed);
        let longest = self.connector.config.poll_interval_max.as_secs().cast_signed();
        let together = self.connector.pair.is_trusted(self.now());
        let settled = if together { self.poll_together } else { self.settled.poll_interval };
        let mut poll_interval = slowed(settled, quiet, longest);
        if together && self.key.kind == USER_KINDS[1] {
            // The first of the two reads for both. Only where it does not, this one reads for itself.
            poll_interval += (poll_interval / 2).max(LEAD);
        }
        Bounds { poll_interval, known_from, ..self.settled }
    }

    /// The live edge was read, and had news or not.
    pub(crate) fn polled(&self, has_news: bool) {
        let quiet = if has_news { 0 } else { self.quiet_polls.load(Ordering::Relaxed).saturating_add(1) };
        self.quiet_polls.store(quiet, Ordering::Relaxed);
    }

    /// How late those of these new sign-ins are whose second had been read before.
    pub(crate) async fn late(&self, new: &[Delivered], seen_at: Second) -> Late {
        let happened = new.iter().map(|delivered| delivered.id.at);
        Late::of(happened, seen_at, &*self.coverage.lock().await)
    }

    /// Lets re-reads follow what is known of lateness.
    pub(crate) fn follow(&self, lateness: &Lateness, coverage: &mut Coverage) {
        let AzureAd { reread_floor, reread_ceiling, .. } = &self.connector.config;
        let secs = |bound: &Duration| bound.as_secs().cast_signed();
        let ages = lateness.ages(secs(reread_floor), secs(reread_ceiling));
        if ages == coverage.ages() {
            return;
        }
        coverage.set_ages(ages);
        let (name, kind) = (&self.connector.config.name, self.key.kind);
        let ages: Vec<_> = ages.iter().collect();
        tracing::info!(connector = name, %kind, ?ages, "Seconds are read again at these ages, as late as sign-ins are.");
    }

    /// How late sign-ins have appeared so far.
    pub(crate) fn lateness(&self) -> MutexGuard<'_, Lateness> {
        self.lateness.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in how a page's records could be read: whether to doubt that those are broken which could not.
    pub(crate) fn doubts(&self, readable: usize, unreadable: &[Unreadable]) -> bool {
        let mut doubt = self.doubt.lock().unwrap_or_else(PoisonError::into_inner);
        let doubted = doubt.look_at(readable, unreadable.iter().map(|record| record.record.as_ref()));
        doubted && !unreadable.is_empty()
    }

    /// Keeps the records of a page that are no sign-ins. Answers how many were not known before.
    pub(crate) async fn set_aside(&self, records: &[Unreadable]) -> Result<usize, StateError> {
        let Some(first) = records.first() else { return Ok(0) };
        let kept = self.tenant.dead_letter.keep(self.key, records).await?;
        let (connector, reason) = (&self.connector, first.reason.as_str());
        let (name, kind) = (&connector.config.name, self.key.kind);
        if kept.new > 0 {
            connector.counters.set_aside.add(kept.new);
            self.metrics.labels().error(ErrorType::ParserFailed, ErrorStage::Processing);
            connector.board.note(format!("{kind} records that are no sign-ins were set aside: {reason}"));
            tracing::warn!(connector = name, %kind, records = kept.new, reason, "Records were set aside.");
        }
        if kept.lost > 0 {
            self.note_lost(kept);
        }
        Ok(kept.new)
    }

    fn note_lost(&self, kept: Kept) {
        let connector = &self.connector;
        connector.counters.set_aside_lost.add(kept.lost);
        let path = self.tenant.dead_letter.path().display();
        connector.board.note(format!(
            "Records that are no sign-ins are lost, since the file of those set aside is full: move {path} away"
        ));
        if !connector.lost_logged.swap(true, Ordering::Relaxed) {
            tracing::error!(
                connector = connector.config.name,
                file = %path,
                "The file of records set aside is full; further ones are lost until it is moved away."
            );
        }
    }

    /// What Graph does not serve for now.
    pub(crate) fn stuck(&self) -> MutexGuard<'_, Stuck> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Graph could not be brought to serve these seconds.
    pub(crate) fn give_up(&self, interval: Interval) {
        self.stuck().give_up(interval, self.now());
        self.show_stuck();
    }

    /// These seconds were read, or are not wanted any more.
    pub(crate) fn release(&self, interval: Interval) {
        let released = self.stuck().release(interval);
        if released {
            self.show_stuck();
        }
    }

    fn show_stuck(&self) {
        let verdict = of_unreadable(self.key.kind, &self.stuck().intervals());
        let observation = verdict.map_or(Observation::Cleared, Observation::Refused);
        self.connector.board.observe(&Part::Stuck(self.key.kind), observation);
    }

    /// Says once per gap that unread seconds were lost.
    pub(crate) fn note_loss(&self, loss: Loss) {
        self.connector.counters.lost_seconds.add(usize::try_from(loss.seconds).unwrap_or_default());
        let known = self.losing.load(Ordering::Relaxed);
        let begins = loss.seconds > 0 && !known;
        self.losing.store(loss.goes_on && (known || begins), Ordering::Relaxed);
        if !begins {
            return;
        }
        let (kind, seconds) = (self.key.kind, loss.seconds);
        let more = if loss.goes_on { ", and it goes on" } else { "" };
        self.connector.board.note(format!(
            "{kind}: sign-ins were not read before Microsoft's retention of 30 days ended{more}"
        ));
        tracing::warn!(
            connector = self.connector.config.name,
            %kind,
            seconds,
            "Sign-ins were not read before Microsoft's retention of 30 days ended{more}."
        );
    }

    /// The server's now.
    pub(crate) fn now(&self) -> Second {
        self.access.server_now()
    }
}
