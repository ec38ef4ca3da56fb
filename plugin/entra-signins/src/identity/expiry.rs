//! When to warn of a credential that expires.

use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
mod tests;

/// With so many days left it is warned of; the last one is when it has expired.
const THRESHOLDS: [i64; 5] = [30, 14, 7, 1, 0];

/// What is left of a credential's life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Expiring {
    /// When it expires, or has.
    pub at: Timestamp,
    /// Whole days left; 0 on its last day and after it.
    pub days: i64,
    /// Whether it is over.
    pub expired: bool,
}

impl Expiring {
    /// A credential that expires then, if that is soon enough to be said.
    pub fn soon(at: Timestamp, now: Timestamp) -> Option<Self> {
        threshold(at, now).map(|_| {
            let left = at.duration_since(now);
            Self { at, days: (left.as_hours() / 24).max(0), expired: left <= SignedDuration::ZERO }
        })
    }
}

/// Remembers what was warned of.
#[derive(Debug, Default)]
pub struct ExpiryWatch {
    warned: Option<(Timestamp, i64)>,
}

impl ExpiryWatch {
    /// Whether it is the time to warn of this expiry: once at each threshold, the nearest alone if several have passed.
    pub fn is_due(&mut self, at: Timestamp, now: Timestamp) -> bool {
        let Some(threshold) = threshold(at, now) else { return false };
        let due = self.warned.is_none_or(|(of, last)| of != at || threshold < last);
        if due {
            self.warned = Some((at, threshold));
        }
        due
    }
}

/// The last threshold that has passed.
fn threshold(at: Timestamp, now: Timestamp) -> Option<i64> {
    let left = at.duration_since(now);
    THRESHOLDS.into_iter().rev().find(|days| left <= SignedDuration::from_hours(days * 24))
}
