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
    clock.observe(at(1_000), begin, at(1_000));
    assert_eq!(clock.now(begin), Some(at(1_000)));
    assert_eq!(
        clock.now(begin + Duration::from_millis(90_500)),
        Some(at(1_090) + SignedDuration::from_millis(500))
    );
}

/// Scenario: dates that seem a little early, as cut seconds and slow answers do; late ones; ones a little off.
/// Guarantees: the little is ignored, a later time is believed, and so is a server whose clock is set back.
#[test]
fn what_is_believed() {
    let begin = Clock::system().monotonic();
    for (date, now) in [
        (1_010, 1_010),
        (1_009, 1_010),
        (1_008, 1_010),
        (1_007, 1_007),
        (800, 800),
        (1_011, 1_011),
        (1_300, 1_300),
    ] {
        let mut clock = ServerClock::default();
        clock.observe(at(1_000), begin, at(1_000));
        clock.observe(at(date), begin + secs(10), at(1_010));
        assert_eq!(clock.now(begin + secs(10)), Some(at(now)), "{date}");
    }
}

/// Scenario: one answer's date lies a day ahead or behind, as a proxy's with a wrong clock; right ones follow.
/// Guarantees: it is not believed, however long it takes until the next answer, and leaves no trace.
#[test]
fn one_answer_with_a_wrong_date_is_not_believed() {
    let begin = Clock::system().monotonic();
    for wrong in [100_000 + 86_400, 100_000 - 86_400] {
        let mut clock = ServerClock::default();
        clock.observe(at(100_000), begin, at(100_000));
        clock.observe(at(wrong), begin, at(100_000));
        assert_eq!(clock.now(begin + secs(90)), Some(at(100_090)));
        clock.observe(at(100_090), begin + secs(90), at(100_090));
        clock.observe(at(wrong + 100), begin + secs(100), at(100_100));
        assert_eq!(clock.now(begin + secs(100)), Some(at(100_100)));
    }
}

/// Scenario: the server's clock leaps by a day and stays there, answer after answer.
/// Guarantees: it is believed when an answer a minute later agrees, not earlier.
#[test]
fn a_leap_is_believed_when_it_is_confirmed() {
    let begin = Clock::system().monotonic();
    for leap in [86_400, -86_400] {
        let mut clock = ServerClock::default();
        clock.observe(at(100_000), begin, at(100_000));
        for later in [0_u64, 20, 59] {
            clock.observe(
                at(100_000 + leap + later.cast_signed()),
                begin + secs(later),
                at(100_000 + later.cast_signed()),
            );
            assert_eq!(clock.now(begin + secs(later)), Some(at(100_000 + later.cast_signed())), "{later}");
        }
        clock.observe(at(100_060 + leap), begin + secs(60), at(100_060));
        assert_eq!(clock.now(begin + secs(60)), Some(at(100_060 + leap)));
    }
}

/// Scenario: the machine slept, so that what was known of the server's time is behind; its own clock has gone on.
/// Guarantees: the next answer is believed at once, since it agrees with the machine's clock.
#[test]
fn after_a_sleep_the_next_answer_is_believed() {
    let begin = Clock::system().monotonic();
    let mut clock = ServerClock::default();
    clock.observe(at(1_000), begin, at(1_000));
    clock.observe(at(9_000), begin + secs(5), at(9_001));
    assert_eq!(clock.now(begin + secs(5)), Some(at(9_000)));
}

/// Scenario: the first answer of all, and a machine's clock that is a day off.
/// Guarantees: the earlier of the two is taken; a later one is believed when it is confirmed.
#[test]
fn at_first_the_earlier_is_taken() {
    let begin = Clock::system().monotonic();
    let mut clock = ServerClock::default();
    clock.observe(at(100_000), begin, at(186_400));
    assert_eq!(clock.now(begin), Some(at(100_000)));
    let mut clock = ServerClock::default();
    clock.observe(at(186_400), begin, at(100_000));
    assert_eq!(clock.now(begin), None);
    clock.observe(at(186_460), begin + secs(60), at(100_060));
    assert_eq!(clock.now(begin + secs(60)), Some(at(186_460)));
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
            clock.observe(date, arrived, date);
            let behind = true_now(millis).duration_since(clock.now(arrived).expect("is known"));
            prop_assert!(!behind.is_negative(), "{behind}");
            prop_assert!(behind <= SignedDuration::from_secs(2), "{behind}");
        }
    }
}
