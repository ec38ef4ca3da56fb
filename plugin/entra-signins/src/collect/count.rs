//! Whether Graph counts well enough to count hours instead of reading them again. Pure: it says what to count, and is told what came.
//!
//! Nobody documents that `$count` is exact. So its counts are first held against hours that were just read whole: when so many in a
//! row were what had been delivered, due hours are counted, and only those are read whose count is another than what was
//! delivered of them. It goes on being held against what is read, and is not relied on any more after the first time that it differs.

use std::collections::BTreeSet;

use crate::coverage::{Coverage, Interval, Second};
use crate::state::HOUR;

#[cfg(test)]
mod tests;

/// Counts in a row that must be right before they are relied on.
const ENOUGH: u32 = 5;
/// So long nobody asks again after a count that was wrong or refused.
const DISTRUST: Second = 86_400;
/// Counts that are relied on are looked at so often.
const LOOK_AGAIN: Second = HOUR;
/// After a request that failed.
const FAILED_WAIT: Second = 900;
/// An hour whose seconds were all read within this time can tell whether a count of it is right.
const JUST_READ: Second = HOUR / 2;
/// Hours counted at once, at most.
const MOST_HOURS: Second = 24;

/// What is known of Graph's counts of one stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counting {
    /// Counts in a row that were right.
    right: u32,
    /// No count is looked at before.
    look_at: Second,
    /// No hours are counted before.
    count_at: Second,
    /// How many hours are counted at once.
    hours: Second,
    /// Beginnings of hours that have to be read.
    to_read: BTreeSet<Second>,
    /// What was read lately, in order of time, and when.
    just_read: Vec<(Interval, Second)>,
}

impl Default for Counting {
    fn default() -> Self {
        let (look_at, count_at) = (Second::MIN, Second::MIN);
        Self {
            right: 0,
            look_at,
            count_at,
            hours: MOST_HOURS,
            to_read: BTreeSet::new(),
            just_read: Vec::new(),
        }
    }
}

/// What a look at a count has changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trust {
    /// Counts are relied on from now on.
    Gained,
    /// Counts are not relied on any more.
    Lost,
    /// Nothing.
    AsBefore,
}

/// What follows from a count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Graph shows as many as were delivered.
    Unchanged,
    /// Count fewer hours at a time.
    Fewer,
    /// Read this hour.
    Read(Interval),
}

impl Counting {
    /// These seconds were read again. Answers the last whole hour that has thereby been read, if it is time to hold a count against it.
    pub fn read(&mut self, interval: Interval, now: Second) -> Option<Interval> {
        self.just_read.retain(|(_, at)| (now - JUST_READ..=now).contains(at));
        self.just_read.push((interval, now));
        let to = interval.to.div_euclid(HOUR) * HOUR;
        let hour = Interval { from: to - HOUR, to };
        // From its end backwards; windows follow each other.
        let reaches = |to: Second, (read, _): &(Interval, Second)| {
            if (read.from..=read.to).contains(&to) { read.from } else { to }
        };
        let read_from = self.just_read.iter().rev().fold(hour.to, reaches);
        (now >= self.look_at && hour.to > interval.from && read_from <= hour.from).then_some(hour)
    }

    /// The count of an hour that was just read whole was right or not.
    pub fn looked(&mut self, is_right: bool, now: Second) -> Trust {
        let trusted = self.is_trusted();
        self.right = if is_right { self.right.saturating_add(1) } else { 0 };
        self.look_at = match (is_right, self.is_trusted()) {
            (true, false) => now,
            (true, true) => now + LOOK_AGAIN,
            (false, _) => now + DISTRUST,
        };
        match (trusted, self.is_trusted()) {
            (false, true) => Trust::Gained,
            (true, false) => Trust::Lost,
            _ => Trust::AsBefore,
        }
    }

    /// Graph does not count at all.
    pub fn refused(&mut self, now: Second) -> Trust {
        self.looked(false, now)
    }

    /// A count did not come.
    pub fn failed(&mut self, now: Second) {
        self.look_at = self.look_at.max(now + FAILED_WAIT);
        self.count_at = now + FAILED_WAIT;
    }

    fn is_trusted(&self) -> bool {
        self.right >= ENOUGH
    }

    /// The hours to count now, if counts are relied on and any are due.
    pub fn due(&mut self, coverage: &Coverage, now: Second, oldest: Second) -> Option<Interval> {
        if !self.is_trusted() || now < self.count_at {
            return None;
        }
        self.to_read.retain(|hour| *hour + HOUR > oldest);
        let mut from = oldest;
        loop {
            let due = coverage.countable(now, from, self.hours)?;
            let mut hours = (due.from..due.to).step_by(3_600);
            match hours.find(|hour| self.to_read.contains(hour)) {
                Some(first) if first == due.from => from = due.from + HOUR,
                first => return Some(Interval { to: first.unwrap_or(due.to), ..due }),
            }
        }
    }

    /// Reading these hours costs no more than counting them.
    pub fn not_worth(&mut self, hours: Interval) {
        self.to_read.extend((hours.from..hours.to).step_by(3_600));
    }

    /// The count of these hours is what was delivered of them or not.
    pub fn counted(&mut self, hours: Interval, is_same: bool) -> Outcome {
        if is_same {
            self.hours = (self.hours * 2).min(MOST_HOURS);
            return Outcome::Unchanged;
        }
        self.hours = (hours.secs() / HOUR / 2).max(1);
        if hours.secs() > HOUR {
            return Outcome::Fewer;
        }
        self.to_read.insert(hours.from);
        Outcome::Read(hours)
    }
}
