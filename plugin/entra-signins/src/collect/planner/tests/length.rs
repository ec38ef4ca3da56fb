//! How long windows become: as long as Graph and their pages bear.

use proptest::prelude::*;

use super::*;

/// Graph's largest page.
const PAGE: i64 = 1_000;

fn pages(an_hour: i64, secs: Second) -> i64 {
    (an_hour * secs / 3_600 + PAGE - 1) / PAGE
}

/// Reads windows one after the other of a history with so many sign-ins an hour, from a Graph that bears windows of at most so many
/// seconds.
fn read(length: &mut WindowLength, an_hour: i64, bears: Second, windows: usize) {
    for _ in 0..windows {
        let window = Interval { from: 0, to: length.secs() };
        if window.secs() > bears {
            length.too_long(window);
        } else {
            let pages = pages(an_hour, window.secs()).max(1);
            length.learned(Lane::History, window, u32::try_from(pages).unwrap());
        }
    }
}

proptest! {
    /// Scenario: a history of any density, read from any length on. Guarantee: soon windows hold neither few pages, of which the
    /// last is mostly empty, nor so many that a dead paging token costs much; unless a day or a second is the bound.
    #[test]
    fn windows_soon_hold_a_handful_of_pages(before in 0_i64..10_000_000, an_hour in 0_i64..10_000_000) {
        let mut length = WindowLength::default();
        read(&mut length, before, Second::MAX, 40);
        read(&mut length, an_hour, Second::MAX, 40);
        let pages = pages(an_hour, length.secs());
        let at_bound = length.secs() == DAY && pages < i64::from(WindowLength::FEW_PAGES);
        let wanted = i64::from(WindowLength::FEW_PAGES)..=i64::from(WindowLength::MANY_PAGES);
        // A window that is doubled may hold a page less than twice as many.
        prop_assert!(at_bound || wanted.contains(&pages) || length.secs() == 1, "{pages} pages in {} s", length.secs());
    }

    /// Scenario: Graph answers windows up to some length alone, and later longer ones again. Guarantee: windows settle below what it
    /// bears, and grow again.
    #[test]
    fn windows_are_as_long_as_graph_bears(bears in 1_i64..DAY) {
        let mut length = WindowLength::default();
        let mut borne = 0;
        for _ in 0..40 {
            borne += usize::from(length.secs() <= bears);
            read(&mut length, 0, bears, 1);
        }
        prop_assert!(borne >= 15, "only {borne} of 40 windows were borne, of up to {bears} s");
        read(&mut length, 0, Second::MAX, 40);
        prop_assert_eq!(length.secs(), DAY);
    }
}
