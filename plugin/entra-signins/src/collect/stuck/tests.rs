//! Tests of what is stuck.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::coverage::Read;

const fn seconds(from: Second, to: Second) -> Interval {
    Interval { from, to }
}

/// Scenario: a second is given up again and again. Guarantee: the waits double from a minute up to an hour.
#[test]
fn waits_double_up_to_an_hour() {
    let mut stuck = Stuck::default();
    let mut waits = Vec::new();
    for _ in 0..8 {
        stuck.give_up(seconds(10, 11), 1_000);
        let open = (0..4_000).find(|wait| !stuck.open_at(1_000 + wait, seconds(10, 11)).is_empty());
        waits.extend(open);
    }
    assert_eq!(waits, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
}

/// Scenario: neighbours are given up one by one, and one of them is read. Guarantee: they show as one, without what was read.
#[test]
fn neighbours_show_as_one() {
    let mut stuck = Stuck::default();
    for second in [12, 10, 11, 20] {
        stuck.give_up(seconds(second, second + 1), 1_000);
    }
    assert_eq!(stuck.intervals(), [seconds(10, 13), seconds(20, 21)]);
    assert!(stuck.release(seconds(11, 12)));
    assert!(!stuck.release(seconds(11, 12)));
    assert_eq!(stuck.intervals(), [seconds(10, 11), seconds(12, 13), seconds(20, 21)]);
}

/// Scenario: seconds that were read are stuck when they are read again. Guarantee: they are left out while they wait, and nothing
/// is copied when none wait.
#[test]
fn what_waits_is_left_out_of_what_was_read() {
    let (mut coverage, mut stuck) = (Coverage::default(), Stuck::default());
    coverage.record(Read { interval: seconds(0, 100), at: 100, new_ids: 0 });
    stuck.give_up(seconds(50, 51), 1_000);
    let spans =
        stuck.rereadable(&coverage, 1_000).spans().iter().map(|span| span.interval).collect::<Vec<_>>();
    assert_eq!(spans, [seconds(0, 50), seconds(51, 100)]);
    assert!(matches!(stuck.rereadable(&coverage, 1_060), Cow::Borrowed(_)));
}

proptest! {
    /// Scenario: intervals are given up and released in any order. Guarantee: it agrees with a map of single seconds.
    #[test]
    fn stuck_agrees_with_single_seconds(
        steps in prop::collection::vec((0i64..60, 1i64..6, any::<bool>(), 0i64..200), 1..40),
    ) {
        let (mut stuck, mut model) = (Stuck::default(), BTreeMap::new());
        let mut now = 0;
        for (from, length, give_up, later) in steps {
            now += later;
            let interval = seconds(from, from + length);
            if give_up {
                let times = (from..interval.to).filter_map(|second| model.get(&second)).map(|(times, _)| *times).max();
                let times = times.unwrap_or(0) + 1;
                stuck.give_up(interval, now);
                let wait: Second = [60, 120, 240, 480, 960, 1_920].get(times - 1).copied().unwrap_or(3_600);
                model.extend((from..interval.to).map(|second| (second, (times, now + wait))));
            } else {
                let held = (from..interval.to).any(|second| model.contains_key(&second));
                prop_assert_eq!(stuck.release(interval), held);
                model.retain(|second, _| !(from..interval.to).contains(second));
            }
            let all = |parts: Vec<Interval>| parts.into_iter().flat_map(|part| part.from..part.to).collect::<Vec<_>>();
            prop_assert_eq!(all(stuck.intervals()), model.keys().copied().collect::<Vec<_>>());
            let clear: Vec<_> = (0..70).filter(|second| !model.contains_key(second)).collect();
            prop_assert_eq!(all(stuck.clear_of(seconds(0, 70))), clear);
            let open: Vec<_> = (0..70).filter(|second| model.get(second).is_none_or(|(_, at)| *at <= now)).collect();
            prop_assert_eq!(all(stuck.open_at(now, seconds(0, 70))), open);
        }
    }
}
