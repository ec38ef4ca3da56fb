//! Tests of comparing one request for both kinds with one for each.

use uuid::Uuid;

use super::*;

const NOW: Second = 1_800_000_000;

fn ids(numbers: impl IntoIterator<Item = u128>) -> BTreeSet<EventId> {
    numbers.into_iter().map(|number| EventId(Uuid::from_u128(number))).collect()
}

fn compare(
    together: &mut Together,
    a: &BTreeSet<EventId>,
    b: &BTreeSet<EventId>,
    both: BTreeSet<EventId>,
) -> Trust {
    together.compared([a, b], &Some(both), NOW)
}

fn trusted() -> Together {
    let mut together = Together::default();
    for _ in 0..ENOUGH {
        compare(&mut together, &ids([1]), &ids([2]), ids([1, 2]));
    }
    together
}

/// Scenario: comparisons come out equal, each of other seconds. Guarantee: both kinds are read in one request after enough of them and
/// not before, and it is compared again hours later.
#[test]
fn equal_lists_gain_trust() {
    let mut together = Together::default();
    let mut compared = BTreeSet::new();
    for number in 1..=ENOUGH {
        assert!(!together.is_trusted(NOW));
        let due = together.due(NOW).unwrap();
        assert!(due.to <= NOW - SETTLED && compared.insert((due.from, due.to)));
        let trust = compare(&mut together, &ids([1]), &ids([2, 3]), ids([1, 2, 3]));
        assert_eq!(trust == Trust::Gained, number == ENOUGH);
    }
    assert!(together.is_trusted(NOW));
    assert_eq!(together.due(NOW + COMPARE_AGAIN - 1), None);
    assert!(together.due(NOW + COMPARE_AGAIN).is_some());
}

/// Scenario: a list of both lacks a sign-in, before and after it was relied on. Guarantee: it is not relied on for a day at least, and
/// needs all comparisons again.
#[test]
fn a_list_that_lacks_one_loses_trust() {
    for (mut together, expected) in [(Together::default(), Trust::AsBefore), (trusted(), Trust::Lost)] {
        assert_eq!(compare(&mut together, &ids([1]), &ids([2, 3]), ids([1, 3])), expected);
        assert!(!together.is_trusted(NOW + 10 * DISTRUST));
        assert_eq!(together.due(NOW + DISTRUST - 1), None);
        for number in 1..=ENOUGH {
            let trust = compare(&mut together, &ids([1]), &ids([2]), ids([1, 2]));
            assert_eq!(trust == Trust::Gained, number == ENOUGH);
        }
    }
}

/// Scenario: the list of both has one more, which may have appeared since. Guarantee: that is no evidence either way.
#[test]
fn one_more_is_no_evidence() {
    let mut together = trusted();
    assert_eq!(compare(&mut together, &ids([1]), &ids([2]), ids([1, 2, 3])), Trust::AsBefore);
    assert!(together.is_trusted(NOW));
    let mut together = Together::default();
    for _ in 0..10 {
        compare(&mut together, &ids([1]), &ids([2]), ids([1, 2, 3]));
    }
    assert!(!together.is_trusted(NOW));
}

/// How many lists it asks for until it lets some hours pass, where seconds hold so much of a kind.
fn asked_for(together: &mut Together, now: Second, listed: impl Fn(Second) -> Listed) -> usize {
    let mut asked = 0;
    while let Some(seconds) = together.due(now) {
        assert!(!together.is_enough(&listed(seconds.secs()), now));
        asked += 1;
    }
    asked
}

/// Scenario: seconds that hold nothing of a kind, or more than a page however few they are, or the one for long and the other for
/// few. Guarantee: nothing is concluded of them; fewer and more are listed, and after some lists the tenant is left alone for hours.
#[test]
fn seconds_are_chosen_that_can_tell() {
    let nothing = || Some(BTreeSet::new());
    let uneven = |length: Second| if length > SETTLED / 8 { None } else { nothing() };
    for listed in [&(|_| None) as &dyn Fn(Second) -> Listed, &|_| nothing(), &uneven] {
        let mut together = Together::default();
        for day in 0..3 {
            let asked = asked_for(&mut together, NOW + day * DISTRUST, listed);
            assert!((1..=8).contains(&asked), "{asked} on day {day}");
        }
    }
    let mut together = Together::default();
    let length = |together: &Together| together.due(NOW).map(Interval::secs);
    assert_eq!(together.compared([&ids([1]), &ids([2])], &None, NOW), Trust::AsBefore);
    assert_eq!(length(&together), Some(SETTLED / FACTOR));
    assert!(together.is_enough(&Some(ids([1])), NOW));
}

/// Scenario: reads of both fail time and again, or are refused, while comparisons would be right. Guarantee: each kind is read alone for
/// a while, then for a day at least and until comparisons came out equal anew; one that works in between makes up for those before.
#[test]
fn reads_that_keep_failing_lose_trust() {
    let mut together = trusted();
    for round in 1..=2 {
        for _ in 1..MOST_FAILURES {
            assert_eq!(together.failed(NOW), Trust::AsBefore, "round {round}");
        }
        assert!(together.is_trusted(NOW + FAILED_WAIT));
        if round == 1 {
            together.succeeded();
        }
    }
    assert_eq!(together.failed(NOW), Trust::Lost);
    let mut refused = trusted();
    assert_eq!(refused.refused(NOW), Trust::Lost);
    for together in [together, refused] {
        assert!(!together.is_trusted(NOW + 10 * DISTRUST));
        assert_eq!((together.due(NOW + DISTRUST - 1), together.equal), (None, 0));
    }
}

/// Scenario: a read of both fails, and so does a comparison. Guarantee: each kind is read alone for a while; what was learned stays.
#[test]
fn a_failed_read_separates_them_for_a_while() {
    let mut together = trusted();
    together.failed(NOW);
    together.not_compared(NOW);
    assert!(!together.is_trusted(NOW + FAILED_WAIT - 1));
    assert!(together.is_trusted(NOW + FAILED_WAIT));
    assert!(together.due(NOW + FAILED_WAIT).is_some());
}
