//! Graph's request limits as exact sliding windows.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use axum::http::{StatusCode, header};
use uuid::Uuid;

use super::errors::GraphError;
use crate::clock::{Nanos, http_date, span};
use crate::config::{Limits, RetryAfter};
use crate::wire::{Incoming, Reply};

/// The requests of the last window, by application and tenant and by application.
#[derive(Default)]
pub(crate) struct Windows {
    per_app_and_tenant: HashMap<(String, Uuid), VecDeque<Duration>>,
    per_app: HashMap<String, VecDeque<Duration>>,
    violations: u64,
}

impl Windows {
    /// Counts a request that came at `at` (monotonic); if it is beyond a limit, how long until one is allowed again.
    ///
    /// A request counts for exactly `limits.window`, whether it was allowed or not.
    pub(crate) fn count(
        &mut self,
        limits: &Limits,
        app: &str,
        tenant: Uuid,
        at: Duration,
    ) -> Option<Duration> {
        let narrow = self.per_app_and_tenant.entry((app.to_owned(), tenant)).or_default();
        let wide = self.per_app.entry(app.to_owned()).or_default();
        let waits = [
            enter(narrow, limits.per_app_and_tenant, limits.window, at),
            enter(wide, limits.per_app, limits.window, at),
        ];
        let wait = waits.into_iter().flatten().max()?;
        self.violations += 1;
        Some(wait)
    }

    /// Requests beyond a limit since the start.
    pub(crate) fn violations(&self) -> u64 {
        self.violations
    }

    /// How many requests each application and tenant has in the window that ends at `at`.
    pub(crate) fn in_window(&self, window: Duration, at: Duration) -> HashMap<(String, Uuid), usize> {
        let recent = |times: &VecDeque<Duration>| times.iter().filter(|then| **then + window > at).count();
        self.per_app_and_tenant.iter().map(|(key, times)| (key.clone(), recent(times))).collect()
    }
}

fn enter(
    times: &mut VecDeque<Duration>,
    limit: Option<usize>,
    window: Duration,
    at: Duration,
) -> Option<Duration> {
    while times.front().is_some_and(|then| *then + window <= at) {
        times.pop_front();
    }
    times.push_back(at);
    let limit = limit?;
    let excess = times.len().checked_sub(limit.max(1)).filter(|excess| *excess > 0)?;
    // The next request is allowed when all but `limit - 1` of those in the window have left it.
    let last_to_leave = times.get(excess)?;
    Some((*last_to_leave + window).saturating_sub(at))
}

/// The value of `Retry-After` for a wait, by the server's clock `now`.
pub(crate) fn retry_after(form: RetryAfter, wait: Duration, now: Nanos) -> Option<String> {
    let whole_seconds = wait.as_nanos().div_ceil(1_000_000_000);
    match form {
        RetryAfter::Absent => None,
        RetryAfter::Seconds => Some(whole_seconds.to_string()),
        RetryAfter::Decimal => {
            let millis = wait.as_nanos().div_ceil(1_000_000);
            Some(format!("{}.{:03}", millis / 1000, millis % 1000))
        }
        RetryAfter::HttpDate => {
            // A date has no fraction: one more second keeps a client that obeys it from coming early.
            Some(http_date(now.saturating_add(span(wait)).saturating_add(999_999_999)))
        }
    }
}

/// The 429 answer.
pub(crate) fn throttled(request: &Incoming, form: RetryAfter, wait: Duration) -> Reply {
    let reply = GraphError::of_status(StatusCode::TOO_MANY_REQUESTS).reply(request);
    match retry_after(form, wait, request.now) {
        Some(value) => reply.with(header::RETRY_AFTER, &value),
        None => reply,
    }
}

#[cfg(test)]
mod tests;
