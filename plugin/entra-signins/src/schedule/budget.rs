//! Counting requests in exact sliding windows, and choosing who goes next.
//!
//! A request counts from its sending until one period after its answer began, so that Microsoft, who counts at a
//! moment in between that we cannot know, never sees more than the limit in any period. There is no burst to
//! save up. Among those who wait, live reads go before catch-up, re-reads and back-fill, but never without end; within
//! a class the tenant that was served longest ago goes first.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::TenantId;

#[cfg(test)]
mod tests;

/// After having been passed over so many times by more urgent requests of the same tenant, a class goes first once: an
/// interval too short for the budget must not keep history waiting for ever.
const PASSED_OVER: u32 = 4;

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
    const CLASSES: usize = 4;
}

/// Somebody who waits for a turn.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket(u64);

/// The state of one app registration's budget.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    app: Window,
    tenants: HashMap<TenantId, Account>,
    waiting: Vec<Waiter>,
    issued: u64,
    /// Before this, requests of an earlier run may still count.
    closed_until: Option<Instant>,
}

#[derive(Debug, Default)]
struct Account {
    window: Window,
    /// Microsoft asked for patience until then.
    blocked_until: Option<Instant>,
    /// Grows with each grant; the smallest goes first.
    served: u64,
    /// How often each class has waited while a more urgent one was served.
    passed_over: [u32; Priority::CLASSES],
}

#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    tenant: TenantId,
    priority: Priority,
}

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
            tenants: HashMap::new(),
            waiting: Vec::new(),
            issued: 0,
            closed_until: None,
        }
    }

    /// Counts everything as spent for one period from then on: an earlier run may have used it to the last request.
    pub fn assume_spent(&mut self, from: Instant) {
        self.closed_until = self.closed_until.max(Some(from + self.limits.period));
    }

    /// Keeps to these limits too: of each the stricter one holds.
    pub fn tighten(&mut self, limits: Limits) {
        self.limits = Limits {
            per_tenant: self.limits.per_tenant.min(limits.per_tenant),
            per_app: self.limits.per_app.min(limits.per_app),
            period: self.limits.period.max(limits.period),
        };
    }

    /// Somebody begins to wait.
    pub fn enqueue(&mut self, tenant: TenantId, priority: Priority) -> Ticket {
        self.issued += 1;
        let ticket = Ticket(self.issued);
        self.waiting.push(Waiter { ticket, tenant, priority });
        ticket
    }

    /// Somebody no longer waits.
    pub fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiter| waiter.ticket != ticket);
    }

    /// Everyone whose turn has come, in order. Their requests count from now.
    pub fn grant(&mut self, now: Instant) -> Vec<Ticket> {
        let mut granted = Vec::new();
        if self.closed_until.is_some_and(|until| now < until) {
            return granted;
        }
        while self.app.counted(now) < self.limits.per_app {
            let Some(index) = self.choose(now) else { break };
            let waiter = self.waiting.swap_remove(index);
            self.issued += 1;
            let account = self.tenants.entry(waiter.tenant).or_default();
            account.served = self.issued;
            account.passed_over[waiter.priority as usize] = 0;
            account.window.running += 1;
            self.app.running += 1;
            granted.push(waiter.ticket);
            self.pass_over(waiter.tenant, waiter.priority);
        }
        granted
    }

    /// Remembers that this tenant's less urgent classes have waited once more.
    fn pass_over(&mut self, tenant: TenantId, served: Priority) {
        let mut waits = [false; Priority::CLASSES];
        for waiter in self.waiting.iter().filter(|waiter| waiter.tenant == tenant && waiter.priority > served)
        {
            waits[waiter.priority as usize] = true;
        }
        let passed_over = &mut self.tenants.entry(tenant).or_default().passed_over;
        for (count, waits) in passed_over.iter_mut().zip(waits) {
            *count += u32::from(waits);
        }
    }

    fn choose(&mut self, now: Instant) -> Option<usize> {
        let limit = self.limits.per_tenant;
        let mut best = None;
        for (index, waiter) in self.waiting.iter().enumerate() {
            let account = self.tenants.entry(waiter.tenant).or_default();
            let starving = account.passed_over[waiter.priority as usize] >= PASSED_OVER;
            let priority = if starving { Priority::Live } else { waiter.priority };
            let rank = (priority, account.served, !starving, waiter.ticket.0, index);
            if best.is_some_and(|best| best <= rank) {
                continue;
            }
            let blocked = account.blocked_until.is_some_and(|until| now < until);
            if !blocked && account.window.counted(now) < limit {
                best = Some(rank);
            }
        }
        best.map(|(_, _, _, _, index)| index)
    }

    /// The answer to a granted request has begun, or it was given up.
    pub fn answered(&mut self, tenant: TenantId, now: Instant) {
        let free_at = now + self.limits.period;
        self.app.answered(free_at);
        self.tenants.entry(tenant).or_default().window.answered(free_at);
    }

    /// Microsoft asks for patience with this tenant.
    pub fn block(&mut self, tenant: TenantId, until: Instant) {
        let account = self.tenants.entry(tenant).or_default();
        account.blocked_until = account.blocked_until.max(Some(until));
    }

    /// When [`Budget::grant`] should be asked again though nothing was answered in between. `None`: nobody waits, or
    /// only an answer can help.
    pub fn wake_at(&mut self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() {
            return None;
        }
        if let Some(until) = self.closed_until.filter(|until| now < *until) {
            return Some(until);
        }
        if self.app.counted(now) >= self.limits.per_app {
            return self.app.free_at.front().copied();
        }
        let limit = self.limits.per_tenant;
        let mut earliest: Option<Instant> = None;
        for waiter in &self.waiting {
            let account = self.tenants.entry(waiter.tenant).or_default();
            let full = account.window.counted(now) >= limit;
            let free = if full { account.window.free_at.front().copied() } else { Some(now) };
            let ready = free.map(|free| free.max(account.blocked_until.unwrap_or(free)));
            earliest = match (earliest, ready) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (known, None) => known,
                (None, ready) => ready,
            };
        }
        earliest
    }

    /// Requests that count now, over all tenants.
    pub fn spent(&mut self, now: Instant) -> usize {
        self.app.counted(now)
    }
}
