//! The one place that asks what time it is.
//!
//! Wall time stands in events, in state and in queries to Graph; intervals and budgets run on monotonic time, so
//! that a jump of the wall clock can neither stop nor hurry them.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

/// A source of wall time; clones share it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place")]
        Self(Arc::new(Timestamp::now))
    }

    /// A clock that says what this function says, for tests.
    pub fn simulated(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Wall time.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }

    /// Monotonic time; it stands still in tests that pause tokio's clock.
    pub fn monotonic(&self) -> Instant {
        Instant::now()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
