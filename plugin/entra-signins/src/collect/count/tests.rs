//! Tests of what counts are good for.

use super::*;
use crate::coverage::Read;

const DAY: Second = 24 * HOUR;
/// The beginning of an hour.
const NOW: Second = 500_000 * HOUR;

fn trusted() -> Counting {
    let mut counting = Counting::default();
    (1..ENOUGH).for_each(|_| assert_eq!(counting.looked(true, NOW), Trust::AsBefore));
    assert_eq!(counting.looked(true, NOW), Trust::Gained);
    counting
}

/// Ten hours of history, read two hours ago for the first time.
fn history() -> Coverage {
    let mut coverage = Coverage::default();
    let interval = Interval { from: NOW - 3 * DAY - 600, to: NOW - 3 * DAY + 10 * HOUR + 600 };
    coverage.record(Read { interval, at: NOW - 2 * HOUR, new_ids: 100 });
    coverage
}

fn hours(from: Second, to: Second) -> Interval {
    Interval { from: NOW - 3 * DAY + from * HOUR, to: NOW - 3 * DAY + to * HOUR }
}

/// Whether a count would be held against what is read then.
fn looks_at(now: Second, counting: &Counting) -> bool {
    counting.clone().read(hours(0, 1), now).is_some()
}

/// Scenario: an hour is read in three windows, the first of them long ago; then that one again. Guarantee: a count is held against
/// it only when all of it was just read, once.
#[test]
fn an_hour_is_just_read_when_all_of_it_was() {
    let mut counting = Counting::default();
    let part = |from, to| Interval { from: NOW + from, to: NOW + to };
    assert_eq!(counting.read(part(-100, 900), NOW + 10_000), None);
    assert_eq!(counting.read(part(900, 2_000), NOW + 12_000), None);
    assert_eq!(counting.read(part(2_000, 3_700), NOW + 12_100), None, "the first part was read long ago");
    for (from, to) in [(-100, 900), (900, 2_000)] {
        assert_eq!(counting.read(part(from, to), NOW + 12_200), None);
    }
    assert_eq!(counting.read(part(2_000, 3_700), NOW + 12_300), Some(part(0, 3_600)));
    assert_eq!(counting.read(part(3_700, 4_000), NOW + 12_300), None);
}

/// Scenario: counts are right, but for one. Guarantee: they are relied on after five in a row, and from the wrong one on not for a
/// day, and not without five more.
#[test]
fn counts_are_relied_on_when_they_have_proven_right() {
    let mut counting = Counting::default();
    for _ in 1..ENOUGH {
        assert_eq!(counting.looked(true, NOW), Trust::AsBefore);
        assert_eq!(counting.due(&history(), NOW, Second::MIN), None);
    }
    assert_eq!(counting.looked(true, NOW), Trust::Gained);
    assert!(counting.due(&history(), NOW, Second::MIN).is_some());
    assert!(!looks_at(NOW + HOUR - 1, &counting) && looks_at(NOW + HOUR, &counting));
    assert_eq!(counting.looked(false, NOW), Trust::Lost);
    assert_eq!(counting.due(&history(), NOW, Second::MIN), None);
    assert!(!looks_at(NOW + DAY - 1, &counting) && looks_at(NOW + DAY, &counting));
    (1..ENOUGH).for_each(|_| assert_eq!(counting.looked(true, NOW + DAY), Trust::AsBefore));
    assert_eq!(counting.looked(true, NOW + DAY), Trust::Gained);
}

/// Scenario: a window of ten hours, and some minutes on both sides, is due. Guarantee: its whole hours are counted, and nothing
/// before the oldest second whose ids are known.
#[test]
fn whole_hours_are_counted() {
    let mut counting = trusted();
    assert_eq!(counting.due(&history(), NOW, Second::MIN), Some(hours(0, 10)));
    assert_eq!(counting.due(&history(), NOW, hours(3, 4).from + 1), Some(hours(4, 10)));
    assert_eq!(counting.due(&history(), NOW - 2 * HOUR + 1, Second::MIN), None, "not due yet");
}

/// Scenario: late sign-ins in one of ten hours. Guarantee: that hour is found with few counts and read, all others are counted,
/// and none is counted twice in vain.
#[test]
fn only_the_hour_that_differs_is_read() {
    let (mut counting, mut coverage) = (trusted(), history());
    let differs = hours(6, 7);
    let (mut read, mut counts) = (Vec::new(), 0);
    while let Some(due) = counting.due(&coverage, NOW, Second::MIN) {
        counts += 1;
        match counting.counted(due, due.meet(differs).is_none()) {
            Outcome::Unchanged => coverage.record(Read { interval: due, at: NOW, new_ids: 0 }),
            Outcome::Fewer => {}
            Outcome::Read(hour) => read.push(hour),
        }
    }
    assert_eq!(read, [differs]);
    assert!(counts <= 10, "{counts} counts");
    assert!(coverage.is_proven(hours(0, 6)) && coverage.is_proven(hours(7, 10)));
    assert!(!coverage.is_proven(differs));
}

/// Scenario: hours of so few sign-ins that reading them costs no more; then a count that does not come. Guarantee: they are not
/// counted; after the failure nothing is counted for a while.
#[test]
fn counting_must_be_worth_it() {
    let mut counting = trusted();
    counting.not_worth(hours(0, 4));
    assert_eq!(counting.due(&history(), NOW, Second::MIN), Some(hours(4, 10)));
    counting.failed(NOW);
    assert_eq!(counting.due(&history(), NOW + FAILED_WAIT - 1, Second::MIN), None);
    assert!(counting.due(&history(), NOW + FAILED_WAIT, Second::MIN).is_some());
}

/// Scenario: hours that were read at every age but the last. Guarantee: at six hours they may be counted, at twenty-four they are
/// read, so that nothing hides for ever behind a count that happens to fit.
#[test]
fn the_last_age_is_never_counted() {
    let mut coverage = Coverage::default();
    let interval = Interval { from: NOW, to: NOW + 2 * HOUR };
    for at in [interval.to, NOW + 4 * HOUR] {
        coverage.record(Read { interval, at, new_ids: 0 });
    }
    let mut counting = trusted();
    assert_eq!(counting.due(&coverage, NOW + 8 * HOUR, Second::MIN), Some(interval));
    coverage.record(Read { interval, at: NOW + 8 * HOUR, new_ids: 0 });
    assert_eq!(counting.due(&coverage, NOW + 30 * HOUR, Second::MIN), None);
    assert!(coverage.due(NOW + 30 * HOUR, Second::MIN, DAY).is_some());
}
