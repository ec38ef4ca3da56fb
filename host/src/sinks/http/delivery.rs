//! One request for some events.

use bytes::Bytes;
use collector::internal_event::ErrorType;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response};
use std::time::Duration;

use super::answer::{Answer, failure_of};
use super::config::HttpConfig;
use crate::encoding::EncodedEvent;
use crate::sinks::batch::size_of;
use crate::sinks::client::{Auth, Endpoint, Secrets, request_failure};
use crate::sinks::{Delivery, Failure, Now, Sent};

/// As much of an answer's body as is read: an error message is short, and a receiver must not fill our memory.
const LONGEST_BODY: usize = 16 * 1024;

/// Posts events.
pub(super) struct HttpDelivery {
    client: Client,
    endpoint: Endpoint,
    method: Method,
    headers: HeaderMap,
    auth: Auth,
    secrets: Secrets,
    timeout: Duration,
    gzip: bool,
    now: Now,
}

impl HttpDelivery {
    pub(super) fn new(config: &HttpConfig, client: Client, secrets: Secrets, now: Now) -> Self {
        let mut headers = config.request.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
        if config.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Self {
            client,
            endpoint: config.endpoint.clone(),
            method: config.method.clone(),
            headers,
            auth: config.auth.clone(),
            secrets,
            timeout: config.request.timeout,
            gzip: config.gzip,
            now,
        }
    }

    fn body(&self, events: &[EncodedEvent]) -> std::io::Result<Vec<u8>> {
        if !self.gzip {
            let mut body = Vec::with_capacity(size_of(events) + events.len());
            write_lines(&mut body, events)?;
            return Ok(body);
        }
        // Sign-ins are repetitive: the fastest level already takes them to a tenth.
        let mut encoder = GzEncoder::new(Vec::with_capacity(size_of(events) / 8), Compression::fast());
        write_lines(&mut encoder, events)?;
        encoder.finish()
    }
}

impl Delivery for HttpDelivery {
    async fn deliver(&mut self, events: &[EncodedEvent]) -> Result<Sent, Failure> {
        let body = Bytes::from(
            self.body(events).map_err(|error| Failure::io("the request cannot be made", &error))?,
        );
        let sent = Sent { bytes: body.len() };
        let request = self.client.request(self.method.clone(), self.endpoint.url().clone());
        let request = self.auth.apply(request.headers(self.headers.clone()));
        let response = request.timeout(self.timeout).body(body).send().await.map_err(|error| {
            if error.is_builder() {
                let reason = "the request cannot be made of this configuration".to_owned();
                return Failure::Misconfigured { error_type: ErrorType::ConfigurationFailed, reason };
            }
            request_failure(error, &self.secrets)
        })?;
        let answer = Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: read_body(response).await,
        };
        match failure_of(&answer, &self.secrets, &self.now) {
            None => Ok(sent),
            Some(failure) => Err(failure),
        }
    }
}

fn write_lines(out: &mut impl std::io::Write, events: &[EncodedEvent]) -> std::io::Result<()> {
    for event in events {
        out.write_all(&event.body)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The beginning of the body. The status has been read, so a body that breaks off changes nothing.
async fn read_body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = LONGEST_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == LONGEST_BODY {
            break;
        }
    }
    body
}
