//! Counting requests in exact sliding windows, and choosing who goes next.
//!
//! A request counts from its sending until one period after its answer began, so that Microsoft, who counts at a
//! moment in between that we cannot know, never sees more than the limit in any period. There is no burst to
//! save up. Among those who wait, live reads go before catch-up, re-reads and back-fill, but never without end; within
//! a class the tenant that was served longest ago goes first.
//!
//! Microsoft may allow less than it says, or another program may use the same app: the limits are learned downwards from
//! "too many requests", and upwards again while there are none (`allowance`). Slow answers need no rule of their own, since a
//! request counts until it is answered.
//!
//! A thousand tenants wait at the same time. Each has an account, which is either ready, in the order of its turn, or
//! rests until a known time, or can be helped by an answer alone; what happens to one account touches no other.

mod account;
mod allowance;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::TenantId;
use account::{Account, Rank};
use allowance::Allowance;

#[cfg(test)]
mod tests;

/// How many requests may count at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Of one app registration to one tenant.
    pub per_tenant: usize,
    /// Of one app registration to all its tenants.
    pub per_app: usize,
    /// For how long after its answer began a request counts.
    pub period: Duration,
}

impl Limits {
    /// Microsoft's limits for identity and access reports
    /// (learn.microsoft.com/graph/throttling-limits).
    pub const MICROSOFT: Self = Self { per_tenant: 5, per_app: 122, period: Duration::from_secs(10) };

    /// No limits, for measurements against a test server.
    pub const NONE: Self = Self { per_tenant: usize::MAX, per_app: usize::MAX, period: Duration::ZERO };

    /// The shortest interval at which so many streams of a tenant may be polled: live reads take half of its requests,
    /// the rest is for catch-up, re-reads and back-fill.
    pub fn shortest_poll(self, streams: usize) -> Duration {
        let polls = u32::try_from(streams * 2).unwrap_or(u32::MAX);
        let period = self.period.saturating_mul(polls);
        u32::try_from(self.per_tenant).map_or(Duration::ZERO, |limit| period / limit.max(1))
    }

    /// The part of the limits that a host may use when several share an app registration; at least one request.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { per_tenant: part(self.per_tenant, share), per_app: part(self.per_app, share), ..self }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "limits are small and shares lie between 0 and 1"
)]
fn part(limit: usize, share: f64) -> usize {
    ((limit as f64 * share).floor() as usize).max(1)
}

/// What a request is for; the smaller goes first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Priority {
    /// The newest sign-ins.
    Live,
    /// What happened while nobody read.
    CatchUp,
    /// Reading again what was read, for latecomers.
    ReRead,
    /// What happened before the first run.
    BackFill,
}

impl Priority {
    /// From the most urgent on.
    const ALL: [Self; 4] = [Self::Live, Self::CatchUp, Self::ReRead, Self::BackFill];
}

/// Somebody who waits for a turn.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ticket(u64);

/// Of so many tenants to which too much was asked within a period it is the app that asks too much.
const THROTTLED_TENANTS: usize = 3;

/// The state of one app registration's budget.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    app: Window,
    allowed: Allowance,
    /// Tenants to which too much was asked lately, and when.
    throttled: HashMap<TenantId, Instant>,
    accounts: HashMap<TenantId, Account>,
    /// Who waits, and for what.
    tickets: HashMap<Ticket, (TenantId, Priority)>,
    /// Tenants that may be asked now, the next one first.
    ready: BTreeSet<(Rank, TenantId)>,
    /// Tenants that may be asked later, the soonest first.
    resting: BTreeSet<(Instant, TenantId)>,
    issued: u64,
    /// Before this, requests of an earlier run may still count.
    closed_until: Option<Instant>,
}

/// Requests that count.
#[derive(Debug, Default)]
struct Window {
    running: usize,
    /// When answered requests stop counting, soonest first.
    free_at: VecDeque<Instant>,
}

impl Window {
    fn counted(&mut self, now: Instant) -> usize {
        while self.free_at.front().is_some_and(|free| *free <= now) {
            self.free_at.pop_front();
        }
        self.running + self.free_at.len()
    }

    fn answered(&mut self, free_at: Instant) {
        self.running = self.running.saturating_sub(1);
        self.free_at.push_back(free_at);
    }
}

impl Budget {
    /// A budget with nothing spent.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            app: Window::default(),
            allowed: Allowance::default(),
            throttled: HashMap::new(),
            accounts: HashMap::new(),
            tickets: HashMap::new(),
            ready: BTreeSet::new(),
            resting: BTreeSet::new(),
            issued: 0,
            closed_until: None,
        }
    }

    /// Counts everything as spent for one period from then on: an earlier run may have used it to the last request.
    pub fn assume_spent(&mut self, from: Instant) {
        self.closed_until = self.closed_until.max(Some(from + self.limits.period));
    }

    /// Keeps to these limits too: of each the stricter one holds.
    pub fn tighten(&mut self, limits: Limits, now: Instant) {
        self.limits = Limits {
            per_tenant: self.limits.per_tenant.min(limits.per_tenant),
            per_app: self.limits.per_app.min(limits.per_app),
            period: self.limits.period.max(limits.period),
        };
        let tenants: Vec<_> = self.accounts.keys().copied().collect();
        for tenant in tenants {
            self.change(tenant, now, |_| {});
        }
    }

    /// Somebody begins to wait.
    pub fn enqueue(&mut self, tenant: TenantId, priority: Priority, now: Instant) -> Ticket {
        let ticket = self.issue();
        self.tickets.insert(ticket, (tenant, priority));
        self.change(tenant, now, |account| account.enqueue(ticket, priority));
        ticket
    }

    /// Somebody no longer waits.
    pub fn leave(&mut self, ticket: Ticket, now: Instant) {
        if let Some((tenant, priority)) = self.tickets.remove(&ticket) {
            self.change(tenant, now, |account| account.leave(ticket, priority));
        }
    }

    /// Everyone whose turn has come, in order. Their requests count from now.
    pub fn grant(&mut self, now: Instant) -> Vec<Ticket> {
        let mut granted = Vec::new();
        if self.closed_until.is_some_and(|until| now < until) {
            return granted;
        }
        self.wake(now);
        while self.app.counted(now) < self.allowed.of(self.limits.per_app, now) {
            let Some((rank, tenant)) = self.ready.first().copied() else { break };
            let (ticket, served) = (rank.ticket(), self.issue());
            let Some((_, priority)) = self.tickets.remove(&ticket) else { break };
            self.app.running += 1;
            self.change(tenant, now, |account| account.grant(ticket, priority, served));
            granted.push(ticket);
        }
        granted
    }

    /// Makes tenants ready whose rest is over.
    fn wake(&mut self, now: Instant) {
        while let Some((at, tenant)) = self.resting.first().copied()
            && at <= now
        {
            self.change(tenant, now, |_| {});
        }
    }

    /// The answer to a granted request has begun, or it was given up.
    pub fn answered(&mut self, tenant: TenantId, now: Instant) {
        let free_at = now + self.limits.period;
        self.app.answered(free_at);
        self.change(tenant, now, |account| account.window.answered(free_at));
    }

    /// Microsoft says that too much was asked, and asks for patience with this tenant.
    pub fn throttled(&mut self, tenant: TenantId, until: Instant, now: Instant) {
        let per_tenant = self.limits.per_tenant;
        self.change(tenant, now, |account| account.throttled(per_tenant, until, now));
        let period = self.limits.period;
        self.throttled.retain(|_, at| now < *at + period);
        self.throttled.insert(tenant, now);
        if self.throttled.len() >= THROTTLED_TENANTS {
            self.throttled.clear();
            self.allowed.lower(self.limits.per_app, now);
        }
    }

    /// When [`Budget::grant`] should be asked again though nothing was answered in between. `None`: nobody waits, or
    /// only an answer can help.
    pub fn wake_at(&mut self, now: Instant) -> Option<Instant> {
        if self.tickets.is_empty() {
            return None;
        }
        if let Some(until) = self.closed_until.filter(|until| now < *until) {
            return Some(until);
        }
        if self.app.counted(now) >= self.allowed.of(self.limits.per_app, now) {
            let (free, raised) = (self.app.free_at.front(), self.allowed.raised_after(now));
            return free.copied().into_iter().chain(raised).min();
        }
        if self.ready.is_empty() { self.resting.first().map(|(at, _)| *at) } else { Some(now) }
    }

    /// Requests that count now, over all tenants.
    pub fn spent(&mut self, now: Instant) -> usize {
        self.app.counted(now)
    }

    fn issue(&mut self) -> Ticket {
        self.issued += 1;
        Ticket(self.issued)
    }

    /// Does something to an account, and gives it the place that follows.
    fn change(&mut self, tenant: TenantId, now: Instant, change: impl FnOnce(&mut Account)) {
        let account = self.accounts.entry(tenant).or_default();
        if let Some(rank) = account.ready.take() {
            self.ready.remove(&(rank, tenant));
        }
        if let Some(at) = account.resting.take() {
            self.resting.remove(&(at, tenant));
        }
        change(account);
        account.settle(self.limits.per_tenant, now);
        self.ready.extend(account.ready.map(|rank| (rank, tenant)));
        self.resting.extend(account.resting.map(|at| (at, tenant)));
    }
}
