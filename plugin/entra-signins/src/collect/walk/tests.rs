//! Tests of the walk, against a simulated listing.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn page(times: &[Second], next: Option<u32>) -> PageSeen<u32> {
    PageSeen { times: times.to_vec(), next, server_now: Some(1_000) }
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

/// Scenario: the first page of a descending listing holds records of one second, and its link dies. Guarantee: nothing counts as
/// read, and the whole window is asked for again.
#[test]
fn a_page_of_one_second_says_nothing_about_the_order() {
    let mut walk = walk(100, 200);
    assert_eq!(walk.page(page(&[190, 190], Some(1))).read, None);
    walk.setback(Setback::DeadLink);
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 200, top: 1_000 }));
}

/// Scenario: Graph fails for one part of the window alone. Guarantee: the window shortens until the failing part is left out, and
/// pages keep their size.
#[test]
fn what_keeps_failing_is_asked_for_in_shorter_windows() {
    let mut walk = walk(100, 200);
    for _ in 0..20 {
        walk.setback(Setback::Passing(None));
    }
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 101, top: 1_000 }));
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
    for expected in [(104, 1_000), (102, 1_000), (101, 1_000), (101, 500), (101, 250)] {
        walk.setback(Setback::TooMuch);
        assert_eq!(walk.request(), Some(Request::Query { from: 100, to: expected.0, top: expected.1 }));
    }
    for _ in 0..20 {
        walk.setback(Setback::TooMuch);
    }
    assert_eq!(walk.request(), Some(Request::Query { from: 100, to: 101, top: 1 }));
}

/// Scenario: a next link that leads to itself. Guarantee: it is left behind instead of being followed for ever.
#[test]
fn a_link_to_itself_is_dead() {
    let mut walk = walk(100, 200);
    walk.page(page(&[100], Some(7)));
    walk.page(page(&[100], Some(7)));
    assert!(matches!(walk.request(), Some(Request::Query { .. })));
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
    };
    let found: Vec<_> = times.iter().copied().filter(|time| (walked.0..=walked.1).contains(time)).collect();
    let taken: Vec<_> = found.iter().copied().skip(skip as usize).take(3).collect();
    let next = skip + 3;
    PageSeen { times: taken, next: ((next as usize) < found.len()).then_some(next), server_now: Some(10_000) }
}

proptest! {
    /// Scenario: any listing, any setbacks between its pages, and windows planned again for what was left. Guarantee: the
    /// seconds that count as read grow without gap to the window's end, and every record in them was on a page.
    #[test]
    fn whatever_happens_nothing_is_skipped(
        mut times in prop::collection::vec(0i64..50, 0..40),
        setbacks in prop::collection::vec((0u8..6, 0u8..3), 0..30),
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
                    _ => None,
                });
                if let Some(setback) = setback {
                    walk.setback(setback);
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
