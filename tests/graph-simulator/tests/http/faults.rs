//! Each fault as a client meets it.

use std::time::Duration;

use graph_simulator::{Endpoint, Fault, FaultKind, Flaw, LinkPart, Pages, RetryAfter};
use serde_json::Value;

use crate::support::{ALL_KINDS, HOUR, Scene, contoso, ids, scene};

const ALL: (&str, &str) = ("$filter", ALL_KINDS);

async fn troubled(fault: impl Into<Fault>) -> Scene {
    let scene = scene(contoso().history(30, HOUR)).await;
    scene.tenant.inject(fault);
    scene
}

/// The next answer with status and headers, and its body as text.
async fn answer(scene: &Scene) -> (u16, reqwest::header::HeaderMap, String) {
    let response = scene.list(&[ALL, ("$top", "10")]).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.expect("reads"))
}

/// The fault is over: a list is complete.
async fn well_again(scene: &Scene) {
    assert_eq!(ids(&scene.walk(&[ALL, ("$top", "10")]).await).len(), 30);
}

/// Scenario: 429 twice in a row, in each form, and 5xx with and without `Retry-After`.
/// Guarantees: status, header and error body as configured, as often as configured; the limits do not count them as violations.
#[tokio::test]
async fn refusals_with_and_without_retry_after() {
    for (retry_after, expected) in
        [(RetryAfter::Seconds, Some("3")), (RetryAfter::Decimal, Some("2.128")), (RetryAfter::Absent, None)]
    {
        let scene =
            troubled(Fault::new(FaultKind::Throttle { retry_after, wait_millis: 2128 }).times(2)).await;
        for _ in 0..2 {
            let (status, headers, body) = answer(&scene).await;
            assert_eq!(status, 429);
            assert_eq!(headers.get("Retry-After").map(|value| value.to_str().expect("is text")), expected);
            assert!(body.contains(r#""code":"TooManyRequests""#), "{body}");
        }
        well_again(&scene).await;
        assert_eq!(scene.simulator.limit_violations(), 0);
    }
    for (status, secs) in [(500, None), (502, Some(1)), (503, Some(7)), (504, None), (509, None)] {
        let scene = troubled(FaultKind::Status { status, retry_after_secs: secs }).await;
        let (got, headers, body) = answer(&scene).await;
        assert_eq!(got, status);
        assert_eq!(headers.get("Retry-After").is_some(), secs.is_some());
        assert!(serde_json::from_str::<Value>(&body).expect("is JSON")["error"]["code"].is_string());
        well_again(&scene).await;
    }
}

/// Scenario: the connection breaks before the answer, in its middle, or the body is cut; plain and compressed.
/// Guarantees: the client notices each as an error of transport or of decoding, never as a short good body.
#[tokio::test]
async fn broken_deliveries_are_noticed() {
    let scene = troubled(FaultKind::Reset).await;
    let request = scene.get(&scene.list_url(&[ALL]));
    assert!(request.send().await.expect_err("is reset").is_request());
    well_again(&scene).await;
    for gzip in ["gzip", "identity"] {
        scene.tenant.inject(FaultKind::HalfBody);
        let request = scene.get(&scene.list_url(&[ALL])).header("Accept-Encoding", gzip);
        let response = request.send().await.expect("begins");
        assert_eq!(response.status(), 200);
        assert!(response.bytes().await.is_err());
        well_again(&scene).await;

        scene.tenant.inject(FaultKind::CutBody);
        let request = scene.get(&scene.list_url(&[ALL])).header("Accept-Encoding", gzip);
        let body = request.send().await.expect("begins").bytes().await;
        assert!(body.is_err() || serde_json::from_slice::<Value>(&body.expect("reads")).is_err());
        well_again(&scene).await;
    }
}

/// Scenario: a stalled body and a slow answer.
/// Guarantees: nothing more comes of the one; the other comes late but whole.
#[tokio::test]
async fn slow_deliveries() {
    let scene = troubled(FaultKind::StalledBody).await;
    let request = scene.get(&scene.list_url(&[ALL])).timeout(Duration::from_millis(300));
    let body = request.send().await.expect("begins").bytes().await;
    assert!(body.expect_err("stalls").is_timeout());
    well_again(&scene).await;
    scene.tenant.inject(FaultKind::Delay { millis: 60_000 });
    let request = scene.get(&scene.list_url(&[ALL])).timeout(Duration::from_millis(300));
    assert!(request.send().await.expect_err("is slow").is_timeout());
    well_again(&scene).await;
    scene.tenant.inject(FaultKind::Delay { millis: 50 });
    well_again(&scene).await;
}

/// Scenario: answers with status 200 that are no pages.
/// Guarantees: each has the content that was asked for.
#[tokio::test]
async fn good_status_bad_body() {
    let of = async |kind| answer(&troubled(kind).await).await;
    let (_, headers, body) = of(FaultKind::Html).await;
    assert!(
        headers["Content-Type"].to_str().expect("is text").starts_with("text/html")
            && body.contains("<html>")
    );
    let (_, _, body) = of(FaultKind::BrokenJson).await;
    assert!(serde_json::from_str::<Value>(&body).is_err() && !body.is_empty());
    let (_, _, body) = of(FaultKind::WrongShape).await;
    assert!(serde_json::from_str::<Value>(&body).expect("is JSON")["value"].is_object());
    let (status, _, body) = of(FaultKind::EmptyBody).await;
    assert_eq!((status, body.as_str()), (200, ""));
    let (_, headers, body) = of(FaultKind::WrongContentType).await;
    assert_eq!(headers["Content-Type"], "text/plain");
    assert_eq!(
        serde_json::from_str::<Value>(&body).expect("is JSON")["value"].as_array().expect("is a list").len(),
        10
    );
}

/// Scenario: empty and short pages in the middle of a walk.
/// Guarantees: they have a next link, and the walk stays complete.
#[tokio::test]
async fn empty_and_short_pages_lose_nothing() {
    let scene = troubled(Fault::new(FaultKind::EmptyPage).times(2)).await;
    scene.tenant.inject(Fault::new(FaultKind::ShortPage { records: 3 }).after(3));
    let pages = scene.pages(&[ALL, ("$top", "10")]).await;
    let sizes: Vec<usize> =
        pages.iter().map(|page| page["value"].as_array().expect("is a list").len()).collect();
    assert_eq!(sizes, [0, 0, 10, 3, 10, 7]);
    let records: Vec<Value> =
        pages.iter().flat_map(|page| page["value"].as_array().expect("is a list").clone()).collect();
    let mut truth: Vec<String> = scene.tenant.truth().into_iter().map(|sign_in| sign_in.id).collect();
    truth.reverse();
    assert_eq!(ids(&records), truth);
}

/// Scenario: next links that lead elsewhere or to the same page; a dead skiptoken; a redirect.
/// Guarantees: the link differs in the stated part only; the dead token hits a following page.
#[tokio::test]
async fn links_that_lead_astray() {
    for (part, expected) in [
        (LinkPart::Host, "http://graph.example.net/beta/auditLogs/signIns?"),
        (LinkPart::Port, "http://127.0.0.1:9/beta/auditLogs/signIns?"),
        (LinkPart::Scheme, "https://127.0.0.1:"),
        (LinkPart::Garbage, "::not a url::"),
    ] {
        let scene = troubled(FaultKind::ForeignNextLink { part }).await;
        let page: Value = serde_json::from_str(&answer(&scene).await.2).expect("is JSON");
        let link = page["@odata.nextLink"].as_str().expect("has a next page");
        assert!(link.starts_with(expected), "{link}");
        well_again(&scene).await;
    }
    let scene = troubled(Fault::new(FaultKind::NextLinkLoop).pages(Pages::Following)).await;
    let first: Value = serde_json::from_str(&answer(&scene).await.2).expect("is JSON");
    let next = first["@odata.nextLink"].as_str().expect("has a next page");
    let second: Value = scene.get(next).send().await.expect("answers").json().await.expect("is JSON");
    assert_eq!(second["@odata.nextLink"], next);
    well_again(&scene).await;

    scene.tenant.inject(FaultKind::DeadSkiptoken);
    assert_eq!(answer(&scene).await.0, 200);
    assert_eq!(scene.get(next).send().await.expect("answers").status(), 400);
    well_again(&scene).await;

    scene
        .tenant
        .inject(FaultKind::Redirect { status: 307, location: "http://graph.example.net/".to_owned() });
    let (status, headers, _) = answer(&scene).await;
    assert_eq!((status, headers["Location"].to_str().expect("is text")), (307, "http://graph.example.net/"));
}

/// Scenario: a page that inflates to many MiB, and records with padding.
/// Guarantees: the one is huge whatever is asked and small on the wire; the other shrinks with the page.
#[tokio::test]
async fn large_pages() {
    let scene = troubled(FaultKind::HugePage { mebibytes: 8 }).await;
    let raw = reqwest::Client::builder().gzip(false).build().expect("builds");
    let request = raw.get(scene.list_url(&[("$top", "1")])).header("Accept-Encoding", "gzip");
    let compressed = request.bearer_auth(&scene.token).send().await.expect("answers");
    assert_eq!(compressed.headers()["Content-Encoding"], "gzip");
    assert!(compressed.bytes().await.expect("reads").len() < 100_000);
    scene.tenant.inject(Fault::new(FaultKind::HeavyRecords { kibibytes: 64 }).always());
    let size = async |top| scene.list(&[ALL, ("$top", top)]).await.text().await.expect("reads").len();
    let (one, ten) = (size("1").await, size("10").await);
    assert!(one > 64 * 1024 && ten > 9 * one, "{one} {ten}");
}

/// Scenario: 401, each 403, 400, at the endpoints they belong to.
/// Guarantees: code and status of Graph's; faults stay at their endpoint.
#[tokio::test]
async fn refusals_of_permission_and_form() {
    for (code, _) in graph_simulator::FORBIDDEN_CODES {
        let scene = troubled(FaultKind::Forbidden { code: code.to_owned() }).await;
        let (status, _, body) = answer(&scene).await;
        assert_eq!(status, 403);
        assert_eq!(serde_json::from_str::<Value>(&body).expect("is JSON")["error"]["code"], code);
    }
    let scene = troubled(FaultKind::InvalidToken).await;
    assert_eq!(answer(&scene).await.0, 401);
    scene.tenant.inject(FaultKind::InvalidFilter);
    assert_eq!(answer(&scene).await.0, 400);
    scene.tenant.inject(
        Fault::new(FaultKind::Forbidden { code: "Authorization_RequestDenied".to_owned() })
            .on(Endpoint::Organization),
    );
    well_again(&scene).await;
    let organization = scene.url("v1.0/organization");
    assert_eq!(scene.get(&organization).send().await.expect("answers").status(), 403);
    assert_eq!(scene.get(&organization).send().await.expect("answers").status(), 200);
    scene
        .tenant
        .inject(Fault::new(FaultKind::Status { status: 503, retry_after_secs: None }).on(Endpoint::Token));
    assert_eq!(scene.ask_token(&[]).await.status(), 503);
}

/// Scenario: records come twice: within a page, and in two pages.
/// Guarantees: exactly one more record than the truth, of an id that is in it, and nothing missing.
#[tokio::test]
async fn repeats_lose_nothing() {
    for kind in [FaultKind::RepeatInPage, FaultKind::RepeatAcrossPages] {
        let scene = troubled(kind).await;
        let mut all = ids(&scene.walk(&[ALL, ("$top", "10")]).await);
        assert_eq!(all.len(), 31);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 30);
    }
}

/// Scenario: additional records with every flaw.
/// Guarantees: the page is JSON, has one more element, and all true records.
#[tokio::test]
async fn flawed_records_come_on_top() {
    for flaw in Flaw::ALL {
        let scene = troubled(FaultKind::FlawedRecords { flaw }).await;
        let (_, _, body) = answer(&scene).await;
        let page: Value = serde_json::from_str(&body).expect("is JSON");
        let records = page["value"].as_array().expect("is a list");
        assert_eq!(records.len(), 11, "{flaw:?}");
        assert_eq!(ids(&records[1..]).len(), 10);
        assert!(!records[1..].contains(&records[0]));
    }
}

/// Scenario: fields and enum members that nobody knows, newest first in spite of `$orderby`.
/// Guarantees: each changes only what it says.
#[tokio::test]
async fn the_unforeseen() {
    let scene = troubled(FaultKind::UnknownFields).await;
    let (_, _, body) = answer(&scene).await;
    let page: Value = serde_json::from_str(&body).expect("is JSON");
    assert!(
        page["value"]
            .as_array()
            .expect("is a list")
            .iter()
            .all(|record| record["futureProperty"].is_object())
    );
    scene.tenant.inject(FaultKind::UnknownEnumValues);
    let (_, _, body) = answer(&scene).await;
    let page: Value = serde_json::from_str(&body).expect("is JSON");
    assert_eq!(page["value"][0]["riskState"], "notYetInvented");
    let ascending = [ALL, ("$orderby", "createdDateTime asc")];
    let mut expected = ids(&scene.walk(&ascending).await);
    expected.reverse();
    scene.tenant.inject(FaultKind::Descending);
    assert_eq!(ids(&scene.walk(&ascending).await), expected);
}

/// Scenario: a service that cannot answer wide or full windows.
/// Guarantees: 504 for those, good answers for narrower ones.
#[tokio::test]
async fn wide_windows_time_out() {
    let scene =
        troubled(Fault::new(FaultKind::WindowTimeout { seconds: 1200, records: 1000 }).always()).await;
    let now = scene.simulator.now();
    let status = async |minutes| {
        let from = now - jiff::SignedDuration::from_mins(minutes);
        let filter = format!("createdDateTime ge {from} and createdDateTime le {now} and {ALL_KINDS}");
        scene.list(&[("$filter", filter.as_str())]).await.status().as_u16()
    };
    assert_eq!((status(30).await, status(10).await), (504, 200));
    scene.tenant.clear_faults();
    scene.tenant.inject(Fault::new(FaultKind::WindowTimeout { seconds: 36_000, records: 5 }).always());
    assert_eq!((status(60).await, status(1).await), (504, 200));
}

/// Scenario: a server whose `Date` is wrong or missing.
/// Guarantees: only the header is; by default it is the server's clock.
#[tokio::test]
async fn the_date_header() {
    let scene = troubled(FaultKind::DateOffset { seconds: 3600 }).await;
    let date = |headers: &reqwest::header::HeaderMap| {
        let text = headers["Date"].to_str().expect("is text").to_owned();
        jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).expect("is a date").as_second()
    };
    let now = scene.simulator.now().as_second();
    assert!((3595..3660).contains(&(date(&answer(&scene).await.1) - now)));
    assert!((-1..60).contains(&(date(&answer(&scene).await.1) - now)));
    scene.tenant.inject(FaultKind::NoDate);
    let (status, headers, _) = answer(&scene).await;
    assert_eq!((status, headers.get("Date")), (200, None));
    assert!((-1..60).contains(&(date(&answer(&scene).await.1) - now)));
    scene.simulator.jump_clock(jiff::SignedDuration::from_hours(5));
    assert!((17_995..18_060).contains(&(date(&answer(&scene).await.1) - now)));
}

/// Scenario: an instant that cannot be served, and windows that hold it or do not. Guarantee: exactly the windows that ask for it
/// are refused; the simulator counts how often.
#[tokio::test]
async fn an_instant_that_is_never_served() {
    let scene = scene(contoso().history(30, HOUR)).await;
    let now = scene.simulator.now();
    let ago = |minutes: i64| now - jiff::SignedDuration::from_mins(minutes);
    let unavailable = FaultKind::Status { status: 500, retry_after_secs: None };
    scene.tenant.inject(Fault::new(unavailable).always().asking_for(ago(30)));
    for (from, to, expected) in [(60, 0, 500), (31, 29, 500), (60, 31, 200), (29, 0, 200)] {
        let (from, to) = (ago(from), ago(to));
        let filter = format!("{ALL_KINDS} and createdDateTime ge {from:.0} and createdDateTime le {to:.0}");
        let status = scene.list(&[("$filter", &filter)]).await.status().as_u16();
        assert_eq!(status, expected, "{filter}");
    }
    assert_eq!(scene.tenant.faults_happened()["status"], 2);
}
