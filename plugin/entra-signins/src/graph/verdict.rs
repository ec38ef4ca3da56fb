//! What an answer other than 200 means.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::challenge;
use super::error::{Answer, BadRequest, GraphError, TooMuch};
use super::refusal::Refusal;

#[cfg(test)]
mod tests;

/// The longest message that is kept.
const LONGEST: usize = 300;
/// 509, Microsoft's own: too many bytes.
const BANDWIDTH_LIMIT_EXCEEDED: u16 = 509;
/// Codes of paging tokens that have died; sign-ins say it in the message.
const DEAD_TOKEN_CODES: &[&str] = &["Directory_ExpiredPageToken", "DirectoryPageTokenNotFoundException"];

/// What Graph says in an error's body.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// `code` of the error and of the errors within, the innermost first: it is the most specific.
    pub(super) codes: Vec<String>,
    pub(super) message: String,
}

impl Said {
    /// What can be found in a body, which may be anything.
    pub(super) fn parse(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut codes = Vec::new();
        let mut level = body.get("error");
        let message = level.and_then(|error| error.get("message")?.as_str()).unwrap_or_default();
        while let Some(error) = level {
            let code = error.get("code").and_then(Value::as_str).unwrap_or_default();
            // Some levels repeat the HTTP status as their code.
            if !code.is_empty() && !code.bytes().all(|byte| byte.is_ascii_digit()) {
                codes.push(shortened(code));
            }
            level = ["innerError", "innererror"].into_iter().find_map(|name| error.get(name));
        }
        codes.reverse();
        Self { codes, message: shortened(message) }
    }

    fn has_code(&self, known: &[&str]) -> bool {
        self.codes.iter().any(|code| known.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }

    fn mentions(&self, words: &str) -> bool {
        self.message.to_ascii_lowercase().contains(words)
    }
}

/// One line, not too long.
fn shortened(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

pub(super) fn of(
    status: StatusCode,
    headers: &HeaderMap,
    retry_after: Option<Duration>,
    said: Said,
    answer: Box<Answer>,
) -> GraphError {
    match status.as_u16() {
        429 | BANDWIDTH_LIMIT_EXCEEDED => GraphError::Throttled { retry_after, answer },
        504 => GraphError::Narrow { how: TooMuch::GatewayTimeout, answer },
        401 => GraphError::TokenRejected { claims: challenge::claims(headers), answer },
        403 => forbidden(headers, &said, answer),
        407 => GraphError::Unreachable { why: "the proxy wants other credentials".to_owned(), answer },
        408 | 500.. => {
            let how = "Graph is not well at the moment".to_owned();
            GraphError::Transient { how, retry_after, answer }
        }
        300..400 => GraphError::Redirected { answer },
        400..500 => bad_request(status, said, answer),
        _ => GraphError::Malformed { what: "its status is not one of Graph's", place: None, answer },
    }
}

/// A challenge on a 403 is answered like one on a 401: with another token.
fn forbidden(headers: &HeaderMap, said: &Said, answer: Box<Answer>) -> GraphError {
    let claims = challenge::claims(headers);
    if claims.is_some() {
        return GraphError::TokenRejected { claims, answer };
    }
    let reason = if challenge::is_insufficient_claims(headers) {
        Refusal::InsufficientClaims
    } else {
        Refusal::of(&said.codes, &said.message)
    };
    GraphError::Refused { reason, answer }
}

fn bad_request(status: StatusCode, said: Said, answer: Box<Answer>) -> GraphError {
    if said.has_code(DEAD_TOKEN_CODES) || said.mentions("skip token") || said.mentions("skiptoken") {
        return GraphError::DeadLink { answer };
    }
    let kind = if said.mentions("filter") {
        BadRequest::InvalidFilter
    } else if status == StatusCode::NOT_FOUND {
        BadRequest::NotFound
    } else {
        BadRequest::Other
    };
    let message = if said.message.is_empty() { "it does not say why".to_owned() } else { said.message };
    GraphError::BadRequest { kind, message, answer }
}
