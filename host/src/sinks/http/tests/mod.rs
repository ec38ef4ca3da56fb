//! Tests of the `http` sink against a real receiver on this machine.

mod answer;
mod counters;
mod receiver;
mod secrets;

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use collector::settings::{Setting, Spanned, Table};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::DESCRIPTION;
use crate::encoding::Inputs;
use crate::sinks::testing::{Handles, MemoryFeed, context, event, standing};
use crate::sinks::{SinkConfig, SinkState};
use receiver::{Answer, Receiver};

/// A sink's table from `a.b = value` lines.
pub(super) fn table(settings: &[(&str, Setting)]) -> Table {
    let mut table = Table::default();
    for (path, setting) in settings {
        let (parents, key) = path.rsplit_once('.').unwrap_or(("", path));
        let mut inner = &mut table;
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            let empty = Spanned { setting: Setting::Table(Table::default()), at: None };
            let nested = inner.entries.entry(parent.to_owned()).or_insert(empty);
            let Setting::Table(nested) = &mut nested.setting else { panic!("{parent} is no table") };
            inner = nested;
        }
        inner.entries.insert((*key).to_owned(), Spanned { setting: setting.clone(), at: None });
    }
    table
}

pub(super) fn text(text: &str) -> Setting {
    Setting::String(text.to_owned())
}

fn config(endpoint: &str, more: &[(&str, Setting)]) -> Box<dyn SinkConfig> {
    let mut settings =
        vec![("endpoint", text(endpoint)), ("request.retry_initial_backoff_secs", Setting::Float(0.001))];
    settings.push(("request.retry_max_duration_secs", Setting::Float(0.01)));
    settings.extend_from_slice(more);
    (DESCRIPTION.configure)(&table(&settings), &Inputs::new()).unwrap()
}

/// A running sink over this feed; it ends when the feed does.
fn start(feed: &Arc<MemoryFeed>, endpoint: &str, more: &[(&str, Setting)]) -> (JoinSet<()>, Handles) {
    let directory = TempDir::new().unwrap();
    let (cx, handles) = context(&DESCRIPTION, feed.clone(), directory.path(), standing());
    let mut tasks = JoinSet::new();
    tasks.spawn(config(endpoint, more).build(cx).unwrap());
    (tasks, handles)
}

async fn run(feed: &Arc<MemoryFeed>, endpoint: &str, more: &[(&str, Setting)]) -> Handles {
    let (tasks, handles) = start(feed, endpoint, more);
    tasks.join_all().await;
    handles
}

/// Waits until the sink shows trouble with these words; whether it asks for attention.
async fn trouble(handles: &mut Handles, words: &str) -> bool {
    let said = |state: &SinkState| match state {
        SinkState::Retrying { reason, attention, .. } if reason.contains(words) => Some(*attention),
        _ => None,
    };
    let report = handles.report.wait_for(|report| said(&report.state).is_some()).await.unwrap();
    said(&report.state).unwrap()
}

/// Scenario: three events and a receiver that takes them. Guarantee: one request of gzipped NDJSON with the
/// credentials and headers that were configured, confirmed by its answer.
#[tokio::test]
async fn a_batch_is_one_compressed_request() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=3).map(event)));
    let more = [
        ("auth.strategy", text("bearer")),
        ("auth.token", text("secret")),
        ("request.headers.x-scope-orgid", text("contoso")),
    ];
    let handles = run(&feed, &receiver.url, &more).await;
    let requests = receiver.requests();
    let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
    let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
    assert_eq!(request.method, "POST");
    assert_eq!(header("content-type"), Some("application/x-ndjson"));
    assert_eq!(header("content-encoding"), Some("gzip"));
    assert_eq!(header("authorization"), Some("Bearer secret"));
    assert_eq!(header("x-scope-orgid"), Some("contoso"));
    assert_eq!(request.body, "{\"event_id\":1}\n{\"event_id\":2}\n{\"event_id\":3}\n");
    assert_eq!((feed.confirmed(), handles.report.borrow().position), (3, 3));
}

/// Scenario: no compression, another method, user and password. Guarantee: as configured.
#[tokio::test]
async fn compression_method_and_basic_credentials_are_as_configured() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of([event(1)]));
    let more = [
        ("compression", text("none")),
        ("method", text("put")),
        ("auth.strategy", text("basic")),
        ("auth.user", text("Aladdin")),
        ("auth.password", text("open sesame")),
    ];
    run(&feed, &receiver.url, &more).await;
    let request = receiver.requests().remove(0);
    assert_eq!((request.method.as_str(), request.body.as_str()), ("PUT", "{\"event_id\":1}\n"));
    assert_eq!(request.headers.get("content-encoding"), None);
    // The example of RFC 7617.
    assert_eq!(request.headers["authorization"], "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

/// Scenario: the receiver is overloaded, restarts, throttles, and then takes the batch. Guarantee: the same batch is
/// sent until then, nothing is confirmed before, and nothing is set aside.
#[tokio::test]
async fn what_passes_is_tried_again() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=2).map(event)));
    receiver.answer([503, 500, 502, 429, 408].map(|status| Answer::status(status).with("retry-after", "0")));
    run(&feed, &receiver.url, &[]).await;
    let bodies: Vec<_> = receiver.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, vec!["{\"event_id\":1}\n{\"event_id\":2}\n"; 6]);
    assert_eq!((feed.confirmed(), feed.aside()), (2, vec![]));
}

/// Scenario: connections are reset in the middle of a request, then the receiver is back. Guarantee: the batch is sent
/// again.
#[tokio::test]
async fn a_connection_that_breaks_is_made_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let feed = MemoryFeed::of([event(1)]);
    let (tasks, mut handles) = start(&feed, &format!("http://{address}/"), &[]);
    for _ in 0..3 {
        drop(listener.accept().await.unwrap());
    }
    assert!(!trouble(&mut handles, "").await, "nobody needs to look");
    let receiver = Receiver::on(listener);
    tasks.join_all().await;
    assert_eq!((receiver.requests().len(), feed.confirmed()), (1, 1));
}

/// Scenario: the receiver is slower than the time-out, once. Guarantee: it counts as not answered, and the batch is sent
/// again.
#[tokio::test]
async fn a_receiver_that_is_too_slow_is_asked_again() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of([event(1)]));
    receiver.answer([Answer::status(200).after(Duration::from_hours(1))]);
    run(&feed, &receiver.url, &[("request.timeout_secs", Setting::Float(0.2))]).await;
    assert_eq!((receiver.requests().len(), feed.confirmed()), (2, 1));
}

/// Scenario: Vector cannot decode two of ten events. Guarantee: those two are set aside with Vector's message, the
/// other eight arrive once and in order, and the position passes them all.
#[tokio::test]
async fn events_that_vector_cannot_decode_are_set_aside() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=10).map(event)));
    receiver.refuse(&[4, 9], r#"{"code":400,"message":"Failed decoding body: invalid digit"}"#);
    let handles = run(&feed, &receiver.url, &[]).await;
    assert_eq!(receiver.taken(), [1, 2, 3, 5, 6, 7, 8, 10]);
    let aside = feed.aside();
    assert_eq!(aside.iter().map(|(sequence, _)| *sequence).collect::<Vec<_>>(), [4, 9]);
    assert_eq!(aside[0].1, "the receiver answered 400 Bad Request: Failed decoding body: invalid digit");
    assert_eq!((feed.confirmed(), handles.report.borrow().set_aside), (10, 2));
}

/// Scenario: a sink behind Vector rejects the batch for a while. Guarantee: it is no fault of the events: the whole batch is
/// sent again, and nothing is set aside.
#[tokio::test]
async fn a_rejection_behind_vector_is_waited_for() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=4).map(event)));
    let rejected = Answer::status(400).body(r#"{"code":400,"message":"Contents failed to deliver to sink"}"#);
    receiver.answer([rejected.clone(), rejected]);
    run(&feed, &receiver.url, &[]).await;
    assert_eq!((receiver.requests().len(), receiver.taken()), (3, vec![1, 2, 3, 4]));
    assert_eq!((feed.confirmed(), feed.aside()), (4, vec![]));
}

/// Scenario: a receiver answers a bare 400 to everything, until it is mended. Guarantee: nothing is set aside, somebody is asked
/// to look, and all arrives in the end.
#[tokio::test]
async fn a_receiver_that_refuses_everything_sets_nothing_aside() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=4).map(event)));
    receiver.refuse(&[1, 2, 3, 4], "");
    let (tasks, mut handles) = start(&feed, &receiver.url, &[]);
    assert!(trouble(&mut handles, "every event is refused").await);
    receiver.refuse(&[], "");
    tasks.join_all().await;
    assert_eq!((receiver.taken(), feed.aside()), (vec![1, 2, 3, 4], vec![]));
}

/// Scenario: the receiver takes bodies of at most 50 bytes. Guarantee: batches are halved until they fit.
#[tokio::test]
async fn a_body_that_is_too_large_is_halved() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=9).map(event)));
    receiver.limit(50);
    run(&feed, &receiver.url, &[]).await;
    assert_eq!(receiver.taken(), (1..=9).collect::<Vec<_>>());
    assert_eq!((feed.confirmed(), feed.aside()), (9, vec![]));
}

/// Scenario: wrong credentials, wrong path, a redirect. Guarantee: somebody is asked to look, in words that say where;
/// nothing is skipped, and the redirect is not followed.
#[tokio::test]
async fn a_misconfigured_receiver_asks_for_attention() {
    let away = "https://elsewhere.example/x?secret=1";
    let answers = [
        (Answer::status(401), "401 Unauthorized"),
        (Answer::status(404), "404 Not Found"),
        (Answer::status(302).with("location", away), "a redirect to elsewhere.example: write"),
    ];
    for (answer, words) in answers {
        let (receiver, feed) = (Receiver::start().await, MemoryFeed::of([event(1)]));
        receiver.answer([answer]);
        let (tasks, mut handles) = start(&feed, &receiver.url, &[]);
        assert!(trouble(&mut handles, words).await, "{words}");
        tasks.join_all().await;
        assert_eq!((receiver.taken(), feed.aside()), (vec![1], vec![]));
    }
}

/// Scenario: `validate` asks a receiver that refuses its question, and one that is not there. Guarantee: the first is
/// reachable, the second is not; no event is sent.
#[tokio::test]
async fn a_health_check_asks_without_sending() {
    let receiver = Receiver::start().await;
    receiver.answer([Answer::status(StatusCode::METHOD_NOT_ALLOWED.as_u16())]);
    let proxy = collector::config::ProxyConfig::default();
    assert_eq!(config(&receiver.url, &[]).healthcheck(&proxy).await, Ok(()));
    let requests = receiver.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].body.as_str()), ("HEAD", ""));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = config(&format!("http://{nobody}/?key=1"), &[]).healthcheck(&proxy).await.unwrap_err();
    assert!(error.contains("cannot be reached") && !error.contains("key=1"), "{error}");
}
