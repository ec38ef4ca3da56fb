//! What Graph could not be brought to serve, and when it is tried again. Never recorded as read: it stays a gap.
//!
//! Kept in memory alone: after a restart everything is tried at once.

use std::borrow::Cow;

use crate::coverage::{Coverage, Interval, Second};

#[cfg(test)]
mod tests;

/// The wait before an interval is tried again the first time; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Second = 60;
const LONGEST_WAIT: Second = 3_600;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Entry {
    interval: Interval,
    /// How often it was given up.
    times: u32,
    retry_at: Second,
}

/// The stuck intervals of a stream, in order, without overlap.
#[derive(Clone, Debug, Default)]
pub struct Stuck(Vec<Entry>);

impl Stuck {
    /// This interval was given up at `now`.
    pub fn give_up(&mut self, interval: Interval, now: Second) {
        let before = self.0.iter().filter(|entry| entry.interval.meet(interval).is_some());
        let times = before.map(|entry| entry.times).max().unwrap_or(0) + 1;
        let wait = FIRST_WAIT.saturating_mul(1 << (times - 1).min(16)).min(LONGEST_WAIT);
        self.release(interval);
        self.0.push(Entry { interval, times, retry_at: now + wait });
        self.0.sort_unstable_by_key(|entry| entry.interval.from);
    }

    /// These seconds are stuck no longer: they were read, or are not wanted any more. Answers whether any were stuck.
    pub fn release(&mut self, interval: Interval) -> bool {
        if self.0.iter().all(|entry| entry.interval.meet(interval).is_none()) {
            return false;
        }
        let outside = |entry: &Entry| {
            let Interval { from, to } = entry.interval;
            let parts =
                [Interval::new(from, to.min(interval.from)), Interval::new(from.max(interval.to), to)];
            parts.map(|part| part.map(|interval| Entry { interval, ..*entry }))
        };
        self.0 = self.0.iter().flat_map(outside).flatten().collect();
        true
    }

    /// Everything that is stuck, neighbours as one.
    pub fn intervals(&self) -> Vec<Interval> {
        let mut joined: Vec<Interval> = Vec::new();
        for Entry { interval, .. } in &self.0 {
            match joined.last_mut() {
                Some(last) if last.to == interval.from => last.to = interval.to,
                Some(_) | None => joined.push(*interval),
            }
        }
        joined
    }

    /// The parts of an interval that are not stuck, oldest first.
    pub fn clear_of(&self, within: Interval) -> Vec<Interval> {
        without(within, self.0.iter().map(|entry| entry.interval))
    }

    /// The parts of an interval that may be read at `now`: those that are not stuck, and those to be tried again.
    pub fn open_at(&self, now: Second, within: Interval) -> Vec<Interval> {
        without(within, self.waiting(now))
    }

    /// What was read, but for what must wait at `now` before it is read again.
    pub fn rereadable<'a>(&self, coverage: &'a Coverage, now: Second) -> Cow<'a, Coverage> {
        let mut coverage = Cow::Borrowed(coverage);
        self.waiting(now).for_each(|interval| coverage.to_mut().forget(interval));
        coverage
    }

    fn waiting(&self, now: Second) -> impl Iterator<Item = Interval> {
        self.0.iter().filter(move |entry| entry.retry_at > now).map(|entry| entry.interval)
    }
}

/// `within` without these intervals, which come in order.
fn without(within: Interval, holes: impl Iterator<Item = Interval>) -> Vec<Interval> {
    let mut parts = Vec::new();
    let mut at = within.from;
    for hole in holes {
        parts.extend(Interval::new(at, hole.from.min(within.to)));
        at = at.max(hole.to);
    }
    parts.extend(Interval::new(at, within.to));
    parts
}
