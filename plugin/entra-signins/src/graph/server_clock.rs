//! What time it is at the server, from the `Date` of its answers.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// By how much an answer may seem older than the clock without contradicting it: `Date` is cut to whole seconds, and
/// an answer is under way for a while.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// A `Date` further than this from what is known of the time must be confirmed.
const LEAP: SignedDuration = SignedDuration::from_mins(5);

/// How much later than a `Date` in doubt the answer must come that confirms it.
const CONFIRMATION: SignedDuration = SignedDuration::from_mins(1);

/// A time that was seen, and when.
#[derive(Clone, Copy, Debug)]
struct Seen {
    date: Timestamp,
    at: Instant,
}

impl Seen {
    /// What the clock that was seen says at this instant.
    fn now(self, at: Instant) -> Option<Timestamp> {
        self.date.checked_add(elapsed(self.at, at)).ok()
    }
}

/// The server's clock: its last known time and how much has passed here since. It is behind the server's true time
/// by up to a second or two, never ahead of what was observed.
///
/// Proxies answer in the server's place, some with a clock of their own that is wrong. Windows end at the server's now, so a wrong
/// one would stop all reading. Hence a time far from both the known one and the machine's is in doubt until another
/// answer, a minute later and with none in between that says otherwise, agrees.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerClock {
    known: Option<Seen>,
    doubtful: Option<Seen>,
}

impl ServerClock {
    /// An answer with this `Date` began at this instant, when the machine's clock said `machine`.
    ///
    /// A later time is believed. An earlier one within the tolerance only shows how coarse `Date` is; beyond
    /// it, the server has set its clock back, or another server answers whose clock is behind: the earlier is safer.
    pub fn observe(&mut self, date: Timestamp, at: Instant, machine: Timestamp) {
        let known = self.now(at);
        let is_far = |other: Timestamp| date.duration_since(other).abs() > LEAP;
        let in_doubt = match known {
            Some(known) => is_far(known) && is_far(machine),
            // Of two clocks that nobody can judge, the earlier is safer.
            None => is_far(machine) && date > machine,
        };
        if in_doubt && !self.confirms(date, at) {
            return;
        }
        self.doubtful = None;
        let is_coarse = known.is_some_and(|known| {
            let behind = known.duration_since(date);
            behind >= SignedDuration::ZERO && behind <= TOLERANCE
        });
        if !is_coarse {
            self.known = Some(Seen { date, at });
        }
    }

    /// Whether a time that is in doubt was seen before, long enough ago. If none was, this one is remembered.
    fn confirms(&mut self, date: Timestamp, at: Instant) -> bool {
        let agrees = |seen: &Seen| seen.now(at).is_some_and(|now| date.duration_since(now).abs() <= LEAP);
        let first = *self.doubtful.filter(agrees).get_or_insert(Seen { date, at });
        self.doubtful = Some(first);
        elapsed(first.at, at) >= CONFIRMATION
    }

    /// The server's now; `None` before the first answer that is believed.
    pub fn now(&self, at: Instant) -> Option<Timestamp> {
        self.known?.now(at)
    }
}

fn elapsed(since: Instant, at: Instant) -> SignedDuration {
    SignedDuration::try_from(at.saturating_duration_since(since)).unwrap_or(SignedDuration::MAX)
}
