//! An HTTP receiver that keeps what it accepts and answers as it is told.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::task::JoinSet;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// 200, and the events are kept.
    Accept,
    /// This status; the events are not kept.
    Refuse(u16),
    /// Vector's word for events that one of its sinks refused, with 400.
    NotDelivered,
    /// The events are kept, and this long after it 200.
    Slow(Duration),
    /// 500 with the credentials that came, decoded and not, and this text.
    Repeat(&'static str),
    /// As Vector answers a body that it cannot read, if this text is in it; else as [`Answer::Accept`].
    Poison(&'static str),
}

/// A running receiver.
pub struct Receiver {
    pub address: SocketAddr,
    state: Arc<Mutex<Kept>>,
    _serving: JoinSet<()>,
}

struct Kept {
    answer: Answer,
    events: Vec<Value>,
    requests: usize,
}

impl Receiver {
    /// Most events in a request.
    pub const BATCH: usize = 100;

    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(Kept { answer: Answer::Accept, events: Vec::new(), requests: 0 }));
        let router = Router::new().route("/ingest", post(receive)).with_state(Arc::clone(&state));
        let router = router.layer(axum::extract::DefaultBodyLimit::max(64 << 20));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state, _serving: serving }
    }

    /// A sink's table that delivers here.
    pub fn sink(&self) -> String {
        format!(
            "[sinks.out]\ntype = \"http\"\ninputs = [\"entra\"]\nendpoint = \"http://{}/ingest\"\nbatch.max_events = {}\n\
             request.retry_max_duration_secs = 2\n",
            self.address,
            Self::BATCH
        )
    }

    pub fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    /// Everything accepted so far.
    pub fn events(&self) -> Vec<Value> {
        self.state.lock().unwrap().events.clone()
    }

    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }
}

async fn receive(State(state): State<Arc<Mutex<Kept>>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = inflate(&headers, &body);
    let answer = {
        let mut kept = state.lock().unwrap();
        kept.requests += 1;
        kept.answer
    };
    match answer {
        Answer::Refuse(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        Answer::NotDelivered => return bad_request("Contents failed to deliver to sink"),
        Answer::Poison(word) if text.contains(word) => {
            return bad_request("Failed decoding body: expected value");
        }
        Answer::Repeat(text) => {
            let body = format!("{:?} {text}", headers.get("authorization"));
            return (StatusCode::INTERNAL_SERVER_ERROR, body).into_response();
        }
        Answer::Accept | Answer::Slow(_) | Answer::Poison(_) => {}
    }
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    state.lock().unwrap().events.extend(events);
    if let Answer::Slow(by) = answer {
        tokio::time::sleep(by).await;
    }
    StatusCode::OK.into_response()
}

fn bad_request(message: &str) -> Response {
    let body = serde_json::json!({"code": 400, "message": message});
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}

fn inflate(headers: &HeaderMap, body: &[u8]) -> String {
    let mut text = String::new();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        flate2::read::MultiGzDecoder::new(body).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(body.to_vec()).unwrap();
    }
    text
}
