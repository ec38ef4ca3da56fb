//! What goes wrong with a request, by what the caller can do.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::next_link::ForeignLink;
use super::page::Place;
use super::refusal::Refusal;

/// There is no page. Display is a sentence without its full stop, and holds no secret, no URL and no body.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// Wait, then ask the same again.
    #[error("Graph throttles requests{answer}")]
    Throttled {
        /// How long, if Graph says.
        retry_after: Option<Duration>,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Ask for less at once.
    #[error("{how}{answer}")]
    Narrow {
        /// What was too much.
        how: TooMuch,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Get another token.
    #[error("Graph rejects the token{answer}")]
    TokenRejected {
        /// What to ask the next token with, as JSON.
        claims: Option<String>,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Somebody in the tenant must act.
    #[error("Graph refuses: {reason}{answer}")]
    Refused {
        /// Who and what.
        reason: Refusal,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Begin the query again: its paging token has died.
    #[error("the paging token is no longer good{answer}")]
    DeadLink {
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Ask differently.
    #[error("Graph does not take the request: {message}{answer}")]
    BadRequest {
        /// What kind of mistake it is.
        kind: BadRequest,
        /// Graph's own words.
        message: String,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Somebody stands in between: Graph does not redirect.
    #[error("the answer leads elsewhere, where the token must not go{answer}")]
    Redirected {
        /// What was answered.
        answer: Box<Answer>,
    },
    /// Do not follow: the next page is said to be somewhere else.
    #[error("the link to the next page leads elsewhere: {what}{answer}")]
    ForeignNextLink {
        /// What is foreign about it.
        what: ForeignLink,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Ask the same again later.
    #[error("{how}{answer}")]
    Transient {
        /// What happened.
        how: String,
        /// How long to wait, if Graph says.
        retry_after: Option<Duration>,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// Ask again; if it stays so, for less.
    #[error("the answer cannot be read: {what}{}{answer}", at(*.place))]
    Malformed {
        /// What is wrong with it.
        what: &'static str,
        /// Where.
        place: Option<Place>,
        /// What Graph said.
        answer: Box<Answer>,
    },
    /// There is no connection.
    #[error("Graph cannot be reached: {why}")]
    Unreachable {
        /// A sentence.
        why: String,
        /// What was asked.
        answer: Box<Answer>,
    },
}

impl GraphError {
    /// What is known of the answer.
    pub fn answer(&self) -> &Answer {
        match self {
            Self::Throttled { answer, .. }
            | Self::Narrow { answer, .. }
            | Self::TokenRejected { answer, .. }
            | Self::Refused { answer, .. }
            | Self::DeadLink { answer }
            | Self::BadRequest { answer, .. }
            | Self::Redirected { answer }
            | Self::ForeignNextLink { answer, .. }
            | Self::Transient { answer, .. }
            | Self::Malformed { answer, .. }
            | Self::Unreachable { answer, .. } => answer,
        }
    }
}

/// What was too much.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TooMuch {
    /// 504: Graph's own patience has ended.
    GatewayTimeout,
    /// Ours has.
    TimedOut,
    /// The page is larger than so many bytes.
    TooLarge(usize),
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewayTimeout => f.write_str("Graph needs longer than it allows itself"),
            Self::TimedOut => f.write_str("Graph has not answered in time"),
            Self::TooLarge(most) => write!(f, "the answer is larger than {most} bytes"),
        }
    }
}

/// What kind of mistake a request holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BadRequest {
    /// The filter: the configured one, or a time that is too old, about which Graph says nothing else.
    InvalidFilter,
    /// The address: this Graph has no such list.
    NotFound,
    /// Something else.
    Other,
}

/// What is known of an answer, or of a request that got none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: Option<u16>,
    /// The most specific `error.code`.
    pub code: Option<String>,
    /// Graph's id of the request, by which Microsoft's support finds it.
    pub request_id: Option<String>,
    /// Ours.
    pub client_request_id: Uuid,
    /// The server's time.
    pub server_date: Option<Timestamp>,
}

/// In parentheses, to stand behind a sentence; nothing if nothing is known.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map(|status| format!("HTTP {status}"));
        let id = self.request_id.as_ref().map(|id| format!("request id {id}"));
        let said: Vec<String> = [status, self.code.clone(), id].into_iter().flatten().collect();
        if said.is_empty() { Ok(()) } else { write!(f, " ({})", said.join(", ")) }
    }
}

fn at(place: Option<Place>) -> String {
    place.map(|place| format!(" at line {}, column {}", place.line, place.column)).unwrap_or_default()
}
