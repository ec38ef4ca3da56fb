//! What the `oauth2` crate sends requests through: our client, and an eye on what it does not look at.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Request, StatusCode};
use tokio::time::Instant;
use uuid::Uuid;

use crate::clock::Clock;
use crate::http::{BodyError, BodyLimits, Failure, date, read, retry_after};

/// A token answer is a few kilobytes.
const LIMITS: BodyLimits =
    BodyLimits { most: 1024 * 1024, stall: Duration::from_secs(30), whole: Duration::from_mins(1) };
/// For a whole exchange.
const TIMEOUT: Duration = Duration::from_mins(1);
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Sends one request.
pub(super) struct Transport<'a> {
    http: &'a Client,
    clock: &'a Clock,
    seen: Mutex<Seen>,
}

/// The server's time and when it was seen.
pub(super) type ServerDate = (Timestamp, Instant);

/// What an answer said beside its body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) status: Option<StatusCode>,
    pub(super) date: Option<ServerDate>,
    pub(super) retry_after: Option<Duration>,
}

/// There is no answer that could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    #[error("the request failed")]
    Failed(Failure),
    #[error("the answer cannot be read")]
    Unreadable,
}

impl<'a> Transport<'a> {
    pub(super) fn new(http: &'a Client, clock: &'a Clock) -> Self {
        Self { http, clock, seen: Mutex::default() }
    }

    pub(super) fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request and notes what its answer says beside its body.
    pub(super) async fn send(&self, mut request: Request) -> Result<HttpResponse, TransportError> {
        *request.timeout_mut() = Some(TIMEOUT);
        if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
            request.headers_mut().insert(CLIENT_REQUEST_ID, id);
        }
        let response = self.http.execute(request).await.map_err(failed)?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen {
            status: Some(response.status()),
            date: date(response.headers()).map(|date| (date, self.clock.monotonic())),
            retry_after: retry_after(response.headers()),
        };
        let mut answer = http::Response::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        *answer.body_mut() = match read(response, LIMITS).await {
            Ok(body) => body.bytes.into(),
            Err(BodyError::Failed(failure)) => return Err(TransportError::Failed(failure)),
            Err(BodyError::TooLarge | BodyError::Encoding) => return Err(TransportError::Unreadable),
        };
        Ok(answer)
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    TransportError::Failed(error.into())
}

impl<'c> AsyncHttpClient<'c> for Transport<'_> {
    type Error = TransportError;
    type Future = BoxFuture<'c, Result<HttpResponse, TransportError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        async move { self.send(request.try_into().map_err(failed)?).await }.boxed()
    }
}
