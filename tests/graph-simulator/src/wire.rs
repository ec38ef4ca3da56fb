//! A request as it came in and the reply to it: plain data, so that all answers are functions without sockets.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use serde_json::Value;
use url::form_urlencoded;
use uuid::Uuid;

use crate::clock::Nanos;
use crate::faults::Endpoint;

/// A request, with its body read.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// As sent, still percent-encoded.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The server's now when the request came.
    pub(crate) now: Nanos,
    /// What the answer's `request-id` will be.
    pub(crate) request_id: Uuid,
}

impl Incoming {
    pub(crate) fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        self.headers.get(name.as_ref())?.to_str().ok()
    }

    /// The origin by which the client knows this server, without a slash at the end.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.header(header::HOST).unwrap_or("127.0.0.1"))
    }

    /// The members of a form body.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// Whether the client takes gzip.
    pub(crate) fn accepts_gzip(&self) -> bool {
        self.header(header::ACCEPT_ENCODING).is_some_and(|value| value.contains("gzip"))
    }
}

/// How the body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// Half of it, then the connection closes.
    Half,
    /// Half of it, as if that were all.
    CutShort,
    /// Half of it, then nothing.
    Stalled,
    /// The connection is reset before anything.
    Reset,
}

/// What the `Date` header shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateHeader {
    Absent,
    /// Ahead of the server's clock by so many seconds.
    Ahead(i64),
}

/// What the request log keeps of a reply.
#[derive(Debug, Default)]
pub(crate) struct Note {
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) tenant: Option<Uuid>,
    pub(crate) records: usize,
    pub(crate) over_limit: bool,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) delivery: Delivery,
    pub(crate) delay: Duration,
    pub(crate) date: DateHeader,
    pub(crate) note: Note,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        Self {
            status,
            headers,
            body: body.into(),
            delivery: Delivery::Whole,
            delay: Duration::ZERO,
            date: DateHeader::Ahead(0),
            note: Note::default(),
        }
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Sets a header; a value that no header can have is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn noted(mut self, endpoint: Endpoint, tenant: Option<Uuid>) -> Self {
        self.note.endpoint = Some(endpoint);
        self.note.tenant = tenant;
        self
    }
}
