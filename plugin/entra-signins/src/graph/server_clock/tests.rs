use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("is in range")
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Scenario: nothing observed; then an answer; then time passes.
/// Guarantees: nothing is made up; the server's now is what was seen and what has passed since.
#[test]
fn time_goes_on_from_what_was_seen() {
    let begin = Clock::system().monotonic();
    let mut clock = ServerClock::default();
    assert_eq!(clock.now(begin), None);
    clock.observe(at(1_000), begin);
    assert_eq!(clock.now(begin), Some(at(1_000)));
    assert_eq!(
        clock.now(begin + Duration::from_millis(90_500)),
        Some(at(1_090) + SignedDuration::from_millis(500))
    );
}

/// Scenario: dates that seem a little early, as cut seconds and slow answers do; late ones; ones far off.
/// Guarantees: the little is ignored, a later time is believed, and so is a server whose clock is set back.
#[test]
fn what_is_believed() {
    let begin = Clock::system().monotonic();
    for (date, now) in [
        (1_010, 1_010),
        (1_009, 1_010),
        (1_008, 1_010),
        (1_007, 1_007),
        (500, 500),
        (1_011, 1_011),
        (9_999, 9_999),
    ] {
        let mut clock = ServerClock::default();
        clock.observe(at(1_000), begin);
        clock.observe(at(date), begin + secs(10));
        assert_eq!(clock.now(begin + secs(10)), Some(at(now)), "{date}");
    }
}

proptest! {
    /// Scenario: a server whose clock runs true, answers that take up to two seconds, dates cut to the second.
    /// Guarantees: never ahead of the server, and never more than cut and delay behind it.
    #[test]
    fn never_ahead_of_the_server(answers in prop::collection::vec((0_u64..20_000, 0_u64..1_000), 1..50), offset in 0_i64..1_000) {
        let begin = Clock::system().monotonic();
        let true_now = |millis: u64| at(1_000_000 + offset) + SignedDuration::from_millis(i64::try_from(millis).unwrap());
        let (mut clock, mut millis) = (ServerClock::default(), 0);
        for (pause, delay) in answers {
            millis += pause;
            let date = at(true_now(millis).as_second());
            millis += delay;
            let arrived = begin + Duration::from_millis(millis);
            clock.observe(date, arrived);
            let behind = true_now(millis).duration_since(clock.now(arrived).expect("is known"));
            prop_assert!(!behind.is_negative(), "{behind}");
            prop_assert!(behind <= SignedDuration::from_secs(2), "{behind}");
        }
    }
}
