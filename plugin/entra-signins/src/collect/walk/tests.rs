//! Tests of the walk, against a simulated listing.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn page(times: &[Second], next: Option<u32>) -> PageSeen<u32> {
    PageSeen { times: times.to_vec(), next, asked_at: 1_000 }
}

fn walk(from: Second, to: Second) -> Walk<u32> {
    Walk::new(Interval { from, to }, 1_000)
}

/// Scenario: three ascending pages, one of them empty. Guarantee: what was read grows page by page, never past the second of the
/// last record before the last page, and ends at the window's end.
#[test]
fn ascending_pages_are_read_as_they_come() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
    assert_eq!(walk.page(page(&[100, 120, 120], Some(1))).read, Interval::new(100, 120));
    assert_eq!(walk.request(), Some(Request::Follow(1)));
    assert_eq!(walk.page(page(&[], Some(2))).read, None);
    assert_eq!(walk.page(page(&[120, 150], None)).read, Interval::new(120, 200));
    assert_eq!(walk.request(), None);
}

/// Scenario: pages in descending order. Guarantee: nothing counts as read before the last page has come.
#[test]
fn descending_pages_count_only_when_all_have_come() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.page(page(&[190, 150], Some(1))).read, None);
    assert_eq!(walk.page(page(&[140, 110], None)).read, Interval::new(100, 200));
}

/// Scenario: one page comes newest first, the next ones oldest first, so that some records are on none of them. Guarantee: nothing counts
/// as read, and the window is gone through again.
#[test]
fn pages_of_different_listings_are_gone_through_again() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.page(page(&[190, 180], Some(1))).read, None);
    assert_eq!(walk.page(page(&[150, 180], Some(2))).read, None);
    assert_eq!(walk.page(page(&[190], None)).read, None);
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
    assert_eq!(walk.page(page(&[110, 150], Some(3))).read, Interval::new(100, 150));
    assert_eq!(walk.page(page(&[180, 190], None)).read, Interval::new(150, 200));
}

/// Scenario: the same after pages that came as they should. Guarantee: the walk goes on from what those have read.
#[test]
fn what_was_read_before_a_page_of_another_listing_stays_read() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.page(page(&[110, 150], Some(1))).read, Interval::new(100, 150));
    assert_eq!(walk.page(page(&[160, 110], None)).read, None);
    assert_eq!(walk.request(), Some(Request::Query { from: 150, to: 200, top: 1_000 }));
}

/// Scenario: Graph keeps no order at all. Guarantee: what it shows twice in no order counts; nobody asks for ever.
#[test]
fn pages_that_are_never_in_order_count_the_second_time() {
    let mut walk = walk(100, 200);
    for read in [None, Interval::new(100, 200)] {
        assert_eq!(walk.page(page(&[150, 110, 190], Some(1))).read, None);
        assert_eq!(walk.page(page(&[120, 180], None)).read, read);
    }
    assert_eq!(walk.request(), None);
}

/// Scenario: the first page of a descending listing holds records of one second, and its link dies. Guarantee: nothing counts as
/// read, and the whole window is asked for again.
#[test]
fn a_page_of_one_second_says_nothing_about_the_order() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.page(page(&[190, 190], Some(1))).read, None);
    walk.setback(Setback::DeadLink);
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
}

/// Lets the walk's next requests fail, and Graph serve whatever else is asked for. Answers how many of the window's own failed
/// before the walk gave up, if it did within so many.
fn fail_here(walk: &mut Walk<u32>, setback: Setback, most: usize) -> Option<usize> {
    for failed in 0..most {
        if let Some(Request::Elsewhere { .. }) = walk.request() {
            walk.served_elsewhere();
        }
        if walk.request().is_none() {
            return Some(failed);
        }
        walk.setback(setback);
    }
    None
}

/// Scenario: Graph fails for one part of the window alone. Guarantee: the window shortens until the failing part is left out, and
/// pages keep their size.
#[test]
fn what_keeps_failing_is_asked_for_in_shorter_windows() {
    let mut walk = walk(100, 200);
    fail_here(&mut walk, Setback::Passing(None), 10);
    walk.served_elsewhere();
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 101, top: 1_000 }));
}

/// Scenario: Graph never serves one second, in whatever way it fails, and serves all else. Guarantee: the walk gives that second
/// up after a bounded number of requests and answers no more of it as read.
#[test]
fn what_never_works_is_given_up() {
    for setback in [Setback::Passing(None), Setback::TooMuch, Setback::Malformed] {
        let mut walk = walk(100, 200);
        let failed = fail_here(&mut walk, setback, 40);
        assert!(failed.is_some(), "{setback:?} holds the walk");
        assert_eq!((walk.given_up(), walk.is_done()), (Interval::new(100, 101), false));
    }
}

/// Scenario: every request fails, and so does whatever else is asked for: an outage. Guarantee: nothing is given up, pages keep
/// their size, and what merely fails is asked for as it is, however long it lasts; then it is read.
#[test]
fn an_outage_gives_nothing_up() {
    for (setback, from, to) in [
        (Setback::Passing(None), 100, 200),
        (Setback::Passing(None), 199, 200),
        (Setback::Malformed, 100, 200),
        (Setback::Malformed, 199, 200),
        (Setback::TooMuch, 100, 101),
    ] {
        for page_size in [1_000, 1] {
            let mut walk: Walk<u32> = Walk::new(Interval { from, to: 200 }, page_size);
            for _ in 0..1_000 {
                assert_eq!(walk.given_up(), None, "{setback:?}");
                walk.setback(setback);
            }
            if let Some(Request::Elsewhere { .. }) = walk.request() {
                walk.served_elsewhere();
            }
            assert_eq!(walk.request(), Some(Request::Query { from, to, top: page_size }), "{setback:?}");
            assert_eq!(walk.page(page(&[from], None)).read, Interval::new(from, to));
        }
    }
}

/// Scenario: Graph is not asked at all, for want of a token or a connection. Guarantee: it says nothing about the window, which is
/// asked for as it is, after the wait that is known or a growing one.
#[test]
fn what_was_not_asked_says_nothing() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.setback(Setback::NotAsked(Some(Duration::from_secs(7)))), Duration::from_secs(7));
    let waits: Vec<_> = (0..3).map(|_| walk.setback(Setback::NotAsked(None)).as_secs()).collect();
    assert_eq!(waits, [2, 4, 8]);
    for _ in 0..1_000 {
        walk.setback(Setback::NotAsked(None));
    }
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
}

/// Scenario: one busy second of many pages, of which the first ones come and a later one never does. Guarantee: it is given up,
/// though pages come in between.
#[test]
fn a_second_whose_later_page_never_comes_is_given_up() {
    for setback in [Setback::Passing(None), Setback::TooMuch, Setback::Malformed, Setback::DeadLink] {
        let mut walk = walk(100, 101);
        let mut requests = 0;
        while let Some(request) = walk.request() {
            match request {
                Request::Query { .. } => drop(walk.page(page(&[100], Some(requests)))),
                Request::Follow(_) => drop(walk.setback(setback)),
                Request::Elsewhere { .. } => walk.served_elsewhere(),
            }
            requests += 1;
            assert!(requests < 200, "{setback:?} holds the walk");
        }
        assert_eq!(walk.given_up(), Interval::new(100, 101));
    }
}

/// Scenario: a busy second of a hundred pages, each of which comes only at the third try. Guarantee: it is read whole.
#[test]
fn a_second_that_goes_on_is_not_given_up() {
    let mut walk = walk(100, 101);
    for next in 1..=100 {
        for _ in 0..2 {
            walk.setback(Setback::Passing(None));
        }
        walk.page(page(&[100], (next < 100).then_some(next)));
    }
    assert_eq!((walk.is_done(), walk.given_up()), (true, None));
}

/// Scenario: the page that completes a read comes long after the query began. Guarantee: the read is dated by its query, and
/// nothing after that counts.
#[test]
fn a_read_is_as_old_as_its_query() {
    let mut walk = walk(100, 200);
    let first = walk.page(PageSeen { times: vec![100, 120], next: Some(1), asked_at: 150 });
    assert_eq!((first.read, first.at), (Interval::new(100, 120), 150));
    let last = walk.page(PageSeen { times: vec![160], next: None, asked_at: 1_000 });
    assert_eq!((last.read, last.at), (Interval::new(120, 150), 150));
}

/// Scenario: the server's clock is behind the window's end. Guarantee: nothing past the server's now counts as read.
#[test]
fn nothing_past_the_servers_now_counts() {
    let mut walk = walk(900, 1_100);
    assert_eq!(walk.page(page(&[950], None)).read, Interval::new(900, 1_000));
    let mut future = Walk::new(Interval { from: 2_000, to: 2_100 }, 1_000);
    assert_eq!(future.page(page(&[], None)).read, None);
    assert_eq!(future.request(), None);
}

/// Scenario: the paging token dies in mid-walk. Guarantee: ascending pages go on from the last record's second, others begin the
/// window again.
#[test]
fn a_dead_link_goes_on_where_it_can() {
    let mut ascending = walk(100, 200);
    ascending.page(page(&[100, 150], Some(1)));
    ascending.setback(Setback::DeadLink);
    assert_eq!(ascending.request(), Some(Request::Query { from: 150, to: 200, top: 1_000 }));
    let mut descending = walk(100, 200);
    descending.page(page(&[190, 150], Some(1)));
    descending.setback(Setback::DeadLink);
    assert_eq!(descending.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
}

/// Scenario: Graph answers 429 twice in a row. Guarantee: first the same request after the wait that was asked for, then half
/// the window.
#[test]
fn the_second_429_in_a_row_halves_the_window() {
    let mut walk = walk(100, 200);
    assert_eq!(
        walk.setback(Setback::Throttled(Some(Duration::from_millis(2_128)))),
        Duration::from_millis(2_128)
    );
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
    walk.setback(Setback::Throttled(None));
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 150, top: 1_000 }));
}

/// Scenario: nothing helps but less. Guarantee: windows halve down to a second, then pages down to one record, and no second is
/// skipped.
#[test]
fn too_much_is_asked_for_in_smaller_pieces() {
    let mut walk = walk(100, 108);
    for expected in [(104, 1_000), (102, 1_000), (101, 1_000), (101, 100), (101, 10), (101, 1), (101, 1)] {
        walk.setback(Setback::TooMuch);
        if let Some(Request::Elsewhere { .. }) = walk.request() {
            walk.served_elsewhere();
        }
        assert_eq!(walk.request(), Some(Request::Query { from: 100, to: expected.0, top: expected.1 }));
    }
}

/// Scenario: a next link that leads to itself. Guarantee: it is left behind instead of being followed for ever.
#[test]
fn a_link_to_itself_is_dead() {
    let mut walk = walk(100, 200);
    walk.page(page(&[100], Some(7)));
    walk.page(page(&[100], Some(7)));
    assert!(matches!(walk.request(), Some(Request::Query { .. })));
}

/// Scenario: links that lead in a circle. Guarantee: it is seen when a link comes again, and left behind.
#[test]
fn links_that_go_in_a_circle_are_dead() {
    for length in [2, 3, 1_000] {
        let mut walk = walk(100, 200);
        let mut asked = 0;
        while !matches!(walk.request(), Some(Request::Query { .. })) || asked == 0 {
            walk.page(page(&[100, 100], Some(asked % length)));
            asked += 1;
            assert!(asked < 2_000, "{length} links go round and round");
        }
    }
}

/// Scenario: failures that pass. Guarantee: waits grow up to a bound and honour what the server asks for.
#[test]
fn waits_grow_and_honour_the_server() {
    let mut walk = walk(100, 200);
    let waits: Vec<_> = (0..12).map(|_| walk.setback(Setback::Passing(None)).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert_eq!(walk.setback(Setback::Passing(Some(Duration::from_secs(400)))).as_secs(), 400);
}

/// A listing that serves `times` in ascending pages of three.
fn serve(times: &[Second], request: &Request<u32>, walked: &mut (Second, Second)) -> PageSeen<u32> {
    let skip = match request {
        Request::Query { from, to, .. } => {
            *walked = (*from, *to);
            0
        }
        Request::Follow(skip) => *skip,
        Request::Elsewhere { .. } => return PageSeen { times: Vec::new(), next: None, asked_at: 10_000 },
    };
    let found: Vec<_> = times.iter().copied().filter(|time| (walked.0..=walked.1).contains(time)).collect();
    let taken: Vec<_> = found.iter().copied().skip(skip as usize).take(3).collect();
    let next = skip + 3;
    PageSeen { times: taken, next: ((next as usize) < found.len()).then_some(next), asked_at: 10_000 }
}

proptest! {
    /// Scenario: any listing, any setbacks between its pages, and windows planned again for what was left. Guarantee: the
    /// seconds that count as read grow without gap to the window's end, and every record in them was on a page.
    #[test]
    fn whatever_happens_nothing_is_skipped(
        mut times in prop::collection::vec(0i64..50, 0..40),
        setbacks in prop::collection::vec((0u8..8, 0u8..3), 0..60),
    ) {
        times.sort_unstable();
        let window = Interval { from: 0, to: 50 };
        let mut setbacks = setbacks.into_iter();
        let (mut read_to, mut seen) = (0, BTreeSet::new());
        let mut rounds = 0;
        while read_to < window.to {
            rounds += 1;
            prop_assert!(rounds < 500);
            let mut walk: Walk<u32> = Walk::new(Interval { from: read_to, to: window.to }, 1_000);
            let mut walked = (0, 0);
            while let Some(request) = walk.request() {
                let setback = setbacks.next().and_then(|(kind, _)| match kind {
                    0 => Some(Setback::Throttled(None)),
                    1 => Some(Setback::TooMuch),
                    2 => Some(Setback::DeadLink),
                    3 => Some(Setback::Passing(None)),
                    4 => Some(Setback::Malformed),
                    5 => Some(Setback::NotAsked(None)),
                    _ => None,
                });
                if let Some(setback) = setback {
                    walk.setback(setback);
                    continue;
                }
                if let Request::Elsewhere { .. } = request {
                    walk.served_elsewhere();
                    continue;
                }
                let page = serve(&times, &request, &mut walked);
                seen.extend(page.times.iter().copied());
                if let Some(read) = walk.page(page).read {
                    prop_assert_eq!(read.from, read_to);
                    read_to = read.to;
                    prop_assert!(times.iter().filter(|time| **time < read_to).all(|time| seen.contains(time)));
                }
            }
        }
    }
}
