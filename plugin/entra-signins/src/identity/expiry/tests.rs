use super::*;

const HOUR: i64 = 3_600;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(hours * HOUR).expect("is a time")
}

/// Scenario: a credential is looked at every hour from 40 days before its expiry to 10 days after it.
/// Guarantees: a warning at 30, 14, 7 days, a day, and once it has expired; none besides.
#[test]
fn each_threshold_is_warned_of_once() {
    let expiry = 40 * 24;
    let mut watch = ExpiryWatch::default();
    let warned = (0..50 * 24).filter(|now| watch.is_due(at(expiry), at(*now)));
    let left: Vec<_> = warned.map(|now| (expiry - now) / 24).collect();
    assert_eq!(left, [30, 14, 7, 1, 0]);
}

/// Scenario: a start with five days left, and a new credential with less than a day.
/// Guarantees: one warning each, not one for every threshold that has passed.
#[test]
fn a_start_warns_once() {
    let mut watch = ExpiryWatch::default();
    let due: Vec<_> = (0..24).map(|now| watch.is_due(at(5 * 24), at(now))).collect();
    assert_eq!(due.iter().filter(|due| **due).count(), 1);
    assert!(watch.is_due(at(30), at(24)) && !watch.is_due(at(30), at(24)));
}

/// Scenario: an expiry far away, near, on its day, over. Guarantees: what is left in whole days, once it is worth a word.
#[test]
fn what_is_left_is_counted_in_days() {
    let soon = |hours| Expiring::soon(at(hours), at(0)).map(|soon| (soon.days, soon.expired));
    assert_eq!(soon(30 * 24 + 1), None);
    assert_eq!(soon(30 * 24), Some((30, false)));
    assert_eq!(soon(25), Some((1, false)));
    assert_eq!(soon(1), Some((0, false)));
    assert_eq!(soon(0), Some((0, true)));
    assert_eq!(soon(-50), Some((0, true)));
}
