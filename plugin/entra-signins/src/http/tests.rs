use std::io::Write as _;
use std::time::Duration;

use collector::config::ProxyConfig;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response};
use url::Url;

use super::testing::{Canned, Then, answer, endpoints, nobody};
use super::{BodyError, BodyLimits, ClientError, Failure, client, date, read, retry_after, text};
use crate::config::Endpoints;

const LIMITS: BodyLimits =
    BodyLimits { most: 10_000, stall: Duration::from_mins(1), whole: Duration::from_mins(5) };

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
    };
    pairs.iter().map(pair).collect()
}

fn direct(url: &Url) -> Client {
    client(&endpoints(url), &ProxyConfig::default()).expect("builds")
}

async fn get(server: &Canned) -> Response {
    direct(&server.url).get(server.url.clone()).send().await.expect("answers")
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// Scenario: every form of Retry-After, with and without a Date to count from.
/// Guarantees: decimals and dates are understood, dates by the server's clock; nonsense is no wait, a wait without
/// end is cut.
#[test]
fn retry_after_in_all_its_forms() {
    let now = "Sun, 06 Nov 1994 08:49:37 GMT";
    let millis = |wait: u64| Some(Duration::from_millis(wait));
    for (value, wait) in [
        ("3", millis(3_000)),
        ("2.128", millis(2_128)),
        (" 0 ", millis(0)),
        ("-5", millis(0)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", millis(30_000)),
        ("Sun, 06 Nov 1994 08:49:07 GMT", millis(0)),
        ("1e300", Some(Duration::from_hours(1))),
        ("NaN", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(retry_after(&headers(&[("date", now), ("retry-after", value)])), wait, "{value}");
    }
    assert_eq!(retry_after(&headers(&[("retry-after", now)])), None, "a date without a date to count from");
    assert_eq!(retry_after(&headers(&[("retry-after", "2"), ("date", "never")])), millis(2_000));
    assert_eq!(retry_after(&HeaderMap::new()), None);
}

/// Scenario: Date headers, right and wrong.
/// Guarantees: the instant to the second, or nothing.
#[test]
fn date_is_read() {
    let read = |value| date(&headers(&[("date", value)]));
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), "1994-11-06T08:49:37Z".parse().ok());
    assert_eq!(read("yesterday"), None);
    assert_eq!(date(&HeaderMap::new()), None);
    assert_eq!(text(&headers(&[("request-id", "  a ")]), "Request-Id"), Some("a"));
}

/// Scenario: a body as it is, and compressed, in one member and in two.
/// Guarantees: the same bytes come out, and the size on the way is told.
#[tokio::test]
async fn bodies_come_whole() {
    let plain = b"{\"value\":[]}".repeat(50);
    let (first, second) = plain.split_at(77);
    for (headers, sent) in [
        ("", plain.clone()),
        ("Content-Encoding: identity\r\n", plain.clone()),
        ("Content-Encoding: gzip\r\n", gzip(&plain)),
        ("Content-Encoding: GZIP\r\n", [gzip(first), gzip(second)].concat()),
    ] {
        let server = Canned::answer("200 OK", headers, &sent).await;
        let body = read(get(&server).await, LIMITS).await.expect("comes");
        assert_eq!((body.bytes.as_ref(), body.received), (plain.as_slice(), sent.len()), "{headers}");
    }
}

/// Scenario: bodies of exactly the cap and one byte more, plain and as a small compressed bomb.
/// Guarantees: the cap is on what is inflated, and is exact.
#[tokio::test]
async fn bodies_over_the_cap_are_refused() {
    for (size, fits) in [(LIMITS.most, true), (LIMITS.most + 1, false), (50_000_000, false)] {
        let plain = vec![b' '; size];
        let server = Canned::answer("200 OK", "Content-Encoding: gzip\r\n", gzip(&plain)).await;
        let body = read(get(&server).await, LIMITS).await;
        assert_eq!(body.map(|body| body.bytes.len()).ok(), fits.then_some(size), "gzip of {size}");
    }
    let server = Canned::answer("200 OK", "", vec![b' '; LIMITS.most + 1]).await;
    assert_eq!(read(get(&server).await, LIMITS).await.expect_err("is too large"), BodyError::TooLarge);
}

/// Scenario: compressed bodies cut short or damaged, a body shorter than announced, an unknown encoding.
/// Guarantees: never a body that is not whole; what can pass is told from what was not asked for.
#[tokio::test]
async fn broken_bodies_are_no_bodies() {
    let whole = gzip(b"{\"value\":[1,2,3,4,5,6,7,8,9]}");
    let mut damaged = whole.clone();
    damaged[14] ^= 0xff;
    let half = answer("200 OK", "", b"0123456789")[..].strip_suffix(b"56789").expect("ends so").to_vec();
    let gzip_answer = |body: &[u8]| answer("200 OK", "Content-Encoding: gzip\r\n", body);
    for sent in [half, gzip_answer(&whole[..whole.len() - 9]), gzip_answer(&damaged), gzip_answer(b"")] {
        let server = Canned::serve(sent, Then::Close).await;
        let error = read(get(&server).await, LIMITS).await.expect_err("is not whole");
        assert!(matches!(error, BodyError::Failed(Failure::Broken(_))), "{error:?}");
    }
    let server = Canned::answer("200 OK", "Content-Encoding: br\r\n", "x").await;
    assert_eq!(read(get(&server).await, LIMITS).await.expect_err("is unknown"), BodyError::Encoding);
}

/// Scenario: a body that stops in the middle while the connection stays open.
/// Guarantees: it is given up after the wait allowed.
#[tokio::test]
async fn a_stalled_body_is_given_up() {
    let sent = answer("200 OK", "", b"0123456789");
    let server = Canned::serve(&sent[..sent.len() - 3], Then::Stall).await;
    let limits = BodyLimits { stall: Duration::from_millis(50), ..LIMITS };
    let error = read(get(&server).await, limits).await.expect_err("stalls");
    assert_eq!(error, BodyError::Failed(Failure::TimedOut));
}

/// Scenario: a body that comes byte by byte, each soon after the last, and would take minutes.
/// Guarantees: it is given up after the wait allowed for all of it.
#[tokio::test(start_paused = true)]
async fn a_trickling_body_is_given_up() {
    let server = Canned::serve(answer("200 OK", "", [b' '; 400]), Then::Trickle).await;
    let error = read(get(&server).await, LIMITS).await.expect_err("trickles");
    assert_eq!(error, BodyError::Failed(Failure::TimedOut));
}

/// Scenario: an address where nobody listens, and a server that closes without an answer.
/// Guarantees: no connection is told from a broken one, in words, and neither shows the query.
#[tokio::test]
async fn failures_are_told_apart() {
    let mut url = nobody().await;
    url.set_query(Some("$skiptoken=hush"));
    let error = direct(&url).get(url.clone()).send().await.expect_err("nobody is there");
    let Failure::Unreachable(why) = Failure::from(error) else { panic!("is unreachable") };
    assert!(why.starts_with("it refuses connections"), "{why}");
    assert!(!why.contains("hush"), "{why}");

    let server = Canned::serve("", Then::Close).await;
    let mut url = server.url.clone();
    url.set_query(Some("$skiptoken=hush"));
    let error = direct(&server.url).get(url).send().await.expect_err("has no answer");
    let Failure::Broken(how) = Failure::from(error) else { panic!("is broken") };
    assert!(!how.contains("hush"), "{how}");
}

/// Scenario: endpoints in the clear and encrypted ones.
/// Guarantees: a client of encrypted endpoints sends nothing in the clear, not even to this machine.
#[tokio::test]
async fn encrypted_endpoints_stay_encrypted() {
    let server = Canned::answer("200 OK", "", "").await;
    let encrypted: Url = "https://graph.example/".parse().unwrap();
    let http = client(&endpoints(&encrypted), &ProxyConfig::default()).expect("builds");
    assert!(http.get(server.url.clone()).send().await.is_err());
    assert_eq!(server.requests(), Vec::<String>::new());
    assert_eq!(get(&server).await.status(), 200);
    let agent = format!("user-agent: entra-signins/{}", env!("CARGO_PKG_VERSION"));
    assert!(server.requests()[0].contains(&agent), "{:?}", server.requests());
}

/// Scenario: the host has a proxy, the connector has one of its own, and a host that is reached directly.
/// Guarantees: the connector's own comes first, and no_proxy holds.
#[tokio::test]
async fn the_connectors_proxy_comes_first() {
    let (target, proxy) =
        (Canned::answer("200 OK", "", "target").await, Canned::answer("200 OK", "", "proxy").await);
    let through = |url: &Url, no_proxy: &[&str]| ProxyConfig {
        http: Some(url.to_string()),
        https: None,
        no_proxy: no_proxy.iter().map(|&host| host.to_owned()).collect(),
    };
    let elsewhere = through(&nobody().await, &[]);
    for (own, host, answered) in [
        (None, ProxyConfig::default(), "target"),
        (None, through(&proxy.url, &[]), "proxy"),
        (Some(through(&proxy.url, &[])), elsewhere.clone(), "proxy"),
        (Some(ProxyConfig::default()), elsewhere, "target"),
        (Some(through(&proxy.url, &["127.0.0.1"])), ProxyConfig::default(), "target"),
    ] {
        let endpoints = Endpoints { proxy: own.clone(), ..endpoints(&target.url) };
        let http = client(&endpoints, &host).expect("builds");
        let response = http.get(target.url.clone()).send().await.expect("answers");
        assert_eq!(response.text().await.expect("comes"), answered, "{own:?}, {host:?}");
    }
}

/// Scenario: a file of root certificates that is not there, holds none, and holds one; a proxy that is no URL.
/// Guarantees: errors that name the file and not the proxy.
#[test]
fn settings_that_cannot_work_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let encrypted = endpoints(&"https://graph.example/".parse().unwrap());
    let with = |name: &str, text: Option<&str>| {
        let path = directory.path().join(name);
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        client(&Endpoints { ca_file: Some(path), ..encrypted.clone() }, &ProxyConfig::default())
    };
    assert!(matches!(with("absent.pem", None), Err(ClientError::CaFile { .. })));
    assert!(matches!(with("empty.pem", Some("none")), Err(ClientError::NoCertificate(_))));
    assert!(with("good.pem", Some(graph_simulator::testdata::CERTIFICATE_PEM)).is_ok());

    let proxy = ProxyConfig { https: Some("http://user:hush@[".to_owned()), ..ProxyConfig::default() };
    let error = client(&encrypted, &proxy).expect_err("is no URL");
    assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
}
