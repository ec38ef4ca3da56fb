//! What answers mean, one by one.

use std::sync::Arc;

use collector::internal_event::ErrorType;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::sinks::client::Secrets;
use crate::sinks::http::answer::{Answer, failure_of};
use crate::sinks::{Failure, Now};

fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Option<Failure> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let now: Now = Arc::new(|| "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap());
    let status = StatusCode::from_u16(status).unwrap();
    failure_of(&Answer { status, headers: map, body: body.as_bytes().to_vec() }, &Secrets::default(), &now)
}

/// Guarantee: each status has the meaning of the table in the module's documentation.
#[test]
fn statuses_have_their_meaning() {
    let kind = |status| match answer(status, &[], "") {
        None => "confirmed",
        Some(Failure::Temporary { .. }) => "passes",
        Some(Failure::Misconfigured { .. }) => "attention",
        Some(Failure::TooLarge { .. }) => "halve",
        Some(Failure::Refused { .. }) => "search",
        Some(Failure::Gone { .. }) => "gone",
    };
    for (statuses, expected) in [
        (vec![200, 201, 202, 204], "confirmed"),
        (vec![408, 425, 429, 500, 502, 503, 504, 507], "passes"),
        (vec![301, 302, 307, 308, 401, 403, 404, 405, 410, 415], "attention"),
        (vec![413], "halve"),
        (vec![400, 422], "search"),
    ] {
        for status in statuses {
            assert_eq!(kind(status), expected, "{status}");
        }
    }
}

/// Guarantee: Vector's two kinds of 400 are told apart by their message.
#[test]
fn the_two_kinds_of_400_are_told_apart() {
    let behind = answer(400, &[], r#"{"code":400,"message":"Contents failed to deliver to sink"}"#);
    assert!(matches!(behind, Some(Failure::Temporary { .. })));
    let broken = answer(400, &[], r#"{"code":400,"message":"Failed decoding body: x"}"#);
    assert!(matches!(broken, Some(Failure::Refused { .. })));
}

/// Guarantee: credentials that are refused are counted as such.
#[test]
fn refused_credentials_are_an_authentication_error() {
    let Some(Failure::Misconfigured { error_type, .. }) = answer(403, &[], "") else { panic!() };
    assert_eq!(error_type, ErrorType::AuthenticationFailed);
}

/// Guarantee: the wait that a receiver asks for is understood as seconds and as a date, counted from the receiver's own
/// clock where it shows it, and from ours where it does not; nonsense asks for nothing.
#[test]
fn a_wait_is_seconds_or_a_date() {
    let after = |headers: &[(&'static str, &'static str)]| match answer(503, headers, "") {
        Some(Failure::Temporary { after, .. }) => after,
        other => panic!("{other:?}"),
    };
    let (soon, date) = ("Sun, 01 Mar 2026 12:01:30 GMT", "Sun, 01 Mar 2026 12:01:00 GMT");
    assert_eq!(after(&[("retry-after", "120")]), Some(Duration::from_mins(2)));
    assert_eq!(after(&[("retry-after", soon)]), Some(Duration::from_secs(90)));
    assert_eq!(after(&[("retry-after", soon), ("date", date)]), Some(Duration::from_secs(30)));
    assert_eq!(after(&[("retry-after", "Sun, 01 Mar 2026 11:00:00 GMT")]), None);
    assert_eq!(after(&[("retry-after", "soon")]), None);
    assert_eq!(after(&[]), None);
}

/// Scenario: a page of HTML with line ends and control characters, and a very long message. Guarantee: one short line.
#[test]
fn a_message_is_one_short_line() {
    let Some(Failure::Temporary { reason, .. }) = answer(502, &[], "<html>\r\n\t<b>Bad\u{1b}[31m</b>") else {
        panic!()
    };
    assert_eq!(reason, "the receiver answered 502 Bad Gateway: <html> <b>Bad [31m</b>");
    let Some(Failure::Temporary { reason, .. }) = answer(502, &[], &"x".repeat(9999)) else { panic!() };
    assert!(reason.len() < 400);
}
