//! Whole hours that are due to be read again: what was delivered of an hour is kept account of, so it can be counted instead.

use super::{Coverage, Interval, REREADS, Second, Span};

/// Seconds in an hour.
const HOUR: Second = 3_600;

impl Coverage {
    /// The first whole hours, at most so many, that should be read again at `now` and may be counted instead. Their last age is
    /// none of that: at that age every second is read, so that nothing hides behind a count that happens to fit.
    pub fn countable(&self, now: Second, oldest: Second, most: Second) -> Option<Interval> {
        let mut run: Option<Interval> = None;
        for piece in self.since(oldest).filter_map(|span| span.countable(self.ages, now)) {
            run = match run {
                Some(run) if run.to == piece.from => Some(Interval { to: piece.to, ..run }),
                Some(run) if whole_hours(run).is_some() => break,
                Some(_) | None => Some(piece),
            };
        }
        let hours = whole_hours(run?)?;
        Interval::new(hours.from, hours.to.min(hours.from + most.max(1) * HOUR))
    }
}

impl Span {
    /// Those of its seconds that are due and need not be read.
    fn countable(self, ages: super::Ages, now: Second) -> Option<Interval> {
        if self.due_at(ages)? > now {
            return None;
        }
        let all_passed = usize::from(self.ages) == REREADS;
        // Older ones are due at their last age as well, however late that is.
        let from = if all_passed { Second::MIN } else { now - ages.last() + 1 };
        Interval::new(self.interval.from.max(from), self.due_to(ages, now))
    }
}

fn whole_hours(interval: Interval) -> Option<Interval> {
    let from = (interval.from + HOUR - 1).div_euclid(HOUR) * HOUR;
    Interval::new(from, interval.to.div_euclid(HOUR) * HOUR)
}
