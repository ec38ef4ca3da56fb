//! Which seconds new sign-ins were found of, until those seconds count as read.
//!
//! A second can be spread over pages, over the queries before and after a dead paging token, and over two windows: it is
//! read without news only if none of them brought any.

use std::collections::BTreeSet;

use crate::coverage::{Interval, Second};

/// Seconds with news that do not count as read yet.
#[derive(Clone, Debug, Default)]
pub struct Found(BTreeSet<Second>);

impl Found {
    /// A window begins: only what was found of its seconds matters.
    pub fn begin(&mut self, window: Interval) {
        self.0.retain(|second| (window.from..window.to).contains(second));
    }

    /// New sign-ins happened at these seconds.
    pub fn add(&mut self, seconds: impl Iterator<Item = Second>) {
        self.0.extend(seconds);
    }

    /// These seconds count as read now. Answers how many of them have brought news.
    pub fn read(&mut self, interval: Interval) -> u64 {
        let before = self.0.len();
        self.0.retain(|second| !(interval.from..interval.to).contains(second));
        (before - self.0.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(from: Second, to: Second) -> Interval {
        Interval { from, to }
    }

    /// Scenario: a second goes on on the next page, or after a dead link, where nothing of it is new any more. Guarantee: it still
    /// counts as one that brought news, and those before and after it do not.
    #[test]
    fn a_second_spread_over_pages_keeps_its_news() {
        let mut found = Found::default();
        found.begin(seconds(100, 200));
        found.add([120, 150, 150].into_iter());
        assert_eq!(found.read(seconds(100, 150)), 1);
        assert_eq!(found.read(seconds(150, 160)), 1);
        assert_eq!(found.read(seconds(150, 200)), 0);
    }

    /// Scenario: the last page of a window holds the first second of the next window, as inclusive bounds have it. Guarantee: the
    /// next window knows of it; one that lies elsewhere does not.
    #[test]
    fn the_next_window_knows_what_was_found_of_its_first_second() {
        for (next, news) in [(seconds(200, 300), 1), (seconds(300, 400), 0)] {
            let mut found = Found::default();
            found.begin(seconds(100, 200));
            found.add([200].into_iter());
            assert_eq!(found.read(seconds(100, 200)), 0);
            found.begin(next);
            assert_eq!(found.read(next), news);
        }
    }
}
