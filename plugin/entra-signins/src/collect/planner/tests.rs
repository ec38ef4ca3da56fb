//! Tests of the planner.

mod length;

use proptest::prelude::*;

use super::*;
use crate::coverage::Read;

const NOW: Second = 1_800_000_000;

fn bounds(start: Second) -> Bounds {
    Bounds { start, first_run: NOW, poll_interval: 60, known_from: Second::MIN }
}

/// What a lane should read when nothing is stuck.
fn next(lane: Lane, coverage: &Coverage, bounds: &Bounds, now: Second, longest: Second) -> Option<Window> {
    super::next(lane, coverage, &Stuck::default(), bounds, now, longest)
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
    let live = next(Lane::Live, &coverage, &bounds, NOW, DAY).unwrap();
    complete(&mut coverage, live, NOW);
    let back = NOW + 3 * 3_600;
    let live = next(Lane::Live, &coverage, &bounds, back, DAY).unwrap();
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
    let live = next(Lane::Live, &coverage, &bounds, NOW, DAY).unwrap();
    complete(&mut coverage, live, NOW);
    let window = next(Lane::History, &coverage, &bounds, NOW, 3_600).unwrap();
    assert_eq!(window.interval, Interval { from: NOW - RETENTION, to: NOW - RETENTION + 3_600 });
}

/// Scenario: polling as time goes by. Guarantee: a poll is due after the interval, not before, and reads the last two
/// minutes again.
#[test]
fn polls_overlap_by_two_minutes() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - DAY));
    let live = next(Lane::Live, &coverage, &bounds, NOW, DAY).unwrap();
    complete(&mut coverage, live, NOW);
    assert_eq!(next(Lane::Live, &coverage, &bounds, NOW + 59, DAY), None);
    assert_eq!(wake_at(Lane::Live, &coverage, &Stuck::default(), &bounds, NOW + 59), NOW + 60);
    let poll = next(Lane::Live, &coverage, &bounds, NOW + 60, DAY).unwrap();
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
        length.learned(Lane::History, Interval { from: 0, to: length.secs() }, 1);
    }
    assert_eq!(length.secs(), DAY);
    length.learned(Lane::Live, Interval { from: 0, to: DAY }, 100);
    assert_eq!(length.secs(), DAY);
    length.learned(Lane::History, Interval { from: 0, to: DAY }, 100);
    assert_eq!(length.secs(), DAY / 2);
}

/// Scenario: Graph bears no more than a few seconds for a while, less than the overlap of two polls. Guarantee: each window
/// brings the live edge forward; afterwards windows and overlap become as long as ever.
#[test]
fn short_windows_do_not_stop_the_live_edge() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - DAY));
    let live = next(Lane::Live, &coverage, &bounds, NOW, DAY).unwrap();
    complete(&mut coverage, live, NOW);
    for longest in [1, 2, 3, 60, 120] {
        let edge = coverage.edge().unwrap();
        let now = edge + 60;
        let live = next(Lane::Live, &coverage, &bounds, now, longest).unwrap();
        assert!(live.interval.secs() <= longest && live.interval.from <= edge && live.interval.to > edge);
        complete(&mut coverage, live, now);
    }
    let mut length = WindowLength::default();
    length.too_long(Interval { from: 0, to: 2 });
    for _ in 0..20 {
        let now = coverage.edge().unwrap() + 60;
        while let Some(live) = next(Lane::Live, &coverage, &bounds, now, length.secs()) {
            complete(&mut coverage, live, now);
            length.learned(Lane::Live, live.interval, 30);
        }
    }
    let edge = coverage.edge().unwrap();
    let live = next(Lane::Live, &coverage, &bounds, edge + 60, length.secs()).unwrap();
    assert_eq!(live.interval, Interval { from: edge - LIVE_OVERLAP, to: edge + 60 });
}

/// Scenario: a second at the live edge is stuck. Guarantee: the live edge goes on behind it, now and when its time has come;
/// history tries it again then, not before.
#[test]
fn the_live_edge_goes_round_what_is_stuck() {
    let (mut coverage, bounds, mut stuck) = (Coverage::default(), bounds(NOW - 600), Stuck::default());
    let read = Interval { from: NOW - 600, to: NOW };
    coverage.record(Read { interval: read, at: NOW, new_ids: 0 });
    let second = Interval { from: NOW, to: NOW + 1 };
    stuck.give_up(second, NOW + 60);
    for now in [NOW + 70, NOW + 130] {
        let live = super::next(Lane::Live, &coverage, &stuck, &bounds, now, DAY).unwrap();
        assert_eq!(live.interval, Interval { from: NOW + 1, to: now });
        complete(&mut coverage, live, now);
    }
    let history = |now| super::next(Lane::History, &coverage, &stuck, &bounds, now, DAY);
    assert_eq!(history(NOW + 119), None);
    assert_eq!(history(NOW + 120).unwrap().interval, second);
}

/// Scenario: stuck seconds that are not at the edge. Guarantee: what lies before them is read first.
#[test]
fn the_live_edge_reads_up_to_what_is_stuck() {
    let (mut coverage, bounds, mut stuck) = (Coverage::default(), bounds(NOW - 600), Stuck::default());
    coverage.record(Read { interval: Interval { from: NOW - 600, to: NOW }, at: NOW, new_ids: 0 });
    stuck.give_up(Interval { from: NOW + 30, to: NOW + 31 }, NOW + 60);
    let live = super::next(Lane::Live, &coverage, &stuck, &bounds, NOW + 60, DAY).unwrap();
    assert_eq!(live.interval, Interval { from: NOW - LIVE_OVERLAP, to: NOW + 30 });
}

/// Scenario: seconds that were read cannot be read again. Guarantee: re-reads leave them out until their time comes, then try
/// them again.
#[test]
fn re_reads_leave_out_what_is_stuck() {
    let (mut coverage, bounds, mut stuck) = (Coverage::default(), bounds(NOW - DAY), Stuck::default());
    coverage.record(Read {
        interval: Interval { from: NOW - 590, to: NOW - 300 },
        at: NOW - 300,
        new_ids: 0,
    });
    let second = Interval { from: NOW - 500, to: NOW - 499 };
    stuck.give_up(second, NOW + 300);
    let mut reread = |now| {
        let window = super::next(Lane::ReRead, &coverage, &stuck, &bounds, now, DAY);
        window.inspect(|window| complete(&mut coverage, *window, now)).map(|window| window.interval)
    };
    assert_eq!(reread(NOW + 350), Some(Interval { from: NOW - 590, to: NOW - 500 }));
    assert_eq!(reread(NOW + 350), Some(Interval { from: NOW - 499, to: NOW - 300 }));
    assert_eq!(reread(NOW + 359), None);
    assert_eq!(reread(NOW + 360), Some(second));
}

/// Scenario: the server's clock turns out to be behind what was read. Guarantee: history ends at the server's now.
#[test]
fn history_ends_at_the_servers_now() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - 600));
    coverage.record(Read { interval: Interval { from: NOW + 500, to: NOW + 600 }, at: NOW, new_ids: 0 });
    let history = next(Lane::History, &coverage, &bounds, NOW, DAY).unwrap();
    assert_eq!(history.interval, Interval { from: NOW - 600, to: NOW });
}

/// Scenario: a stop of an hour while a back-fill of thirty days is about to lose what Microsoft deletes next. Guarantee: what
/// happened during the stop comes first, then what is about to be deleted, oldest first.
#[test]
fn a_stop_is_caught_up_with_before_old_history() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW - RETENTION));
    coverage.record(Read { interval: Interval { from: NOW - DAY, to: NOW }, at: NOW, new_ids: 0 });
    let back = NOW + 3_600;
    coverage.record(Read { interval: Interval { from: back - 60, to: back }, at: back, new_ids: 0 });
    let mut lanes = Vec::new();
    for _ in 0..2 {
        let window = next(Lane::History, &coverage, &bounds, back, DAY).unwrap();
        lanes.push((window.interval.from, window.priority));
        complete(&mut coverage, window, back);
    }
    assert_eq!(lanes, [(NOW, Priority::CatchUp), (back - RETENTION, Priority::BackFill)]);
}

/// Scenario: ids of what happened before a second may have been forgotten; some of that time was read, some never was.
/// Guarantee: what was read is not read again, and what was not is read all the same.
#[test]
fn forgotten_ids_hide_no_unread_history() {
    let mut coverage = Coverage::default();
    coverage.record(Read {
        interval: Interval { from: NOW - 9_000, to: NOW - 8_000 },
        at: NOW - 8_000,
        new_ids: 9,
    });
    coverage.record(Read {
        interval: Interval { from: NOW - 4_000, to: NOW - 10 },
        at: NOW - 10,
        new_ids: 9,
    });
    let bounds = Bounds { known_from: NOW - 5, ..bounds(NOW - 9_000) };
    assert_eq!(next(Lane::ReRead, &coverage, &bounds, NOW, DAY), None);
    let history = next(Lane::History, &coverage, &bounds, NOW, DAY).unwrap();
    assert_eq!(history.interval, Interval { from: NOW - 8_000, to: NOW - 4_000 });
    let live = next(Lane::Live, &coverage, &bounds, NOW + 60, DAY).unwrap();
    assert_eq!(live.interval, Interval { from: NOW - 10, to: NOW + 60 });
}

/// Scenario: the collector stood still until seconds that it had not read were deleted. Guarantee: they count as lost, once,
/// though it is started again in between; those that were read do not.
#[test]
fn what_was_deleted_unread_is_lost_once() {
    let (mut coverage, bounds) = (Coverage::default(), bounds(NOW));
    let take_in = |coverage: &mut Coverage, from, to, at| {
        record(coverage, &bounds, Read { interval: Interval { from, to }, at, new_ids: 0 })
    };
    let loss = take_in(&mut coverage, NOW, NOW + 1_000, NOW + 1_000);
    assert_eq!(loss, Loss { seconds: 0, goes_on: false });
    let back = NOW + RETENTION + 3_000;
    let loss = take_in(&mut coverage, back - 400, back, back);
    assert_eq!(loss, Loss { seconds: 2_000, goes_on: true });
    assert_eq!(coverage.spans().first().map(|span| span.interval.from), Some(back - 400));
    let mut coverage = Coverage::from_spans(coverage.spans().to_vec());
    let loss = take_in(&mut coverage, NOW + 3_010, NOW + 3_100, back + 20);
    assert_eq!(loss, Loss { seconds: 10, goes_on: false });
    let loss = take_in(&mut coverage, back, back + 60, back + 60);
    assert_eq!(loss, Loss { seconds: 0, goes_on: false });
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
