//! Misbehaviour on demand: what to do wrong ([`FaultKind`]), and when ([`Fault`]).

mod apply;
mod board;
mod examples;
mod flaws;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::apply::{amend_page, around, change_query};
pub(crate) use self::board::{FaultBoard, Occasion};
pub use self::flaws::Flaw;
use crate::config::RetryAfter;

/// The parts of Microsoft that can misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /{tenant}/oauth2/v2.0/token`
    Token,
    /// `GET /{tenant}/v2.0/.well-known/openid-configuration`
    OpenIdConfiguration,
    /// `authorize`, `adminconsent` and `devicecode` below `/{tenant}/`
    Interactive,
    /// `GET /{version}/auditLogs/signIns` and one sign-in by id
    SignIns,
    /// `GET /{version}/organization`
    Organization,
}

/// A fault and when it happens. `kind.into()` happens once, on the next request that it fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Where; by default where the kind belongs.
    #[serde(default)]
    pub on: Option<Endpoint>,
    /// Which pages of a walk.
    #[serde(default)]
    pub pages: Pages,
    /// Only requests for sign-ins that ask for this instant among others.
    #[serde(default)]
    pub asking_for: Option<Timestamp>,
    /// How many fitting requests to leave alone first.
    #[serde(default)]
    pub after: u32,
    /// How often it happens; `None` is until cleared.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// The chance (0 to 1) that a fitting request gets it.
    #[serde(default = "certain")]
    pub probability: f64,
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

fn certain() -> f64 {
    1.0
}

impl Fault {
    /// Once, on the next request that `kind` fits.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            on: None,
            pages: Pages::Any,
            asking_for: None,
            after: 0,
            times: once(),
            probability: certain(),
        }
    }

    /// On so many requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Until cleared.
    #[must_use]
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    /// Only for this share of requests.
    #[must_use]
    pub fn probability(self, probability: f64) -> Self {
        Self { probability, ..self }
    }

    /// Not on the first `requests` that fit.
    #[must_use]
    pub fn after(self, requests: u32) -> Self {
        Self { after: requests, ..self }
    }

    /// At this endpoint.
    #[must_use]
    pub fn on(self, endpoint: Endpoint) -> Self {
        Self { on: Some(endpoint), ..self }
    }

    /// On these pages only.
    #[must_use]
    pub fn pages(self, pages: Pages) -> Self {
        Self { pages, ..self }
    }

    /// On requests for sign-ins that ask for this instant among others.
    #[must_use]
    pub fn asking_for(self, instant: Timestamp) -> Self {
        Self { asking_for: Some(instant), ..self }
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.on.unwrap_or(match self.kind {
            FaultKind::Aadsts { .. } => Endpoint::Token,
            _ => Endpoint::SignIns,
        })
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self::new(kind)
    }
}

/// Which pages of a walk a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pages {
    /// All.
    #[default]
    Any,
    /// Requests without a `$skiptoken`.
    First,
    /// Requests with one.
    Following,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with this form of `Retry-After`.
    Throttle {
        /// How the header says it.
        retry_after: RetryAfter,
        /// What it says.
        wait_millis: u64,
    },
    /// This status with a Graph error body: 500, 502, 503, 504, 509, ...
    Status {
        /// The HTTP status.
        status: u16,
        /// `Retry-After` in whole seconds, if any.
        retry_after_secs: Option<u64>,
    },
    /// The connection is reset before an answer.
    Reset,
    /// The body ends in the middle, before its `Content-Length`; compressed or not.
    HalfBody,
    /// Half of the body with a `Content-Length` to match: JSON or gzip without its end.
    CutBody,
    /// The body stops in the middle and the connection stays open.
    StalledBody,
    /// The answer comes late.
    Delay {
        /// How late.
        millis: u64,
    },
    /// 200 with a page of HTML, as a proxy or portal would give.
    Html,
    /// 200 with something that is not JSON.
    BrokenJson,
    /// 200 with JSON of another shape.
    WrongShape,
    /// 200 with no body at all.
    EmptyBody,
    /// A good body called `text/plain`.
    WrongContentType,
    /// A page without records that has a next link.
    EmptyPage,
    /// A page with fewer records than asked for that has a next link.
    ShortPage {
        /// How many.
        records: usize,
    },
    /// 400, as for a `$skiptoken` that has expired.
    DeadSkiptoken,
    /// A next link that leads elsewhere.
    ForeignNextLink {
        /// What is different about it.
        part: LinkPart,
    },
    /// A next link that leads to the same page again, for ever.
    NextLinkLoop,
    /// A redirect to another host.
    Redirect {
        /// The HTTP status: 302, 307, ...
        status: u16,
        /// Where to.
        location: String,
    },
    /// A page that inflates to this size, whatever was asked for.
    HugePage {
        /// How large.
        mebibytes: usize,
    },
    /// Records that are larger than usual, so that smaller pages stay readable.
    HeavyRecords {
        /// How much is added to each.
        kibibytes: usize,
    },
    /// 401 `InvalidAuthenticationToken`.
    InvalidToken,
    /// 401 that asks for a token with these claims, until one comes that was obtained with them.
    ClaimsChallenge {
        /// The JSON that the token request must bring as `claims`.
        claims: String,
    },
    /// 403 with this code: [`FORBIDDEN_CODES`](crate::FORBIDDEN_CODES) or any other.
    Forbidden {
        /// `error.code` of the body.
        code: String,
    },
    /// 400 `Invalid filter clause`.
    InvalidFilter,
    /// 504 for a window that is too wide or holds too much.
    WindowTimeout {
        /// Allowed width of the window in seconds.
        seconds: u64,
        /// Allowed number of matching records.
        records: usize,
    },
    /// Newest first although oldest first was asked for.
    Descending,
    /// `@odata.count` says so many more than there are.
    WrongCount {
        /// How many more.
        more: usize,
    },
    /// `$count` is not answered.
    NoCount,
    /// Of several kinds that are asked for in one request only the first is listed.
    FirstKindAlone,
    /// The first record of the page comes again at its end.
    RepeatInPage,
    /// The next page begins with the last record of this one.
    RepeatAcrossPages,
    /// Additional records that are not as they should be; they are not in the truth.
    FlawedRecords {
        /// What is wrong with them.
        flaw: Flaw,
    },
    /// Every record has properties that nobody has heard of.
    UnknownFields,
    /// Enumerations have values that nobody has heard of.
    UnknownEnumValues,
    /// The `Date` header is off by so much.
    DateOffset {
        /// Positive is ahead.
        seconds: i64,
    },
    /// No `Date` header.
    NoDate,
    /// The token endpoint refuses with this code, in the form Microsoft gives it.
    Aadsts {
        /// The number behind `AADSTS`.
        code: u32,
        /// `suberror`, if any.
        #[serde(default)]
        suberror: Option<String>,
        /// `claims`, if any.
        #[serde(default)]
        claims: Option<String>,
    },
}

/// The part of a next link that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPart {
    /// Another host.
    Host,
    /// Another port.
    Port,
    /// `https` instead of `http`.
    Scheme,
    /// Another path on the same origin.
    Path,
    /// Not a URL.
    Garbage,
}

impl FaultKind {
    /// The answer is something else altogether, so at most one such fault happens to a request.
    pub(crate) fn replaces_answer(&self) -> bool {
        matches!(
            self,
            Self::Throttle { .. }
                | Self::Status { .. }
                | Self::Reset
                | Self::Html
                | Self::BrokenJson
                | Self::WrongShape
                | Self::EmptyBody
                | Self::DeadSkiptoken
                | Self::Redirect { .. }
                | Self::HugePage { .. }
                | Self::InvalidToken
                | Self::ClaimsChallenge { .. }
                | Self::Forbidden { .. }
                | Self::InvalidFilter
                | Self::Aadsts { .. }
        )
    }

    /// Happens whatever the answer is.
    pub(crate) fn surrounds_answer(&self) -> bool {
        matches!(self, Self::Delay { .. } | Self::DateOffset { .. } | Self::NoDate)
    }
}
