//! Tests of planner, walk, coverage and stuck intervals together: three lanes read a simulated log in simulated time, while
//! Graph fails in whatever way.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::planner::{self, Bounds, Lane, Window, WindowLength};
use super::stuck::Stuck;
use super::walk::{PageSeen, Request, Setback, Walk};
use crate::coverage::{Coverage, Interval, Read, Second};

const BEGIN: Second = 1_800_000_000;
const HOUR: Second = 3_600;
const BOUNDS: Bounds =
    Bounds { start: BEGIN - HOUR, first_run: BEGIN, poll_interval: 60, known_from: Second::MIN };
const PAGE: usize = 300;

/// Graph, with one sign-in in each second.
#[derive(Clone, Debug)]
struct Graph {
    /// Seconds that it does not serve, and how it fails, before `healed`.
    bad: BTreeMap<Second, Setback>,
    healed: Second,
    /// When it serves nothing at all.
    outage: Interval,
    /// The longest window that it bears.
    bears: Second,
}

impl Graph {
    fn serve(&self, asked: Interval, skip: usize, now: Second) -> Result<PageSeen<usize>, Setback> {
        if (self.outage.from..self.outage.to).contains(&now) {
            return Err(Setback::Passing(None));
        }
        let bad = self.bad.range(asked.from..=asked.to).next();
        if let Some((_, setback)) = bad.filter(|_| now < self.healed) {
            return Err(*setback);
        }
        if asked.secs() > self.bears {
            return Err(Setback::TooMuch);
        }
        let times: Vec<_> = (asked.from..=asked.to.min(now)).skip(skip).take(PAGE).collect();
        let next = (times.len() == PAGE).then_some(skip + PAGE);
        Ok(PageSeen { times, next, asked_at: now })
    }
}

/// One lane, as its shell drives it.
struct Reader {
    lane: Lane,
    length: WindowLength,
    walk: Option<(Walk<usize>, Window)>,
    asked: Interval,
    ready_at: Second,
}

struct World {
    graph: Graph,
    coverage: Coverage,
    stuck: Stuck,
    seen: BTreeSet<Second>,
    ever_stuck: BTreeSet<Second>,
    readers: Vec<Reader>,
    now: Second,
}

impl World {
    fn new(graph: Graph) -> Self {
        let reader = |lane| Reader {
            lane,
            length: WindowLength::default(),
            walk: None,
            asked: Interval { from: 0, to: 0 },
            ready_at: BEGIN,
        };
        Self {
            graph,
            coverage: Coverage::default(),
            stuck: Stuck::default(),
            seen: BTreeSet::new(),
            ever_stuck: BTreeSet::new(),
            readers: Lane::ALL.map(reader).into(),
            now: BEGIN,
        }
    }

    fn run_until(&mut self, end: Second) {
        loop {
            let next = (0..3).min_by_key(|index| self.readers[*index].ready_at).unwrap();
            let mut reader = self.readers.swap_remove(next);
            if reader.ready_at > end {
                self.readers.push(reader);
                self.now = end;
                return;
            }
            self.now = reader.ready_at;
            reader.ready_at += self.step(&mut reader).max(1);
            self.readers.push(reader);
        }
    }

    /// One request, or one look at what to do. Answers after how long comes the next.
    fn step(&mut self, reader: &mut Reader) -> Second {
        let Some((walk, window)) = &mut reader.walk else {
            let (coverage, stuck, lane) = (&self.coverage, &self.stuck, reader.lane);
            let window = planner::next(lane, coverage, stuck, &BOUNDS, self.now, reader.length.secs());
            reader.walk = window.map(|window| (Walk::new(window.interval, 1_000), window));
            let wake_at = planner::wake_at(lane, coverage, stuck, &BOUNDS, self.now);
            return if window.is_some() { 0 } else { (wake_at - self.now).min(BOUNDS.poll_interval) };
        };
        let window = *window;
        let Some(request) = walk.request() else {
            reader.length.learn(reader.lane, window.interval, walk);
            if let Some(interval) = walk.given_up() {
                self.stuck.give_up(interval, self.now);
                self.ever_stuck.extend(interval.from..interval.to);
            }
            reader.walk = None;
            return 0;
        };
        let skip = match request {
            Request::Query { from, to, .. } => {
                reader.asked = Interval { from, to };
                0
            }
            Request::Follow(skip) => skip,
            Request::Elsewhere { .. } => {
                match self.graph.serve(Interval { from: self.now - 1, to: self.now }, 0, self.now) {
                    Ok(_) => walk.served_elsewhere(),
                    Err(setback) => return walk.setback(setback).as_secs().cast_signed(),
                }
                return 1;
            }
        };
        match self.graph.serve(reader.asked, skip, self.now) {
            Ok(page) => {
                self.seen.extend(&page.times);
                let progress = walk.page(page);
                if let Some(interval) = progress.read {
                    assert!((interval.from..interval.to).all(|second| self.seen.contains(&second)));
                    let read = Read { interval, at: progress.at, new_ids: 0 };
                    planner::record(&mut self.coverage, &BOUNDS, read);
                    self.stuck.release(interval);
                }
                progress.wait.as_secs().cast_signed()
            }
            Err(setback) => {
                let wait = walk.setback(setback).as_secs().cast_signed();
                if planner::is_overtaken(window, &BOUNDS, self.now + wait) {
                    reader.length.learn(reader.lane, window.interval, walk);
                    reader.walk = None;
                }
                wait
            }
        }
    }

    /// Seconds up to the live edge that are neither read nor stuck.
    fn forgotten(&self) -> Vec<Interval> {
        let edge = self.coverage.edge().unwrap_or(BOUNDS.start);
        let gaps = Interval::new(BOUNDS.start, edge).map(|all| self.coverage.gaps(all)).unwrap_or_default();
        gaps.into_iter().flat_map(|gap| self.stuck.clear_of(gap)).collect()
    }

    fn behind(&self) -> Second {
        self.coverage.edge().map_or(Second::MAX, |edge| self.now - edge)
    }
}

fn failing() -> impl Strategy<Value = Setback> {
    prop_oneof![Just(Setback::Passing(None)), Just(Setback::TooMuch), Just(Setback::Malformed)]
}

const NEVER: Interval = Interval { from: 0, to: 0 };

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Scenario: Graph never serves some seconds, before the first run and after it, until it is mended. Guarantee: everything else
    /// is read and the live edge keeps up; what is not read is stuck, is what Graph fails for, and is read in the end.
    #[test]
    fn every_second_is_read_or_stuck(
        bad in prop::collection::btree_map(BEGIN - HOUR..BEGIN + 2 * HOUR, failing(), 0..6),
        bears in prop_oneof![Just(400i64), Just(100_000)],
    ) {
        let graph = Graph { bad, healed: BEGIN + 4 * HOUR, outage: NEVER, bears };
        let mut world = World::new(graph.clone());
        for quarter in 1..16 {
            world.run_until(BEGIN + quarter * HOUR / 4);
            prop_assert!(world.behind() < 20 * 60, "{} s behind at quarter {quarter}", world.behind());
        }
        prop_assert_eq!(world.forgotten(), vec![]);
        for second in &world.ever_stuck {
            // A window holds the second after it as well.
            prop_assert!(graph.bad.range(second..=&(second + 1)).next().is_some(), "{second} was served");
        }
        world.run_until(BEGIN + 7 * HOUR);
        prop_assert_eq!(world.forgotten(), vec![]);
        prop_assert_eq!(world.stuck.intervals(), vec![]);
    }

    /// Scenario: Graph serves nothing at all for a while. Guarantee: not a second is given up; the live edge is where it belongs soon
    /// after, and everything is read.
    #[test]
    fn an_outage_makes_nothing_stuck(
        from in 0..2 * HOUR,
        length in 1..5 * HOUR,
        bears in prop_oneof![Just(60i64), Just(100_000)],
    ) {
        let outage = Interval { from: BEGIN + from, to: BEGIN + from + length };
        let graph = Graph { bad: BTreeMap::new(), healed: 0, outage, bears };
        let mut world = World::new(graph);
        world.run_until(outage.to + 10 * 60);
        prop_assert!(world.behind() < 180, "{} s behind", world.behind());
        world.run_until(outage.to + 3 * HOUR);
        prop_assert!(world.ever_stuck.is_empty());
        prop_assert_eq!(world.forgotten(), vec![]);
    }
}

/// Scenario: Graph bears windows of a few seconds at most. Guarantee: the live edge keeps up, as far as one request after the
/// other can; where it cannot, it leaves the rest to history.
#[test]
fn the_live_edge_keeps_up_whatever_graph_bears() {
    for (bears, most) in
        [(1, 540), (2, 540), (10, 540), (40, 180), (60, 180), (119, 180), (120, 180), (300, 180)]
    {
        let graph = Graph { bad: BTreeMap::new(), healed: 0, outage: NEVER, bears };
        let mut world = World::new(graph);
        for minute in 10..60 {
            world.run_until(BEGIN + minute * 60);
            let behind = world.behind();
            assert!(behind < most, "{behind} s behind in minute {minute} with windows of {bears} s");
        }
    }
}

/// Scenario: a kind without news, polled each minute, with and without leave to poll it less. Guarantee: it is polled less and less, never
/// less than allowed, and never less where nothing is allowed.
#[test]
fn a_quiet_kind_is_polled_less() {
    let intervals = |longest| [0, 4, 5, 10, 15, 500].map(|quiet| super::stream::slowed(60, quiet, longest));
    assert_eq!(intervals(300), [60, 60, 120, 240, 300, 300]);
    assert_eq!(intervals(60), [60; 6]);
}
