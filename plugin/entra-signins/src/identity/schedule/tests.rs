use proptest::prelude::*;

use super::*;
use crate::clock::Clock;

fn start() -> Instant {
    Clock::system().monotonic()
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A schedule that holds a token of this life, asked for at `at`.
fn holding(at: Instant, life: Duration) -> Schedule {
    let mut schedule = Schedule::default();
    assert_eq!(schedule.wanted(at), Decision::Renew);
    schedule.obtained(at, life, 0.0);
    schedule
}

/// The first instant, in seconds after `from`, at which this is decided.
fn first(schedule: &Schedule, from: Instant, decision: impl Fn(Decision) -> bool) -> Option<u64> {
    (0..20_000).find(|after| decision(schedule.clone().wanted(from + secs(*after))))
}

/// Scenario: many callers before there is a token.
/// Guarantees: one request; everybody else waits for it, then is served.
#[test]
fn one_request_is_in_flight() {
    let now = start();
    let mut schedule = Schedule::default();
    assert_eq!(schedule.wanted(now), Decision::Renew);
    assert_eq!(schedule.wanted(now), Decision::Wait);
    assert_eq!(schedule.demanded(now + secs(9)), Decision::Wait);
    schedule.obtained(now, secs(3599), 0.5);
    assert_eq!(schedule.wanted(now + secs(9)), Decision::Serve);
}

/// Scenario: tokens of different lives, with the least and the most jitter.
/// Guarantees: renewal begins min(5 min, a fifth of the life) before expiry; jitter makes it earlier, never later.
#[test]
fn renewal_comes_before_expiry() {
    for (life, lead) in [(3599, 300), (86_400, 300), (1_000, 200), (30, 6), (10, 2)] {
        for (jitter, share) in [(0.0, 2), (1.0, 3)] {
            let now = start();
            let mut schedule = Schedule::default();
            assert_eq!(schedule.wanted(now), Decision::Renew);
            schedule.obtained(now, secs(life), jitter);
            let renewed = (0..90_000)
                .find(|after| schedule.clone().wanted(now + secs(*after)) == Decision::ServeAndRenew);
            assert_eq!(renewed, Some(life - lead * share / 2), "{life} s, jitter {jitter}");
        }
    }
}

/// Scenario: a renewal hangs, then fails, then fails again, until the token has expired.
/// Guarantees: the token is served to its last moment; tries keep their distance; then the error is given.
#[test]
fn a_valid_token_is_served_whatever_the_renewal_does() {
    let begin = start();
    let mut schedule = holding(begin, secs(3599));
    let due = begin + secs(3299);
    assert_eq!(schedule.wanted(due), Decision::ServeAndRenew);
    assert_eq!(schedule.wanted(due + secs(60)), Decision::Serve, "while it hangs");
    schedule.failed(Severity::Passing, None, 0.0, due + secs(60));
    assert_eq!(schedule.wanted(due + secs(60)), Decision::Serve, "while it backs off");
    assert_eq!(schedule.wanted(due + secs(61)), Decision::ServeAndRenew);
    schedule.failed(Severity::Lasting, None, 0.0, due + secs(280));
    assert_eq!(schedule.wanted(begin + secs(3598)), Decision::Serve);
    assert_eq!(schedule.wanted(begin + secs(3599)), Decision::Refuse(due + secs(310)));
    assert_eq!(schedule.wanted(due + secs(310)), Decision::Renew);
}

/// Scenario: a token expires while its renewal is in flight.
/// Guarantees: callers wait for the renewal instead of getting what has expired.
#[test]
fn an_expired_token_is_not_served() {
    let begin = start();
    let mut schedule = holding(begin, secs(30));
    assert_eq!(schedule.wanted(begin + secs(29)), Decision::ServeAndRenew);
    assert_eq!(schedule.wanted(begin + secs(30)), Decision::Wait);
}

/// Scenario: failures of each severity, one after the other.
/// Guarantees: waits begin, double and end where they should; jitter shortens by a quarter at most; a success forgets.
#[test]
fn waits_grow_to_their_limit() {
    for (severity, waits) in [
        (Severity::Passing, vec![1, 2, 4, 8, 16, 32, 60, 60]),
        (Severity::Lasting, vec![30, 60, 120, 240, 480, 600, 600]),
        (Severity::Looping, vec![300, 600, 1_200, 2_400, 3_600, 3_600]),
    ] {
        for (jitter, quarters) in [(0.0, 4), (1.0, 3)] {
            let mut schedule = Schedule::default();
            let mut now = start();
            for wait in &waits {
                assert_eq!(schedule.wanted(now), Decision::Renew, "{severity:?}");
                schedule.failed(severity, None, jitter, now);
                let next = now + secs(*wait) / 4 * quarters;
                assert_eq!(schedule.wanted(now), Decision::Refuse(next), "{severity:?}, {wait} s");
                assert_eq!(schedule.next_try(), Some(next));
                now = next;
            }
            assert_eq!(schedule.wanted(now), Decision::Renew);
            schedule.obtained(now, secs(10), 0.0);
            assert_eq!(schedule.next_try(), None);
            assert_eq!(schedule.wanted(now + secs(10)), Decision::Renew);
            schedule.failed(severity, None, 0.0, now);
            assert_eq!(schedule.next_try(), Some(now + secs(waits[0])));
        }
    }
}

/// Scenario: Microsoft says how long to wait, more and less than the wait due; then the failure is of another kind.
/// Guarantees: never sooner than Microsoft asks, never sooner than due; another kind begins anew.
#[test]
fn what_microsoft_asks_for_is_kept() {
    let now = start();
    let mut schedule = Schedule::default();
    schedule.failed(Severity::Passing, Some(secs(120)), 1.0, now);
    assert_eq!(schedule.next_try(), Some(now + secs(120)));
    schedule.failed(Severity::Passing, Some(Duration::ZERO), 0.0, now);
    assert_eq!(schedule.next_try(), Some(now + secs(2)));
    schedule.failed(Severity::Lasting, None, 0.0, now);
    assert_eq!(schedule.next_try(), Some(now + secs(30)));
}

/// Scenario: somebody demands a check while an error is remembered, and again at once.
/// Guarantees: the first asks at once, the second is held back, and a check of a good token renews it.
#[test]
fn a_demand_asks_at_once_but_not_twice() {
    let now = start();
    let mut schedule = Schedule::default();
    assert_eq!(schedule.demanded(now), Decision::Renew);
    schedule.failed(Severity::Lasting, None, 0.0, now);
    assert_eq!(schedule.demanded(now + secs(1) / 2), Decision::Refuse(now + secs(30)));
    assert_eq!(schedule.demanded(now + secs(1)), Decision::Renew);
    schedule.obtained(now + secs(1), secs(3599), 0.0);
    assert_eq!(schedule.demanded(now + secs(1)), Decision::Serve);
    assert_eq!(schedule.demanded(now + secs(5)), Decision::Renew);
    assert_eq!(schedule.wanted(now + secs(5)), Decision::Serve);
}

/// Scenario: four requests of one token end in 401; a fifth comes when it has been replaced.
/// Guarantees: one renewal, at once.
#[test]
fn a_rejected_token_is_replaced_once() {
    let begin = start();
    let mut schedule = holding(begin, secs(3599));
    let now = begin + secs(1_000);
    for _ in 0..4 {
        assert!(!schedule.rejected(1, 0.0, now));
    }
    assert_eq!(schedule.wanted(now), Decision::Renew);
    assert_eq!(schedule.wanted(now), Decision::Wait);
    schedule.obtained(now, secs(3599), 0.0);
    assert!(!schedule.rejected(1, 0.0, now));
    assert_eq!(schedule.wanted(now), Decision::Serve);
}

/// Scenario: Graph rejects every token that there is, then takes one for an hour, then rejects again.
/// Guarantees: after two young ones, tries keep a growing distance of up to a minute; an old one is replaced at once.
#[test]
fn token_after_token_rejected_is_no_loop() {
    let mut now = start();
    let mut schedule = holding(now, secs(3599));
    let mut waits = Vec::new();
    for serial in 1..=10 {
        let looping = schedule.rejected(serial, 0.0, now);
        assert_eq!(looping, serial > 1);
        let wait = first(&schedule, now, |decision| decision == Decision::Renew).expect("it goes on");
        waits.push(wait);
        now += secs(wait);
        assert_eq!(schedule.wanted(now), Decision::Renew);
        schedule.obtained(now, secs(7_200), 0.0);
    }
    assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    now += secs(3_600);
    assert!(!schedule.rejected(11, 0.0, now));
    assert_eq!(schedule.wanted(now), Decision::Renew);
}

/// Scenario: young tokens are rejected hours apart, and Graph takes others in between; then two requests fare differently with
/// each token. Guarantee: what was taken ends the row, so a single rejection is replaced at once; but not a moment after a
/// rejection, so that disagreement is no loop.
#[test]
fn a_token_that_graph_takes_ends_the_row() {
    let mut now = start();
    let mut schedule = holding(now, secs(3599));
    for serial in 1..=4 {
        assert!(!schedule.rejected(serial, 0.0, now), "{serial}");
        assert_eq!(schedule.wanted(now), Decision::Renew);
        schedule.obtained(now, secs(3599), 0.0);
        now += secs(120);
        schedule.accepted(serial, now);
        assert!(schedule.clone().rejected(serial + 1, 0.0, now), "only the token that is held says so");
        schedule.accepted(serial + 1, now);
    }
    for serial in 5..=9 {
        schedule.accepted(serial, now);
        assert_eq!(schedule.rejected(serial, 0.0, now), serial > 5, "{serial}");
        now += secs(first(&schedule, now, |decision| decision == Decision::Renew).expect("it goes on"));
        assert_eq!(schedule.wanted(now), Decision::Renew);
        schedule.obtained(now, secs(3599), 0.0);
    }
}

/// Scenario: a token is rejected while a failed renewal backs off.
/// Guarantees: the wait stands: a rejection is no way round it.
#[test]
fn a_rejection_does_not_shorten_a_wait() {
    let begin = start();
    let mut schedule = holding(begin, secs(3599));
    let now = begin + secs(3_400);
    assert_eq!(schedule.wanted(now), Decision::ServeAndRenew);
    schedule.failed(Severity::Passing, Some(secs(100)), 0.0, now);
    assert!(!schedule.rejected(1, 0.0, now));
    assert_eq!(schedule.wanted(now), Decision::Refuse(now + secs(100)));
}

/// Scenario: Graph refuses what a token asks for: at once, later, and of a token that was replaced.
/// Guarantees: a renewal at the age of five minutes or at once, whichever is later, while the token is served.
#[test]
fn an_outdated_token_is_renewed_soon() {
    let begin = start();
    let due = |schedule: &Schedule, from: u64| {
        first(schedule, begin + secs(from), |decision| decision == Decision::ServeAndRenew)
    };
    let mut schedule = holding(begin, secs(3599));
    schedule.outdated(0);
    assert_eq!(due(&schedule, 0), Some(3_299));
    schedule.outdated(1);
    assert_eq!(due(&schedule, 0), Some(300));
    assert_eq!(due(&schedule, 1_000), Some(0));
    let mut short = holding(begin, secs(30));
    short.outdated(1);
    assert_eq!(due(&short, 0), Some(24), "never later than it would be anyway");
}

/// Scenario: Microsoft gives tokens that live no time at all.
/// Guarantees: they are taken to live ten seconds: no request per call.
#[test]
fn a_token_without_life_is_no_loop() {
    let begin = start();
    let mut schedule = holding(begin, Duration::ZERO);
    assert_eq!(first(&schedule, begin, |decision| decision != Decision::Serve), Some(8));
    assert_eq!(schedule.wanted(begin + secs(10)), Decision::Renew);
}

#[derive(Clone, Debug)]
enum Happens {
    Pass(u64),
    Want,
    Demand,
    Obtain(u64, f64),
    Fail(Severity, Option<u64>, f64),
    Reject(u64, f64),
}

fn happens() -> impl Strategy<Value = Happens> {
    let severity = prop_oneof![Just(Severity::Passing), Just(Severity::Lasting), Just(Severity::Looping)];
    prop_oneof![
        (0_u64..900).prop_map(Happens::Pass),
        Just(Happens::Want),
        Just(Happens::Demand),
        ((0_u64..5_000), 0.0..=1.0).prop_map(|(life, jitter)| Happens::Obtain(life, jitter)),
        (severity, prop::option::of(0_u64..200), 0.0..=1.0)
            .prop_map(|(s, wait, jitter)| Happens::Fail(s, wait, jitter)),
        ((0_u64..3), 0.0..=1.0).prop_map(|(back, jitter)| Happens::Reject(back, jitter)),
    ]
}

proptest! {
    /// Scenario: anything, in any order.
    /// Guarantees: never two requests in flight, never an expired or rejected token served, never an early try that
    /// nobody demanded, and never stuck: somebody who wants a token is served, waits for a request, or knows when.
    #[test]
    fn whatever_happens(events in prop::collection::vec(happens(), 1..200)) {
        let mut schedule = Schedule::default();
        let mut now = start();
        let (mut in_flight, mut serial, mut expires, mut rejected) = (false, 0, now, true);
        for event in events {
            match event {
                Happens::Pass(by) => now += secs(by),
                Happens::Want | Happens::Demand => {
                    let demanded = matches!(event, Happens::Demand);
                    let next_try = schedule.next_try();
                    let decision = if demanded { schedule.demanded(now) } else { schedule.wanted(now) };
                    match decision {
                        Decision::Serve => prop_assert!(!rejected && now < expires),
                        Decision::ServeAndRenew | Decision::Renew => {
                            prop_assert!(!in_flight);
                            prop_assert!(demanded || next_try.is_none_or(|next_try| now >= next_try));
                            prop_assert!(decision == Decision::Renew || (!rejected && now < expires));
                            in_flight = true;
                        }
                        Decision::Wait => prop_assert!(in_flight),
                        Decision::Refuse(next_try) => prop_assert!(now < next_try && !in_flight),
                    }
                }
                Happens::Obtain(life, jitter) if in_flight => {
                    prop_assert_eq!(schedule.next_serial(), serial + 1);
                    schedule.obtained(now, secs(life), jitter);
                    (in_flight, serial, expires, rejected) = (false, serial + 1, now + secs(life.max(10)), false);
                }
                Happens::Fail(severity, wait, jitter) if in_flight => {
                    schedule.failed(severity, wait.map(secs), jitter, now);
                    in_flight = false;
                    prop_assert!(schedule.next_try() >= Some(now + secs(wait.unwrap_or(0))));
                }
                Happens::Reject(back, jitter) => {
                    schedule.rejected(serial.saturating_sub(back), jitter, now);
                    rejected |= back == 0 || serial.saturating_sub(back) == serial;
                }
                Happens::Obtain(..) | Happens::Fail(..) => {}
            }
        }
    }
}
