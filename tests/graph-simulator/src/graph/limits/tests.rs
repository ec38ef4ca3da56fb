//! The windows against a count by hand.

use std::time::Duration;

use uuid::Uuid;

use super::{Windows, retry_after};
use crate::clock::SECOND;
use crate::config::{Limits, RetryAfter};
use crate::records::draw::Draw;

const TENANT: Uuid = Uuid::from_u128(1);

/// Scenario: six requests in ten seconds, and one when the first has left the window.
/// Guarantees: the sixth is beyond the limit and told when to come back; coming back then is allowed, a moment earlier is not.
#[test]
fn the_sixth_in_ten_seconds_is_beyond() {
    let limits = Limits::default();
    for (early, allowed) in [(0, true), (1, false)] {
        let mut windows = Windows::default();
        let mut count = |millis| windows.count(&limits, "app", TENANT, Duration::from_millis(millis));
        for at in [0, 1000, 2000, 3000, 4000] {
            assert_eq!(count(at), None);
        }
        let wait = count(5000).expect("is beyond");
        assert_eq!(
            wait,
            Duration::from_secs(6),
            "the one at 0 and the one at 1 s must leave: this one counts too"
        );
        assert_eq!(count(11_000 - early).is_none(), allowed);
        assert_eq!(windows.violations(), 1 + early);
    }
}

/// Scenario: random requests of two tenants of one application, with small limits.
/// Guarantees: a request is beyond a limit exactly when the half-open window that ends with it holds more than the limit.
#[test]
fn windows_agree_with_counting_all() {
    let limits = Limits { per_app_and_tenant: Some(3), per_app: Some(4), ..Limits::default() };
    let mut windows = Windows::default();
    let mut draw = Draw::new(1, 1);
    let mut past: Vec<(Duration, Uuid)> = Vec::new();
    let mut at = Duration::ZERO;
    let mut beyond = 0;
    for _ in 0..2000 {
        at += Duration::from_millis(500 * draw.below(10) as u64);
        let tenant = Uuid::from_u128(draw.below(2) as u128);
        past.push((at, tenant));
        let recent = past.iter().filter(|(then, _)| *then + limits.window > at);
        let of_tenant = recent.clone().filter(|(_, other)| *other == tenant).count();
        let expected = of_tenant > 3 || recent.count() > 4;
        assert_eq!(windows.count(&limits, "app", tenant, at).is_some(), expected, "at {at:?}");
        beyond += u64::from(expected);
    }
    assert!(beyond > 100);
    assert_eq!(windows.violations(), beyond);
}

/// Scenario: a wait of 2.128 s in each form.
/// Guarantees: no form lets an obedient client come too early.
#[test]
fn retry_after_in_each_form() {
    let wait = Duration::from_micros(2_127_001);
    let now = 784_111_777 * SECOND + 1;
    assert_eq!(retry_after(RetryAfter::Absent, wait, now), None);
    assert_eq!(retry_after(RetryAfter::Seconds, wait, now).as_deref(), Some("3"));
    assert_eq!(retry_after(RetryAfter::Decimal, wait, now).as_deref(), Some("2.128"));
    assert_eq!(
        retry_after(RetryAfter::HttpDate, wait, now).as_deref(),
        Some("Sun, 06 Nov 1994 08:49:40 GMT")
    );
}
