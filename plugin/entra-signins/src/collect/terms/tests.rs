//! Tests of what a changed configuration means to a stream.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::config::SignInEventType;

const DAY: Second = 86_400;
const NOW: Second = 100 * DAY;

fn config(start: &str, filter: &str) -> AzureAd {
    AzureAd {
        name: "sign-ins".to_owned(),
        sign_in_event_types: SignInEventType::ALL.to_vec(),
        start: start.parse().unwrap(),
        poll_interval: Duration::from_mins(1),
        poll_interval_max: Duration::from_mins(1),
        reread_floor: Duration::from_mins(2),
        reread_ceiling: Duration::from_hours(4),
        page_size: 1_000,
        include_raw: false,
        emit_updates: false,
        filter: (!filter.is_empty()).then(|| filter.to_owned()),
    }
}

/// A stream that began ten days ago with a start of a day.
fn kept() -> Begun {
    settle(None, &config("24h", "a eq 'b'"), NOW - 10 * DAY).begun
}

fn written(start: &str) -> Settled {
    settle(Some(&kept()), &config(start, "a eq 'b'"), NOW)
}

/// Scenario: a restart with the same configuration, or the same age in another unit. Guarantee: nothing moves and nothing is
/// said.
#[test]
fn what_is_written_alike_does_not_move() {
    for start in ["24h", "1d", "86400s"] {
        assert_eq!(written(start), Settled { begun: kept(), anew: false, remarks: vec![] });
    }
    let since_now = settle(None, &config("now", ""), NOW).begun;
    assert_eq!(settle(Some(&since_now), &config("now", ""), NOW + DAY).begun, since_now);
}

/// Scenario: the state was lost during a stop of five days, and of forty. Guarantee: what happened since a day before the stop is
/// catch-up, as far as Microsoft has it, and an earlier start still holds.
#[test]
fn a_lost_state_is_resumed_where_it_may_have_left_off() {
    let at = |start: &str, ago: Second| {
        let Settled { begun, anew, remarks } = resume(&config(start, ""), NOW - ago * DAY, NOW);
        assert_eq!((anew, remarks), (false, vec![STATE_LOST]));
        (NOW - begun.start, NOW - begun.first_run)
    };
    let owed = 5 * DAY + MAY_BE_OWED;
    assert_eq!(at("now", 5), (owed, owed));
    assert_eq!(at("10d", 5), (10 * DAY, owed));
    assert_eq!(at("now", 40), (RETENTION, RETENTION));
}

/// Scenario: the filter is changed, set or removed. Guarantee: what was read under the old one counts no more, the start stays,
/// and it is said; white space around it is no change.
#[test]
fn another_filter_means_reading_again() {
    for filter in ["", "a eq 'c'"] {
        let settled = settle(Some(&kept()), &config("24h", filter), NOW);
        assert_eq!((settled.anew, settled.begun.start), (true, kept().start));
        assert_eq!(settled.remarks, [FILTER_CHANGED]);
        let again = settle(Some(&settled.begun), &config("24h", filter), NOW);
        assert_eq!((again.anew, again.remarks), (false, vec![]));
    }
    assert!(!settle(Some(&kept()), &config("24h", " a eq 'b' "), NOW).anew);
    let unfiltered = settle(None, &config("24h", ""), NOW).begun;
    assert!(settle(Some(&unfiltered), &config("24h", "a eq 'b'"), NOW).anew);
}

/// Scenario: start is moved back, within retention and beyond it. Guarantee: history is read from there, as far as Microsoft has
/// it, and it is said.
#[test]
fn an_earlier_start_is_back_filled() {
    let settled = written("20d");
    assert_eq!((settled.begun.start, settled.begun.first_run), (NOW - 20 * DAY, NOW - 10 * DAY));
    assert_eq!((settled.anew, settled.remarks), (false, vec![STARTS_EARLIER]));
    let settled = written("1970-01-02T00:00:00Z");
    assert_eq!(settled.begun.start, NOW - RETENTION);
    assert_eq!(settled.remarks, [PAST_RETENTION, STARTS_EARLIER]);
}

/// Scenario: start is moved forward. Guarantee: back-fill ends there, but never is anything left out that happened since the
/// first run; what was read is not forgotten.
#[test]
fn a_later_start_ends_back_fill_alone() {
    let at = Timestamp::from_second(NOW - 10 * DAY - 3_600).unwrap().to_string();
    for (start, expected) in
        [(at.as_str(), NOW - 10 * DAY - 3_600), ("now", NOW - 10 * DAY), ("48h", NOW - 10 * DAY)]
    {
        let settled = written(start);
        assert_eq!((settled.begun.start, settled.begun.first_run), (expected, NOW - 10 * DAY), "{start}");
        assert_eq!((settled.anew, settled.remarks), (false, vec![STARTS_LATER]));
    }
}

/// Scenario: start lies in the future by Microsoft's clock. Guarantee: collection begins now, not then, and it is said.
#[test]
fn a_start_in_the_future_is_now() {
    let at = Timestamp::from_second(NOW + DAY).unwrap().to_string();
    let settled = settle(None, &config(&at, ""), NOW);
    assert_eq!((settled.begun.start, settled.remarks), (NOW, vec![IN_FUTURE]));
}
