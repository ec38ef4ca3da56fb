//! Asking Graph: one call, one request.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap};
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Instant, timeout};
use url::Url;
use uuid::Uuid;

use super::error::{Answer, GraphError, TooMuch};
use super::next_link::NextLink;
use super::organization::Organization;
use super::page::{Content, Page};
use super::query::SignInQuery;
use super::sign_in::{NotASignIn, SignIn};
use super::verdict::{self, Said};
use crate::clock::Clock;
use crate::config::Endpoints;
use crate::http::{Body, BodyError, BodyLimits, Failure, date, read, retry_after, text};
use crate::identity::AccessToken;

#[cfg(test)]
mod tests;

/// Errors are a kilobyte.
const MOST_OF_AN_ERROR: usize = 64 * 1024;
/// Without it, newer members of enumerations come as `unknownFutureValue`. A next link does not carry it along.
const PREFER: (&str, &str) = ("prefer", "include-unknown-enum-members");
const CLIENT_REQUEST_ID: &str = "client-request-id";
const REQUEST_ID: &str = "request-id";

/// How much is taken of Graph, and how long is waited for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PageLimits {
    /// The largest body, inflated.
    pub most_bytes: usize,
    /// The longest wait for an answer to begin. Graph itself gives up after about five minutes.
    pub first_byte: Duration,
    /// The longest pause within one: Graph is slow before it answers, not while it does.
    pub stall: Duration,
    /// The longest wait for all of one.
    pub whole: Duration,
}

impl Default for PageLimits {
    fn default() -> Self {
        let (first_byte, stall) = (Duration::from_mins(5), Duration::from_mins(1));
        Self { most_bytes: 64 * 1024 * 1024, first_byte, stall, whole: Duration::from_mins(5) }
    }
}

/// What to ask for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PageRequest {
    /// The first page of a query.
    Query(SignInQuery),
    /// The page that another one leads to.
    Next(NextLink),
}

/// Graph, as one parent connector reaches it. Clones share connections.
#[derive(Clone, Debug)]
pub struct GraphClient {
    http: Client,
    sign_ins: Url,
    organization: Url,
    limits: PageLimits,
    clock: Clock,
}

/// An answer whose headers have come, and nothing else yet.
#[derive(Debug)]
pub struct Begun {
    response: Response,
    at: Instant,
    answer: Box<Answer>,
}

impl Begun {
    /// Whether a page follows, rather than a few words on why there is none.
    pub fn is_page(&self) -> bool {
        self.response.status() == StatusCode::OK
    }
}

impl GraphClient {
    /// Graph at these endpoints, through this client.
    pub fn new(endpoints: &Endpoints, http: Client) -> Self {
        let at = |path: &str| {
            let mut url = endpoints.graph.clone();
            url.set_path(&format!("{}/{path}", endpoints.graph.path().trim_end_matches('/')));
            url
        };
        let mut organization = at("v1.0/organization");
        organization.set_query(Some("$select=id,displayName,verifiedDomains,assignedPlans"));
        Self {
            http,
            sign_ins: at("beta/auditLogs/signIns"),
            organization,
            limits: PageLimits::default(),
            clock: Clock::system(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: PageLimits) -> Self {
        Self { limits, ..self }
    }

    /// Asks for a page. `on_answer` is called when an answer, whatever it is, has begun to come.
    pub async fn page(
        &self,
        token: &AccessToken,
        request: PageRequest,
        on_answer: impl FnOnce() + Send,
    ) -> Result<Page, GraphError> {
        let begun = self.begin_page(token, request).await?;
        on_answer();
        self.page_of(begun, |record, _| record).await
    }

    /// Asks for a page and waits until an answer, whatever it is, begins to come.
    pub async fn begin_page(&self, token: &AccessToken, request: PageRequest) -> Result<Begun, GraphError> {
        let url = match &request {
            PageRequest::Query(query) => query.url(&self.sign_ins),
            PageRequest::Next(link) => link.url().clone(),
        };
        self.begin(token, url).await
    }

    /// The page that has begun to come, with what `make` makes of each record, on the way, from its bytes and the sign-in
    /// that they are. It may be called for records of a page that then cannot be read.
    pub async fn page_of<T>(
        &self,
        begun: Begun,
        make: impl FnMut(Bytes, Result<SignIn<'_>, NotASignIn>) -> T + Send,
    ) -> Result<Page<T>, GraphError> {
        let Begun { response, at, answer } = begun;
        let (body, answer) = self.whole(response, answer).await?;
        let content = match Content::parse(&body.bytes, make) {
            Ok(content) => content,
            Err(no_page) => {
                let (what, place) = (no_page.what, no_page.place);
                return Err(GraphError::Malformed { what, place, answer });
            }
        };
        if content.is_doubtful {
            let what = "most of its records are no sign-ins that can be read";
            return Err(GraphError::Malformed { what, place: None, answer });
        }
        let next = match content.next.map(|link| NextLink::parse(&link, &self.sign_ins)).transpose() {
            Ok(next) => next,
            Err(what) => return Err(GraphError::ForeignNextLink { what, answer }),
        };
        Ok(Page {
            body: content.body,
            records: content.records,
            next,
            count: content.count,
            server_date: answer.server_date,
            answered_at: at,
            request_id: answer.request_id,
            bytes_received: body.received,
        })
    }

    /// Asks who the tenant is. Whoever may read sign-ins may not always read this.
    pub async fn organization(&self, token: &AccessToken) -> Result<Organization, GraphError> {
        let Begun { response, answer, .. } = self.begin(token, self.organization.clone()).await?;
        let (body, answer) = self.whole(response, answer).await?;
        Organization::parse(&body.bytes).ok_or(GraphError::Malformed {
            what: "it is not an organization",
            place: None,
            answer,
        })
    }

    /// Sends a request and waits for the headers of its answer.
    async fn begin(&self, token: &AccessToken, url: Url) -> Result<Begun, GraphError> {
        let client_request_id = Uuid::new_v4();
        let answer = Box::new(Answer { client_request_id, ..Answer::default() });
        let request = self
            .http
            .get(url)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "gzip")
            .header(PREFER.0, PREFER.1)
            .header(CLIENT_REQUEST_ID, client_request_id.to_string());
        let sent = timeout(self.limits.first_byte, token.authorize(request).send()).await;
        match sent.map_err(|_| Failure::TimedOut).and_then(|sent| sent.map_err(Failure::from)) {
            Ok(response) => {
                let answer = Box::new(described(&response, *answer));
                Ok(Begun { response, at: self.clock.monotonic(), answer })
            }
            Err(failure) => Err(failed(failure, answer)),
        }
    }

    /// The body of a good answer; what is not good is an error.
    async fn whole(
        &self,
        response: Response,
        answer: Box<Answer>,
    ) -> Result<(Body, Box<Answer>), GraphError> {
        if response.status() != StatusCode::OK {
            return Err(self.refused(response, answer).await);
        }
        let limits = self.body_limits(self.limits.most_bytes);
        match read(response, limits).await {
            Ok(body) => Ok((body, answer)),
            Err(BodyError::Failed(failure)) => Err(failed(failure, answer)),
            Err(BodyError::TooLarge) => {
                Err(GraphError::Narrow { how: TooMuch::TooLarge(limits.most), answer })
            }
            Err(BodyError::Encoding) => {
                let what = "it is encoded in a way that was not asked for";
                Err(GraphError::Malformed { what, place: None, answer })
            }
        }
    }

    fn body_limits(&self, most: usize) -> BodyLimits {
        BodyLimits { most, stall: self.limits.stall, whole: self.limits.whole }
    }

    /// What an answer other than 200 means. The status alone says most, so a body that does not come is no loss.
    async fn refused(&self, response: Response, mut answer: Box<Answer>) -> GraphError {
        let (status, headers) = (response.status(), response.headers().clone());
        let limits = self.body_limits(MOST_OF_AN_ERROR);
        let body = read(response, limits).await.map(|body| body.bytes).unwrap_or_default();
        let said = Said::parse(&body);
        answer.code = said.codes.first().cloned();
        verdict::of(status, &headers, retry_after(&headers), said, answer)
    }
}

fn described(response: &Response, answer: Answer) -> Answer {
    let headers: &HeaderMap = response.headers();
    Answer {
        status: Some(response.status().as_u16()),
        request_id: text(headers, REQUEST_ID).map(str::to_owned),
        server_date: date(headers),
        ..answer
    }
}

fn failed(failure: Failure, answer: Box<Answer>) -> GraphError {
    match failure {
        Failure::Unreachable(why) => GraphError::Unreachable { why, answer },
        Failure::Broken(how) => {
            let how = format!("the connection broke: {how}");
            GraphError::Transient { how, retry_after: None, answer }
        }
        Failure::TimedOut => GraphError::Narrow { how: TooMuch::TimedOut, answer },
    }
}
