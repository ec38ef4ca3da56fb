//! How many there were within the last hour.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counts come together for so long.
const SLOT: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Counts of the last hour, oldest first, each with when its slot began.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<(Instant, usize)>>);

impl Recent {
    /// So many more came.
    pub(crate) fn add(&self, more: usize, now: Instant) {
        if more == 0 {
            return;
        }
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut slots, now);
        match slots.back_mut() {
            Some((began, count)) if now - *began < SLOT => *count += more,
            Some(_) | None => slots.push_back((now, more)),
        }
    }

    /// How many came within the last hour.
    pub(crate) fn within_hour(&self, now: Instant) -> u64 {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut slots, now);
        slots.iter().map(|(_, count)| *count as u64).sum()
    }
}

fn forget(slots: &mut VecDeque<(Instant, usize)>, now: Instant) {
    while slots.front().is_some_and(|(began, _)| now - *began >= HOUR) {
        slots.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// Scenario: some come every few seconds for two hours, then none. Guarantee: those of about the last hour count, and what is kept does not
    /// grow with them.
    #[test]
    fn an_hour_counts() {
        let (recent, begin) = (Recent::default(), Clock::system().monotonic());
        for second in (0..7_200).step_by(5) {
            recent.add(2, begin + Duration::from_secs(second));
        }
        let end = begin + Duration::from_secs(7_195);
        assert!((1_400..=1_464).contains(&recent.within_hour(end)), "{}", recent.within_hour(end));
        assert!(recent.0.lock().unwrap().len() <= 61);
        assert_eq!(recent.within_hour(end + HOUR), 0);
    }
}
