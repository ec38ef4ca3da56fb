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

use std::time::Duration;

use collector::internal_event::ErrorType;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use serde::Deserialize;

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

/// What failed; `None` if the receiver confirmed.
pub(super) fn failure_of(answer: &Answer, now: &Now) -> Option<Failure> {
    let status = answer.status;
    if status.is_success() {
        return None;
    }
    let reason = reason(answer);
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
        StatusCode::BAD_REQUEST if reason.contains(BEHIND_RECEIVER) => {
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
fn reason(answer: &Answer) -> String {
    let mut reason = format!("the receiver answered {}", answer.status);
    if answer.status.is_redirection() {
        let host = answer.headers.get(LOCATION).and_then(|to| url::Url::parse(to.to_str().ok()?).ok());
        let host = host.as_ref().and_then(url::Url::host_str).unwrap_or("elsewhere on the same host");
        return format!("{reason}, a redirect to {host}: write the final address in endpoint");
    }
    let message = message(&answer.body);
    if !message.is_empty() {
        reason.push_str(": ");
        reason.push_str(&message);
    }
    reason
}

/// The message in a receiver's body, on one line: the member `message` of a JSON object, or the text as it is.
fn message(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = match serde_json::from_slice::<Message>(body) {
        Ok(object) => object.message,
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let line = text
        .split(|c: char| c.is_control() || c == ' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    line.chars().take(LONGEST_MESSAGE).collect()
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
