//! One tenant's part of a budget: who waits for it, and when it may be asked.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::allowance::Allowance;
use super::{Priority, Ticket, Window};

/// After having been passed over so many times by more urgent requests of the same tenant, a class goes first once: an
/// interval too short for the budget must not keep history waiting for ever.
const PASSED_OVER: u32 = 4;

/// What is known of a tenant, and which place follows from it.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) window: Window,
    allowed: Allowance,
    /// Microsoft asked for patience until then.
    blocked_until: Option<Instant>,
    /// Grows with each grant; the smallest goes first.
    served: u64,
    /// How often each class has waited while a more urgent one was served.
    passed_over: [u32; Priority::ALL.len()],
    waiting: [BTreeSet<Ticket>; Priority::ALL.len()],
    /// It may be asked now, in this order among others.
    pub(super) ready: Option<Rank>,
    /// It may be asked then.
    pub(super) resting: Option<Instant>,
}

/// Whose turn comes first: the smallest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Rank {
    priority: Priority,
    served: u64,
    is_patient: bool,
    ticket: Ticket,
}

impl Rank {
    /// Who it is.
    pub(super) fn ticket(&self) -> Ticket {
        self.ticket
    }
}

impl Account {
    pub(super) fn enqueue(&mut self, ticket: Ticket, priority: Priority) {
        self.waiting[priority as usize].insert(ticket);
    }

    pub(super) fn leave(&mut self, ticket: Ticket, priority: Priority) {
        self.waiting[priority as usize].remove(&ticket);
    }

    /// A request is sent; the less urgent classes that wait have waited once more.
    pub(super) fn grant(&mut self, ticket: Ticket, priority: Priority, served: Ticket) {
        self.leave(ticket, priority);
        self.served = served.0;
        self.window.running += 1;
        self.passed_over[priority as usize] = 0;
        for class in Priority::ALL.into_iter().filter(|class| *class > priority) {
            self.passed_over[class as usize] += u32::from(!self.waiting[class as usize].is_empty());
        }
    }

    /// Too much was asked.
    pub(super) fn throttled(&mut self, limit: usize, until: Instant, now: Instant) {
        self.blocked_until = self.blocked_until.max(Some(until));
        self.allowed.lower(limit, now);
    }

    /// Where it belongs now, of so many requests that it may be asked.
    pub(super) fn settle(&mut self, limit: usize, now: Instant) {
        (self.ready, self.resting) = (None, None);
        let Some(rank) = self.rank() else { return };
        let is_full = self.window.counted(now) >= self.allowed.of(limit, now);
        let free = if is_full { self.free_at(now) } else { Some(now) };
        let blocked = self.blocked_until.filter(|until| now < *until);
        match free.map(|free| free.max(blocked.unwrap_or(free))) {
            Some(at) if at <= now => self.ready = Some(rank),
            at => self.resting = at,
        }
    }

    /// When a full account may be asked again, if nothing more is answered until then.
    fn free_at(&self, now: Instant) -> Option<Instant> {
        let free = self.window.free_at.front().copied();
        free.into_iter().chain(self.allowed.raised_after(now)).min()
    }

    /// The first of those who wait, by class, unless a class was passed over too often.
    fn rank(&self) -> Option<Rank> {
        let first = |class: Priority| {
            let ticket = *self.waiting[class as usize].first()?;
            let is_starving = self.passed_over[class as usize] >= PASSED_OVER;
            let priority = if is_starving { Priority::Live } else { class };
            Some(Rank { priority, served: self.served, is_patient: !is_starving, ticket })
        };
        Priority::ALL.into_iter().filter_map(first).min()
    }
}
