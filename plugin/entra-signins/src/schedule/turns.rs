//! Waiting for one's turn to ask Graph.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::budget::{Budget, Limits, Priority, Ticket};
use crate::clock::Clock;
use crate::config::{ClientId, TenantId};

#[cfg(test)]
mod tests;

/// An app registration as Microsoft counts its requests.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AppKey {
    /// Graph's origin, such as `https://graph.microsoft.com`.
    pub graph_origin: String,
    /// The app registration.
    pub client_id: ClientId,
}

/// The budgets of this process, shared by all its sources: Microsoft counts per app, not per component.
static SCHEDULES: LazyLock<Mutex<HashMap<AppKey, Weak<Inner>>>> = LazyLock::new(Mutex::default);

/// The budget of one app registration; clones share it.
#[derive(Clone, Debug)]
pub struct Schedule(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    made: Instant,
    state: Mutex<State>,
    changed: Arc<Notify>,
    /// Ends with the last schedule.
    driver: Mutex<JoinSet<()>>,
}

#[derive(Debug)]
struct State {
    budget: Budget,
    waiting: HashMap<Ticket, oneshot::Sender<()>>,
}

impl Inner {
    /// Somebody begins to use it. What an earlier run has spent counts no longer than if it had been known at once.
    fn join(&self, limits: Limits, fresh: bool) {
        let budget = &mut lock(&self.state).budget;
        budget.tighten(limits, self.clock.monotonic());
        if !fresh {
            budget.assume_spent(self.made);
        }
    }
}

impl Schedule {
    /// The process's budget for this app. Of the limits of all who use it the strictest hold, until the last is gone.
    /// Unless all are `fresh`, an earlier run may have spent the last period's.
    pub fn for_app(key: AppKey, limits: Limits, fresh: bool, clock: &Clock) -> Self {
        let mut schedules = lock(&SCHEDULES);
        if let Some(inner) = schedules.get(&key).and_then(Weak::upgrade) {
            inner.join(limits, fresh);
            return Self(inner);
        }
        schedules.retain(|_, inner| inner.strong_count() > 0);
        let schedule = Self::new(limits, fresh, clock);
        schedules.insert(key, Arc::downgrade(&schedule.0));
        schedule
    }

    /// A budget of its own.
    pub fn new(limits: Limits, fresh: bool, clock: &Clock) -> Self {
        let inner = Arc::new(Inner {
            clock: clock.clone(),
            made: clock.monotonic(),
            state: Mutex::new(State { budget: Budget::new(limits), waiting: HashMap::new() }),
            changed: Arc::new(Notify::new()),
            driver: Mutex::default(),
        });
        inner.join(limits, fresh);
        lock(&inner.driver).spawn(drive(Arc::downgrade(&inner), Arc::clone(&inner.changed)));
        Self(inner)
    }

    /// Waits until a request to this tenant may be sent.
    pub async fn turn(&self, tenant: TenantId, priority: Priority) -> Turn {
        let (sender, receiver) = oneshot::channel();
        let ticket = {
            let mut state = lock(&self.0.state);
            let ticket = state.budget.enqueue(tenant, priority, self.0.clock.monotonic());
            state.waiting.insert(ticket, sender);
            ticket
        };
        self.0.changed.notify_one();
        let mut place = Place { inner: &self.0, ticket, tenant, taken: false };
        // The sender lives in the state until it grants, and the state outlives this wait.
        let _granted = receiver.await;
        place.taken = true;
        Turn { inner: Arc::clone(&self.0), tenant, counted: false }
    }

    /// Microsoft says that too much was asked, and asks for patience with this tenant.
    pub fn throttled(&self, tenant: TenantId, wait: Duration) {
        let now = self.0.clock.monotonic();
        lock(&self.0.state).budget.throttled(tenant, now + wait, now);
        self.0.changed.notify_one();
    }

    /// Requests of the app that count now.
    pub fn spent(&self) -> usize {
        lock(&self.0.state).budget.spent(self.0.clock.monotonic())
    }
}

/// A place in the queue, given up when it is dropped before its turn was taken.
struct Place<'a> {
    inner: &'a Inner,
    ticket: Ticket,
    tenant: TenantId,
    taken: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let now = self.inner.clock.monotonic();
        let mut state = lock(&self.inner.state);
        if state.waiting.remove(&self.ticket).is_some() {
            state.budget.leave(self.ticket, now);
        } else {
            // Granted, but nobody took it: it counts as a request that was given up.
            state.budget.answered(self.tenant, now);
        }
        drop(state);
        self.inner.changed.notify_one();
    }
}

/// The right to send one request. It counts until one period after [`Turn::answered`], or after it is dropped.
#[derive(Debug)]
pub struct Turn {
    inner: Arc<Inner>,
    tenant: TenantId,
    counted: bool,
}

impl Turn {
    /// The answer has begun.
    pub fn answered(mut self) {
        self.count();
    }

    fn count(&mut self) {
        if !std::mem::replace(&mut self.counted, true) {
            let now = self.inner.clock.monotonic();
            lock(&self.inner.state).budget.answered(self.tenant, now);
            self.inner.changed.notify_one();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.count();
    }
}

/// Grants turns as they become free.
async fn drive(inner: Weak<Inner>, changed: Arc<Notify>) {
    loop {
        let wake_at = {
            let Some(inner) = inner.upgrade() else { return };
            let now = inner.clock.monotonic();
            let mut state = lock(&inner.state);
            for ticket in state.budget.grant(now) {
                if let Some(waiting) = state.waiting.remove(&ticket) {
                    // A receiver that is gone has counted its turn in its place's drop.
                    let _gone = waiting.send(());
                }
            }
            state.budget.wake_at(now)
        };
        match wake_at {
            Some(at) => tokio::select! {
                () = sleep_until(at) => {}
                () = changed.notified() => {}
            },
            None => changed.notified().await,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
