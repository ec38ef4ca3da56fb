//! What time it is at the server, from the `Date` of its answers.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// By how much an answer may seem older than the clock without contradicting it: `Date` is cut to whole seconds, and
/// an answer is under way for a while.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// The server's clock: its last known time and how much has passed here since. It is behind the server's true time
/// by up to a second or two, never ahead of what was observed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerClock(Option<(Timestamp, Instant)>);

impl ServerClock {
    /// An answer with this `Date` began at this instant.
    ///
    /// A later time is believed at once. An earlier one within the tolerance only shows how coarse `Date` is; beyond
    /// it, the server has set its clock back, or another server answers whose clock is behind: the earlier is safer.
    pub fn observe(&mut self, date: Timestamp, at: Instant) {
        let believed = self.now(at).is_some_and(|now| {
            let behind = now.duration_since(date);
            behind >= SignedDuration::ZERO && behind <= TOLERANCE
        });
        if !believed {
            self.0 = Some((date, at));
        }
    }

    /// The server's now; `None` before the first answer.
    pub fn now(&self, at: Instant) -> Option<Timestamp> {
        let (date, seen) = self.0?;
        let elapsed = SignedDuration::try_from(at.saturating_duration_since(seen)).ok()?;
        date.checked_add(elapsed).ok()
    }
}
