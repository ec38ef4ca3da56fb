//! The server's clock: the only place of this crate that reads the machine's time.
//!
//! It starts at the machine's time (or a given one) and then follows tokio's clock, so that it stands still
//! in tests that pause time. It can be offset and made to jump while the simulator runs. Limits and skiptoken
//! lives are measured on [`Clock::elapsed`], which never jumps.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Nanoseconds since the Unix epoch: how this crate keeps instants in its tables.
pub(crate) type Nanos = i64;

/// Nanoseconds in a second.
pub(crate) const SECOND: Nanos = 1_000_000_000;

/// See the module.
pub(crate) struct Clock {
    base: Nanos,
    started: Instant,
    offset: AtomicI64,
}

impl Clock {
    /// A clock that shows `at` (default: the machine's time) plus `offset` now.
    #[expect(clippy::disallowed_methods, reason = "the one place where wall time enters the simulator")]
    pub(crate) fn start(at: Option<Timestamp>, offset: SignedDuration) -> Self {
        Self {
            base: nanos(at.unwrap_or_else(Timestamp::now)),
            started: Instant::now(),
            offset: AtomicI64::new(saturating_nanos(offset)),
        }
    }

    /// The server's now.
    pub(crate) fn now(&self) -> Nanos {
        let elapsed = Nanos::try_from(self.elapsed().as_nanos()).unwrap_or(Nanos::MAX);
        self.base.saturating_add(elapsed).saturating_add(self.offset.load(Ordering::Relaxed))
    }

    /// Monotonic time since the start; jumps and offsets do not show in it.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Moves the server's now by `by`, forwards or backwards.
    pub(crate) fn jump(&self, by: SignedDuration) {
        self.offset.fetch_add(saturating_nanos(by), Ordering::Relaxed);
    }
}

fn saturating_nanos(duration: SignedDuration) -> Nanos {
    let limit = if duration.is_negative() { Nanos::MIN } else { Nanos::MAX };
    Nanos::try_from(duration.as_nanos()).unwrap_or(limit)
}

/// A duration in the unit of the tables.
pub(crate) fn span(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

/// A timestamp in the unit of the tables; years beyond 2262 saturate.
pub(crate) fn nanos(timestamp: Timestamp) -> Nanos {
    let limit = if timestamp < Timestamp::UNIX_EPOCH { Nanos::MIN } else { Nanos::MAX };
    Nanos::try_from(timestamp.as_nanosecond()).unwrap_or(limit)
}

/// The timestamp of an instant of the tables.
pub(crate) fn timestamp(nanos: Nanos) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// RFC 9110 form (`Sun, 06 Nov 1994 08:49:37 GMT`), as the `Date` and `Retry-After` headers have it.
pub(crate) fn http_date(nanos: Nanos) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&timestamp(nanos))
        .unwrap_or_else(|_| "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())
}
