//! Tests of the planner.

use proptest::prelude::*;

use super::super::coverage::Read;
use super::*;

const NOW: Second = 1_800_000_000;

fn bounds(start: Second) -> Bounds {
    Bounds { start, first_run: NOW, poll_interval: 60 }
}

fn complete(coverage: &mut Coverage, window: Window, at: Second) {
    coverage.record(Read { interval: window.interval, at, new_ids: 0 });
}

/// Scenario: the first run, a day of history wanted. Guarantee: the live edge is read first and at once; then history,
/// newest first.
#[test]
fn the_first_run_begins_at_the_live_edge() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - DAY));
    assert_eq!(next(Lane::History, &coverage, &bounds, NOW, 3_600), None, "history waits for the edge");
    let live = next(Lane::Live, &coverage, &bounds, NOW, 3_600).unwrap();
    assert_eq!((live.interval.to, live.priority), (NOW, Priority::Live));
    complete(&mut coverage, live, NOW);
    let history = next(Lane::History, &coverage, &bounds, NOW, 3_600).unwrap();
    assert_eq!(history.interval, Interval { from: live.interval.from - 3_600, to: live.interval.from });
    assert_eq!(history.priority, Priority::BackFill);
}

/// Scenario: `start = "now"`. Guarantee: nothing before the start is ever read.
#[test]
fn nothing_before_the_start_is_read() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW));
    assert_eq!(next(Lane::Live, &coverage, &bounds, NOW, 3_600), None);
    let live = next(Lane::Live, &coverage, &bounds, NOW + 5, 3_600).unwrap();
    assert_eq!(live.interval, Interval { from: NOW, to: NOW + 5 });
    complete(&mut coverage, live, NOW + 5);
    assert_eq!(next(Lane::History, &coverage, &bounds, NOW + 5, 3_600), None);
}

/// Scenario: a stop of three hours. Guarantee: the live edge goes on at once and what was missed is caught up with, oldest
/// first, before any back-fill.
#[test]
fn a_stop_is_caught_up_with_beside_the_live_edge() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - DAY));
    let live = next(Lane::Live, &coverage, &bounds, NOW, 0).unwrap();
    complete(&mut coverage, live, NOW);
    let back = NOW + 3 * 3_600;
    let live = next(Lane::Live, &coverage, &bounds, back, 0).unwrap();
    assert_eq!(live.interval.to, back);
    assert!(live.interval.secs() < 600);
    complete(&mut coverage, live, back);
    let missed = next(Lane::History, &coverage, &bounds, back, 3_600).unwrap();
    assert_eq!(
        (missed.interval, missed.priority),
        (Interval { from: NOW, to: NOW + 3_600 }, Priority::CatchUp)
    );
}

/// Scenario: history that Microsoft deletes within a day. Guarantee: it is read before newer history, oldest first.
#[test]
fn what_microsoft_deletes_soon_is_read_first() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - RETENTION - DAY));
    let live = next(Lane::Live, &coverage, &bounds, NOW, 0).unwrap();
    complete(&mut coverage, live, NOW);
    let window = next(Lane::History, &coverage, &bounds, NOW, 3_600).unwrap();
    assert_eq!(window.interval, Interval { from: NOW - RETENTION, to: NOW - RETENTION + 3_600 });
}

/// Scenario: polling as time goes by. Guarantee: a poll is due after the interval, not before, and reads the last two
/// minutes again.
#[test]
fn polls_overlap_by_two_minutes() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - DAY));
    let live = next(Lane::Live, &coverage, &bounds, NOW, 0).unwrap();
    complete(&mut coverage, live, NOW);
    assert_eq!(next(Lane::Live, &coverage, &bounds, NOW + 59, 0), None);
    assert_eq!(wake_at(Lane::Live, &coverage, &bounds, NOW + 59), NOW + 60);
    let poll = next(Lane::Live, &coverage, &bounds, NOW + 60, 0).unwrap();
    assert_eq!(poll.interval, Interval { from: NOW - LIVE_OVERLAP, to: NOW + 60 });
}

/// Scenario: windows too long for Graph, then short ones that hold little. Guarantee: the length halves down to a second and
/// doubles up to a day, never past either.
#[test]
fn windows_follow_what_graph_can_bear() {
    let mut length = WindowLength::default();
    for _ in 0..20 {
        length.too_long(Interval { from: 0, to: length.secs() });
    }
    assert_eq!(length.secs(), 1);
    for _ in 0..30 {
        length.learned(Interval { from: 0, to: length.secs() }, 1);
    }
    assert_eq!(length.secs(), DAY);
    length.learned(Interval { from: 0, to: DAY }, 100);
    assert_eq!(length.secs(), DAY / 2);
}

proptest! {
    /// Scenario: lanes read in any order while time passes, some windows fail or are only read in part. Guarantee: no
    /// window leaves the bounds or passes the server's now, and once everything offered is read there is no gap between
    /// the start and the edge.
    #[test]
    fn planning_leaves_no_gap(
        age in 0i64..40 * DAY,
        steps in prop::collection::vec((0usize..3, 0i64..4_000, 0u8..4, 1i64..90_000), 1..60),
    ) {
        let bounds = bounds(NOW - age);
        let mut coverage = Coverage::default();
        let mut now = NOW;
        for (lane, pass, outcome, longest) in steps {
            now += pass;
            let Some(window) = next(Lane::ALL[lane], &coverage, &bounds, now, longest) else { continue };
            prop_assert!(window.interval.from >= bounds.oldest(now) && window.interval.to <= now);
            prop_assert!(window.interval.secs() > 0);
            match outcome {
                0 => {}
                1 => {
                    let half = Interval { to: window.interval.from + (window.interval.secs() + 1) / 2, ..window.interval };
                    coverage.record(Read { interval: half, at: now, new_ids: 1 });
                }
                _ => complete(&mut coverage, window, now),
            }
        }
        now += 61;
        let mut rounds = 0;
        while let Some((_, window)) = [Lane::Live, Lane::History]
            .into_iter()
            .find_map(|lane| Some((lane, next(lane, &coverage, &bounds, now, DAY)?)))
        {
            complete(&mut coverage, window, now);
            rounds += 1;
            prop_assert!(rounds < 500, "planning does not end");
        }
        let wanted = Interval::new(bounds.oldest(now), now).unwrap();
        prop_assert_eq!(coverage.gaps(wanted), vec![]);
    }
}
