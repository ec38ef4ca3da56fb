//! What a receiver's answer means.
//!
//! | answer | meaning |
//! | --- | --- |
//! | 2xx | confirmed |
//! | 408, 425, 429, 5xx | passes: the same batch again, `Retry-After` honoured |
//! | 413 | too large: halves |
//! | 400 with `Contents failed to deliver to sink` | Vector's receiver is well, what is behind it is not: passes |
//! | 400 with `Failed decoding body`, other 400, 422 | some event cannot be read: halves, down to the event |
//! | 3xx | redirects are refused: the endpoint is misconfigured |
//! | other 4xx | the receiver or its credentials are misconfigured: the same again after long waits |
//!
//! Vector answers 400 for both of the first two rows of 400 (`src/sources/util/http/prelude.rs`): a body that it cannot decode
//! and a batch that a sink behind it rejected, which is also what its sinks say of an expired password. Only the
//! message tells them apart.

use std::borrow::Cow;
use std::time::Duration;

use collector::internal_event::ErrorType;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde::Deserialize;

use crate::sinks::client::Secrets;
use crate::sinks::{Failure, Now};

/// Vector's words for a batch that something behind its receiver rejected.
const BEHIND_RECEIVER: &str = "Contents failed to deliver to sink";

/// As much of a receiver's message as is shown.
const LONGEST_MESSAGE: usize = 300;

/// A receiver's answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The beginning of its body.
    pub(super) body: Vec<u8>,
}

/// What failed; `None` if the receiver confirmed. Its words are shown without the secrets of the request.
pub(super) fn failure_of(answer: &Answer, secrets: &Secrets, now: &Now) -> Option<Failure> {
    let status = answer.status;
    if status.is_success() {
        return None;
    }
    let message = message(&answer.body);
    let reason = reason(answer, &message, secrets);
    let temporary = |error_type, reason| Failure::Temporary {
        error_type,
        reason,
        after: retry_after(&answer.headers, now),
    };
    Some(match status {
        StatusCode::REQUEST_TIMEOUT => temporary(ErrorType::TimedOut, reason),
        StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => temporary(ErrorType::RequestFailed, reason),
        _ if status.is_server_error() => temporary(ErrorType::RequestFailed, reason),
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge { reason },
        StatusCode::BAD_REQUEST if message.contains(BEHIND_RECEIVER) => {
            temporary(ErrorType::RequestFailed, reason)
        }
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Failure::Refused { reason },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Failure::Misconfigured { error_type: ErrorType::AuthenticationFailed, reason }
        }
        _ => Failure::Misconfigured { error_type: ErrorType::ConfigurationFailed, reason },
    })
}

/// `the receiver answered 400 Bad Request: message`.
fn reason(answer: &Answer, message: &str, secrets: &Secrets) -> String {
    let reason = format!("the receiver answered {}", answer.status);
    if answer.status.is_redirection() {
        let host = answer.headers.get(LOCATION).and_then(|to| url::Url::parse(to.to_str().ok()?).ok());
        let host = host.as_ref().and_then(url::Url::host_str).unwrap_or("elsewhere on the same host");
        return format!(
            "{reason}, a redirect to {}: write the final address in endpoint",
            shown(host, secrets)
        );
    }
    match shown(message, secrets) {
        message if message.is_empty() => reason,
        message => format!("{reason}: {message}"),
    }
}

/// A receiver's words without our secrets, on one line. What is cut off is cut off last: half a secret would not be
/// known as one.
fn shown(words: &str, secrets: &Secrets) -> String {
    let words = secrets.redact(words);
    let words = words.split(|c: char| c.is_control() || c == ' ').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST_MESSAGE).collect()
}

/// The message in a receiver's body: the member `message` of a JSON object, or the text as it is.
fn message(body: &[u8]) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    match serde_json::from_slice::<Message>(body) {
        Ok(object) => object.message.into(),
        Err(_) => String::from_utf8_lossy(body),
    }
}

/// The wait that a receiver asks for: seconds, or a date, which is counted from the receiver's own `Date`.
fn retry_after(headers: &HeaderMap, now: &Now) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = date(text)?;
    let from = header_date(headers, &DATE).unwrap_or_else(|| now());
    Duration::try_from(until.duration_since(from)).ok()
}

fn header_date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    date(headers.get(name)?.to_str().ok()?)
}

fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}
