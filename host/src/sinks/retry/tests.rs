//! Tests of waits.

use super::*;

/// Guarantee: the bound of a wait doubles up to the cap, for ever, and a wait is anywhere below it.
#[test]
fn waits_grow_to_the_cap() {
    let policy = RetryPolicy::default();
    let bounds: Vec<_> = [0, 1, 2, 4, 5, 40].map(|failures| policy.bound(failures).as_secs()).into();
    assert_eq!(bounds, [1, 2, 4, 16, 30, 30]);
    let mut backoff = Backoff::new(policy);
    for failures in 0..100 {
        assert!(backoff.next(None) <= policy.bound(failures));
    }
}

/// Guarantee: a wait that the receiver asks for is a lower bound, and believed up to an hour.
#[test]
fn a_wait_that_is_asked_for_is_kept() {
    let mut backoff = Backoff::new(RetryPolicy::default());
    assert_eq!(backoff.next(Some(Duration::from_mins(7))), Duration::from_mins(7));
    assert_eq!(backoff.next(Some(Duration::from_hours(24 * 365))), LONGEST_ASKED);
}

/// Guarantee: waits for a person are ten times as long, and never short.
#[test]
fn waits_for_a_person_are_long() {
    let mut backoff = Backoff::new(RetryPolicy::default());
    let waits: Vec<_> = (0..20).map(|_| backoff.next_patient().as_secs()).collect();
    assert!(
        (5..=10).contains(&waits[0]) && waits[19] >= 150 && waits.iter().all(|wait| *wait <= 300),
        "{waits:?}"
    );
}
