//! A receiver that does what it is told: follows a script of answers, then rules.

use std::collections::{BTreeSet, VecDeque};
use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// One scripted answer.
#[derive(Clone)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    delay: Duration,
}

impl Answer {
    pub(super) fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        Self { status, headers: HeaderMap::new(), body: String::new(), delay: Duration::ZERO }
    }

    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    pub(super) fn body(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }

    pub(super) fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    /// Decompressed.
    pub(super) body: String,
}

#[derive(Default)]
struct Inner {
    answers: VecDeque<Answer>,
    refused: BTreeSet<u64>,
    refusal: String,
    limit: Option<usize>,
    requests: Vec<Request>,
    taken: Vec<u64>,
}

/// A receiver on a port of its own.
pub(super) struct Receiver {
    pub(super) url: String,
    inner: Arc<Mutex<Inner>>,
    _server: JoinSet<()>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let inner = Arc::<Mutex<Inner>>::default();
        let app = Router::new().fallback(handle).with_state(inner.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, inner, _server: server }
    }

    /// Gives these answers first.
    pub(super) fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner.lock().unwrap().answers.extend(answers);
    }

    /// Answers 400 to bodies with these events.
    pub(super) fn refuse(&self, events: &[u64], message: &str) {
        let mut inner = self.inner.lock().unwrap();
        inner.refused = events.iter().copied().collect();
        inner.refusal = message.to_owned();
    }

    /// Answers 413 to bodies longer than this.
    pub(super) fn limit(&self, bytes: usize) {
        self.inner.lock().unwrap().limit = Some(bytes);
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.inner.lock().unwrap().requests.clone()
    }

    /// The events that were answered with 200.
    pub(super) fn taken(&self) -> Vec<u64> {
        self.inner.lock().unwrap().taken.clone()
    }
}

async fn handle(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let answer = decide(&mut inner.lock().unwrap(), method, headers, &body);
    tokio::time::sleep(answer.delay).await;
    (answer.status, answer.headers, answer.body)
}

fn decide(inner: &mut Inner, method: Method, headers: HeaderMap, body: &[u8]) -> Answer {
    let mut text = String::new();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        flate2::read::GzDecoder::new(body).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(body.to_vec()).unwrap();
    }
    inner.requests.push(Request { method, headers, body: text.clone() });
    if let Some(answer) = inner.answers.pop_front() {
        return answer;
    }
    if inner.limit.is_some_and(|limit| text.len() > limit) {
        return Answer::status(413);
    }
    let event = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event_id"].as_u64().unwrap();
    let events: Vec<_> = text.lines().map(event).collect();
    if events.iter().any(|event| inner.refused.contains(event)) {
        return Answer::status(400).body(&inner.refusal);
    }
    inner.taken.extend(events);
    Answer::status(200)
}
