//! Tests of what has been read.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn read(from: Second, to: Second, at: Second, new_ids: u64) -> Read {
    Read { interval: Interval { from, to }, at, new_ids }
}

/// Scenario: two spans with a gap between them. Guarantee: exactly their seconds were read.
#[test]
fn what_was_read_is_known() {
    let mut coverage = Coverage::default();
    coverage.record(read(10, 20, 25, 0));
    coverage.record(read(30, 40, 45, 0));
    let held: Vec<_> = (0..50).filter(|second| coverage.holds(*second)).collect();
    assert_eq!(held, (10..20).chain(30..40).collect::<Vec<_>>());
}

/// Scenario: three hours are read at once after a stop. Guarantee: each second knows how many ages had passed, so none is
/// read again for an age that this read has served.
#[test]
fn one_read_serves_every_age_that_has_passed() {
    let mut coverage = Coverage::default();
    let now = 1_000_000;
    coverage.record(read(now - 10_800, now, now, 5));
    let ages: Vec<_> = coverage.spans().iter().map(|span| (now - span.interval.to + 1, span.ages)).collect();
    assert_eq!(ages, [(3_600, 3), (900, 2), (300, 1), (1, 0)]);
}

/// Scenario: live reads every minute for a day, with re-reads whenever they are due. Guarantee: each second is read again
/// at every age, never before it, and no later than a quarter of the age after it; a day later it is proven.
#[test]
fn every_second_is_read_again_at_every_age() {
    let mut coverage = Coverage::default();
    let start = 1_000_000;
    let watched = start + 7_777;
    let mut seen_at = Vec::new();
    let mut now = start;
    while now < start + 2 * 86_400 {
        let next = now + 60;
        coverage.record(read(now - 120, next, next, 0));
        now = next;
        while let Some(due) = coverage.due(now, 0, 86_400) {
            if (due.from..due.to).contains(&watched) {
                seen_at.push(now - watched);
            }
            coverage.record(Read { interval: due, at: now, new_ids: 0 });
        }
    }
    assert_eq!(seen_at.len(), REREADS);
    for (seen, age) in seen_at.iter().zip(coverage.ages().iter()) {
        assert!(*seen >= age && *seen <= age + age / 4 + 60, "age {age} was read at {seen}");
    }
    let span = coverage.spans().iter().find(|span| (span.interval.from..span.interval.to).contains(&watched));
    assert!(span.unwrap().is_proven());
    assert!(coverage.spans().len() < 20, "spans that were read alike are one");
}

/// Scenario: so many streams share an app that each is polled, and read again, but once in so many seconds, for days. Guarantee:
/// every second is still read after a day: later than it should, and not never.
#[test]
fn too_few_turns_leave_out_no_age() {
    for (poll, turn) in [(60, 59), (132, 80), (132, 128), (656, 640)] {
        let mut coverage = Coverage::default();
        let start = 1_000_000;
        let watched: Vec<_> = (start + 7_000..start + 80_000).step_by(1_511).collect();
        let mut last_look: BTreeMap<Second, Second> = BTreeMap::new();
        let mut look = |interval: Interval, now: Second| {
            for second in watched.iter().filter(|second| (interval.from..interval.to).contains(*second)) {
                last_look.insert(*second, now - second);
            }
        };
        let (mut next_poll, mut next_turn) = (start + poll, start + turn);
        while next_poll < start + 3 * 86_400 {
            let now = next_poll.min(next_turn);
            if now == next_poll {
                let live = Interval { from: now - poll - 120, to: now };
                coverage.record(Read { interval: live, at: now, new_ids: 1 });
                look(live, now);
                next_poll += poll;
            } else {
                if let Some(due) = coverage.due(now, 0, 14_400) {
                    coverage.record(Read { interval: due, at: now, new_ids: 0 });
                    look(due, now);
                }
                next_turn += turn;
            }
        }
        let soonest = last_look.values().min();
        assert!(soonest.is_some_and(|age| *age >= 86_400), "polls each {poll} s: {soonest:?}");
    }
}

/// Scenario: live reads every minute for a day and a half, while the first ages change to other ones and back again, every few
/// hours. Guarantee: each second is still read again at 6 h and at 24 h, and is proven in the end.
#[test]
fn ages_that_change_leave_out_no_last_look() {
    let mut coverage = Coverage::default();
    let start = 1_000_000;
    let mut looks: BTreeMap<Second, Vec<Second>> = BTreeMap::new();
    let learned = [[120, 120, 300], [300, 900, 3_600], [3_600, 10_800, 14_400]];
    let mut now = start;
    while now < start + 3 * 86_400 {
        let next = now + 60;
        if now < start + 129_600 {
            coverage.record(read(now - 120, next, next, 0));
        }
        now = next;
        let turn = usize::try_from((now - start) / 10_000).unwrap();
        coverage.set_ages(Ages::new(learned[turn % learned.len()], 60, 14_400));
        while let Some(due) = coverage.due(now, 0, 86_400) {
            for second in
                (start..start + 86_400).step_by(3_571).filter(|second| (due.from..due.to).contains(second))
            {
                looks.entry(second).or_default().push(now - second);
            }
            coverage.record(Read { interval: due, at: now, new_ids: 0 });
        }
    }
    assert_eq!(looks.len(), 25);
    for (second, looks) in looks {
        for age in [21_600, 86_400] {
            let on_time = |look: &&Second| (age..=age + age / 4 + 60).contains(*look);
            assert!(looks.iter().any(|look| on_time(&look)), "{second} was looked at after {looks:?}");
        }
    }
    assert!(coverage.spans().iter().all(Span::is_proven));
}

/// Scenario: lateness asks for ages outside what is allowed. Guarantee: they stay within, and ascend to those that always stay.
#[test]
fn ages_stay_within_their_bounds() {
    let ages = |first, floor, ceiling| Ages::new(first, floor, ceiling).iter().collect::<Vec<_>>();
    assert_eq!(ages([0, 60, 400], 120, 3_600), [120, 120, 400, 21_600, 86_400]);
    assert_eq!(ages([300, 7_200, 43_200], 60, 3_600), [300, 3_600, 3_600, 21_600, 86_400]);
    assert_eq!(Ages::default().passed(900), 2);
}

/// Scenario: re-reads are so late that seconds which were read again thrice are a day old; others were read whole only after a day, and
/// are to be proven. Guarantee: the former are not counted, since no read would follow; the latter are, and so are younger hours.
#[test]
fn what_is_a_day_old_is_read_and_not_counted() {
    let now = 2_000 * 3_600;
    let hours = |from: Second, to: Second| Interval { from: now - from * 3_600, to: now - to * 3_600 };
    let mut coverage = Coverage::default();
    for (interval, ago) in [(hours(80, 78), 50), (hours(40, 38), 35), (hours(10, 8), 5)] {
        coverage.record(Read { interval, at: now - ago * 3_600, new_ids: 1 });
    }
    let countable = |from: Second| coverage.countable(now, now - from * 3_600, 100);
    assert_eq!(countable(100), Some(hours(80, 78)));
    assert_eq!(countable(77), Some(hours(10, 8)));
}

/// Scenario: the last age still finds a new sign-in. Guarantee: the interval is not proven and is read once more, until a
/// read finds nothing.
#[test]
fn a_late_find_is_read_once_more() {
    let mut coverage = Coverage::default();
    let now = 1_000_000;
    coverage.record(read(0, 100, now, 3));
    assert_eq!(coverage.due(now, 0, 1_000), None);
    let again = now + PROOF_DELAY + PROOF_DELAY / 4;
    assert_eq!(coverage.due(again, 0, 1_000), Interval::new(0, 100));
    coverage.record(read(0, 100, again, 1));
    assert!(!coverage.spans()[0].is_proven());
    coverage.record(read(0, 100, again + PROOF_DELAY, 0));
    assert!(coverage.spans()[0].is_proven());
    assert_eq!(coverage.next_due(0), None);
}

/// Scenario: what was never proven is no longer kept by Microsoft. Guarantee: it does not keep younger seconds from being read
/// again.
#[test]
fn what_is_past_retention_holds_up_nothing() {
    let mut coverage = Coverage::default();
    let now = 1_000_000;
    coverage.record(read(0, 100, now, 3));
    coverage.record(read(500, 600, now, 3));
    let later = now + PROOF_DELAY + PROOF_DELAY / 4;
    assert_eq!(coverage.due(later, 50, 1_000), Interval::new(50, 100));
    assert_eq!(coverage.due(later, 200, 1_000), Interval::new(500, 600));
}

/// Scenario: spans before the oldest second of interest, wholly and in part. Guarantee: what will never be due announces nothing.
#[test]
fn what_is_past_retention_wakes_nobody() {
    let mut coverage = Coverage::default();
    let now = 1_000_000;
    coverage.record(read(0, 100, now, 3));
    coverage.record(read(now - 50, now, now, 3));
    assert_eq!(coverage.next_due(0), Some(now - 50 + 300 + 75));
    coverage.forget(Interval { from: now - 50, to: now });
    assert_eq!(coverage.next_due(50), Some(now + PROOF_DELAY + PROOF_DELAY / 4));
    assert_eq!(coverage.next_due(100), None);
}

/// Scenario: young seconds are read again, with and without news. Guarantee: that keeps no spans apart.
#[test]
fn news_keeps_apart_no_young_spans() {
    let mut coverage = Coverage::default();
    coverage.record(read(0, 290, 290, 1));
    coverage.record(read(100, 200, 290, 0));
    coverage.record(read(200, 250, 290, 1));
    assert_eq!(coverage.spans().len(), 1);
}

/// Scenario: what was read is lost downstream. Guarantee: forgotten seconds are a gap again.
#[test]
fn what_is_forgotten_is_a_gap() {
    let mut coverage = Coverage::default();
    coverage.record(read(0, 100, 1_000, 0));
    coverage.forget(Interval { from: 40, to: 60 });
    assert_eq!(
        coverage.gaps(Interval { from: -10, to: 110 }),
        [Interval { from: -10, to: 0 }, Interval { from: 40, to: 60 }, Interval { from: 100, to: 110 },]
    );
}

/// Scenario: seconds count as read that lie ahead of the server's clock, once it is known better. Guarantee: they are forgotten, and
/// nothing else.
#[test]
fn what_lies_ahead_cannot_have_been_read() {
    let mut coverage = Coverage::default();
    coverage.record(read(0, 1_000, 1_000, 0));
    coverage.forget_from(1_000);
    assert_eq!(coverage.edge(), Some(1_000));
    coverage.forget_from(400);
    assert_eq!(coverage.edge(), Some(400));
    assert_eq!(coverage.gaps(Interval { from: 0, to: 400 }), []);
}

/// Scenario: re-reads fall behind. Guarantee: what is overdue is counted as unproven.
#[test]
fn overdue_seconds_are_unproven() {
    let mut coverage = Coverage::default();
    coverage.record(read(0, 100, 100, 0));
    assert_eq!(coverage.unproven(300, 0, 60), 0);
    assert_eq!(coverage.unproven(10_000, 0, 60), 100);
    assert_eq!((coverage.overdue(300, 0), coverage.overdue(10_000, 0)), (0, 10_000 - 300 - 75));
    assert_eq!(coverage.unproven(10_000, 70, 60), 30, "what may not be read again is not owed");
}

proptest! {
    /// Scenario: any reads and losses in any order. Guarantee: coverage agrees with a map of single seconds, spans stay in
    /// order without overlap, and gaps are exactly what was not read.
    #[test]
    fn coverage_agrees_with_single_seconds(
        steps in prop::collection::vec((0i64..2_000, 1i64..600, 0i64..100_000, 0u64..2, any::<bool>()), 1..40),
    ) {
        let mut coverage = Coverage::default();
        let mut seconds: BTreeMap<Second, (u8, bool)> = BTreeMap::new();
        let mut at = 2_600;
        for (from, len, later, new_ids, forget) in steps {
            let interval = Interval { from, to: from + len };
            at += later / 10;
            if forget {
                coverage.forget(interval);
                seconds.retain(|second, _| !(interval.from..interval.to).contains(second));
                continue;
            }
            coverage.record(Read { interval, at, new_ids });
            for second in interval.from..interval.to {
                let passed = u8::try_from(coverage.ages().passed(at - second)).unwrap();
                let was = seconds.get(&second).copied();
                let ages = passed.max(was.map_or(0, |(ages, _)| ages));
                let quiet = usize::from(ages) == REREADS && was.is_some() && new_ids == 0;
                seconds.insert(second, (ages, quiet));
            }
        }
        let spans = coverage.spans();
        prop_assert!(spans.windows(2).all(|pair| pair[0].interval.to <= pair[1].interval.from));
        let spread: BTreeMap<_, _> = spans
            .iter()
            .flat_map(|span| (span.interval.from..span.interval.to).map(|second| (second, (span.ages, span.quiet))))
            .collect();
        prop_assert_eq!(&spread, &seconds);
        for oldest in [0, 1_000, at - 900] {
            let due = coverage.due(at, oldest, 10_000);
            let next = coverage.next_due(oldest);
            prop_assert_eq!(due.is_some(), next.is_some_and(|next| next <= at));
            prop_assert!(due.is_none_or(|due| due.from >= oldest && due.secs() > 0));
            prop_assert!(next.is_none_or(|next| coverage.due(next, oldest, 1).is_some()));
        }
        let gaps = coverage.gaps(Interval { from: 0, to: 2_600 });
        let unread: Vec<_> = (0..2_600).filter(|second| !seconds.contains_key(second)).collect();
        prop_assert_eq!(gaps.into_iter().flat_map(|gap| gap.from..gap.to).collect::<Vec<_>>(), unread);
    }
}
