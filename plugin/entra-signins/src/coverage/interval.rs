//! Seconds, and intervals of them: the unit of everything that is read, remembered and shown.

/// Seconds of Unix time.
pub type Second = i64;

/// A half-open interval of seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interval {
    /// The first second.
    pub from: Second,
    /// The first second that is no longer part of it.
    pub to: Second,
}

impl Interval {
    /// The interval, unless it is empty.
    pub fn new(from: Second, to: Second) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// What both hold.
    pub fn meet(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }

    /// How many seconds it holds.
    pub fn secs(self) -> Second {
        self.to - self.from
    }
}
