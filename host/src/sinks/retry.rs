//! How long to wait before the same thing is tried again: the retry part of the `request` table.

#[cfg(test)]
mod tests;

use std::time::Duration;

use collector::settings::{Key, Reader};
use rand::Rng as _;

/// Keys about retries in the `request` table.
pub const KEYS: [Key; 2] = [
    Key {
        name: "retry_initial_backoff_secs",
        doc: "Longest first wait before a retry, in seconds; doubles. Default: 1.",
    },
    Key { name: "retry_max_duration_secs", doc: "Longest wait between retries, in seconds. Default: 30." },
];

/// A longer wait that a receiver asks for is believed up to this.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// Exponential waits with full jitter, for ever: events are durable, so giving up would gain nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// The bound of the first wait.
    pub initial: Duration,
    /// The bound of every wait.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { initial: Duration::from_secs(1), cap: Duration::from_secs(30) }
    }
}

impl RetryPolicy {
    /// Reads the keys from the `request` table.
    pub fn read(request: &Reader<'_>) -> Self {
        let mut policy = Self::default();
        let seconds = |name| request.number(name, 0.001..=3600.0).map(Duration::from_secs_f64);
        if let Some(initial) = seconds("retry_initial_backoff_secs") {
            policy.initial = initial;
        }
        if let Some(cap) = seconds("retry_max_duration_secs") {
            policy.cap = cap;
        }
        policy
    }

    /// For what takes a person to mend: ten times the waits.
    fn patient(self) -> Self {
        Self { initial: self.initial * 10, cap: self.cap * 10 }
    }
}

/// The waits of one series of failures.
#[derive(Debug)]
pub(crate) struct Backoff {
    policy: RetryPolicy,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, failures: 0 }
    }

    /// The next wait, anywhere up to the bound, and at least as long as the receiver asked for.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let wait = self.jittered(self.policy);
        wait.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }

    /// The next wait for what takes a person to mend: at least half the longer bound.
    pub(crate) fn next_patient(&mut self) -> Duration {
        let bound = self.policy.patient();
        let half = RetryPolicy { initial: bound.initial / 2, cap: bound.cap / 2 };
        half.bound(self.failures) + self.jittered(half)
    }

    fn jittered(&mut self, policy: RetryPolicy) -> Duration {
        let bound = policy.bound(self.failures);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(rand::rng().random_range(0.0..=1.0))
    }
}

impl RetryPolicy {
    fn bound(self, failures: u32) -> Duration {
        self.initial.saturating_mul(2_u32.saturating_pow(failures)).min(self.cap)
    }
}
