//! Whether Graph lists both kinds of user sign-in in one request as well as in two. Pure: it says what to compare, and is told what came.
//!
//! Several kinds may be joined by `or` in one filter, which spares a request at each poll. Nobody documents that such a list is as
//! complete as a list of each. So the ids of some settled seconds are listed both ways: after so many comparisons in a row that came out
//! equal, the newest sign-ins of both are read in one request, until the first list that lacks one. Re-reads stay separate, so that a
//! list which falls short between two comparisons hides nothing for long.

use std::collections::BTreeSet;

use super::count::Trust;
use crate::config::{EventId, SignInEventType};
use crate::coverage::{Interval, Second};

#[cfg(test)]
mod tests;

/// The kinds that may be read in one request.
pub const USER_KINDS: [SignInEventType; 2] =
    [SignInEventType::InteractiveUser, SignInEventType::NonInteractiveUser];

/// Comparisons in a row that must come out equal before they are relied on.
const ENOUGH: u32 = 3;
/// Comparisons that are relied on are made again so often, and so are those that nothing can be told of.
const COMPARE_AGAIN: Second = 6 * 3_600;
/// So long nobody compares again after a list that lacked something.
const DISTRUST: Second = 86_400;
/// After a request that failed.
const FAILED_WAIT: Second = 900;
/// Reads of both in a row that may fail before they are taken for refused.
const MOST_FAILURES: u32 = 3;
/// Seconds are settled this long after they were the newest: little appears between two lists of them.
const SETTLED: Second = 3_600;
const LONGEST: Second = 12 * 3_600;
/// By how much the seconds compared become fewer or more.
const FACTOR: Second = 4;

/// What is known of one request for both kinds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Together {
    /// Comparisons in a row that came out equal.
    equal: u32,
    /// Nothing is compared before.
    compare_at: Second,
    /// Separate requests alone before.
    usable_at: Second,
    /// Reads of both in a row that failed.
    failures: u32,
    /// How many seconds are compared.
    length: Second,
    /// How the search for seconds that can tell something went on last.
    step: Option<Step>,
}

/// A step of that search.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Fewer,
    More,
}

impl Default for Together {
    fn default() -> Self {
        let (compare_at, usable_at) = (Second::MIN, Second::MIN);
        Self { equal: 0, compare_at, usable_at, failures: 0, length: SETTLED, step: None }
    }
}

/// The ids on the only page of a list; `None`: there is another page.
pub type Listed = Option<BTreeSet<EventId>>;

impl Together {
    /// The seconds to compare now.
    pub fn due(&self, now: Second) -> Option<Interval> {
        if now < self.compare_at {
            return None;
        }
        // Other ones each time.
        let to = now - SETTLED - Second::from(self.equal.min(ENOUGH)) * self.length;
        Interval::new(to - self.length, to)
    }

    /// Whether both kinds may be read in one request now.
    pub fn is_trusted(&self, now: Second) -> bool {
        self.equal >= ENOUGH && now >= self.usable_at
    }

    /// One kind alone was listed. Whether it is worth listing the others.
    pub fn is_enough(&mut self, alone: &Listed, now: Second) -> bool {
        match alone {
            None => self.search(Step::Fewer, now),
            Some(ids) if ids.is_empty() => self.search(Step::More, now),
            Some(_) => return true,
        }
        false
    }

    /// Goes on to fewer or more seconds. Where it would turn round, or get no further, these hours can tell nothing.
    fn search(&mut self, step: Step, now: Second) {
        let length = match step {
            Step::Fewer => (self.length / FACTOR).max(1),
            Step::More => (self.length * FACTOR).min(LONGEST),
        };
        let ends = length == self.length || self.step.is_some_and(|last| last != step);
        if ends {
            self.compare_at = now + COMPARE_AGAIN;
        }
        self.length = length;
        self.step = (!ends).then_some(step);
    }

    /// Each kind was listed alone, and then both together.
    pub fn compared(&mut self, alone: [&BTreeSet<EventId>; 2], together: &Listed, now: Second) -> Trust {
        let Some(together) = together else {
            self.search(Step::Fewer, now);
            return Trust::AsBefore;
        };
        self.step = None;
        let separate: BTreeSet<_> = alone.into_iter().flatten().collect();
        if separate.iter().any(|id| !together.contains(*id)) {
            return self.refused(now);
        }
        if separate.len() < together.len() {
            // Something may have appeared in the meantime.
            self.compare_at = now + FAILED_WAIT;
            return Trust::AsBefore;
        }
        self.equal = self.equal.saturating_add(1);
        self.compare_at = if self.equal >= ENOUGH { now + COMPARE_AGAIN } else { now };
        if self.equal == ENOUGH { Trust::Gained } else { Trust::AsBefore }
    }

    /// A request for a comparison did not come. Less may have been too much, too.
    pub fn not_compared(&mut self, now: Second) {
        self.compare_at = now + FAILED_WAIT;
        self.length = (self.length / FACTOR).max(1);
    }

    /// A read of both kinds failed: each is read alone, where whatever is wrong is dealt with. One that fails time and again is not
    /// tried for long, and has to come out equal anew.
    pub fn failed(&mut self, now: Second) -> Trust {
        self.failures += 1;
        if self.failures < MOST_FAILURES {
            self.usable_at = now + FAILED_WAIT;
            return Trust::AsBefore;
        }
        self.refused(now)
    }

    /// Graph refuses such requests, or what they bring cannot be taken in.
    pub fn refused(&mut self, now: Second) -> Trust {
        let trusted = self.equal >= ENOUGH;
        (self.equal, self.failures, self.compare_at) = (0, 0, now + DISTRUST);
        if trusted { Trust::Lost } else { Trust::AsBefore }
    }

    /// Both kinds were read in one request.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }
}
