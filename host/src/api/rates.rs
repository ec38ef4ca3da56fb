//! How many events pass in a minute: counts compared with what they were when somebody looked before.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// How long a look is kept to compare with.
const KEPT: SignedDuration = SignedDuration::from_mins(1);
/// Looks closer together count as one.
const APART: SignedDuration = SignedDuration::from_secs(4);

/// Earlier looks at counts, by name.
#[derive(Debug, Default)]
pub(super) struct Rates(HashMap<String, VecDeque<(Timestamp, u64)>>);

impl Rates {
    /// By how much this count, as it is now, grows in a minute; `None` at the first look.
    pub(super) fn per_minute(&mut self, name: String, count: u64, now: Timestamp) -> Option<u64> {
        let looks = self.0.entry(name).or_default();
        // It began again, or the clock was set back: nothing compares with what was.
        looks.retain(|(at, before)| *at <= now && *before <= count);
        while looks.len() > 1 && looks.front().is_some_and(|(at, _)| now.duration_since(*at) > KEPT) {
            looks.pop_front();
        }
        let rate = looks.front().and_then(|(at, before)| {
            let millis =
                u64::try_from(now.duration_since(*at).as_millis()).ok().filter(|millis| *millis > 0)?;
            Some(((count - before) * 60_000).div_ceil(millis))
        });
        if looks.back().is_none_or(|(at, _)| now.duration_since(*at) >= APART) {
            looks.push_back((now, count));
        }
        rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: a count that grows by ten a second is looked at every five seconds, after a long pause, and after it began again.
    /// Guarantee: the rate is right from the second look on, and unknown where there is nothing to compare with.
    #[test]
    fn a_rate_is_what_grows_in_a_minute() {
        let mut rates = Rates::default();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut look = |second: i64, count: u64| rates.per_minute("sink".to_owned(), count, at(second));
        assert_eq!(look(0, 0), None);
        for second in (5_u32..=200).step_by(5) {
            assert_eq!(look(second.into(), u64::from(second) * 10), Some(600));
        }
        assert_eq!(look(10_000, 2_000), Some(0));
        assert_eq!(look(10_005, 3), None, "it began again");
    }
}
