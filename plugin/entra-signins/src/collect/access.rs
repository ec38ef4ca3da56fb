//! The way to Graph for one parent connector: token, turn, request, and what an answer means to a walk.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collector::internal_event::{ErrorStage, ErrorType};
use jiff::Timestamp;
use tokio::time::Instant;

use super::coverage::Second;
use super::planner::Window;
use super::stream::Stream;
use super::walk::{Request, Setback};
use crate::clock::Clock;
use crate::config::TenantId;
use crate::graph::{GraphClient, GraphError, NextLink, Page, PageRequest, ServerClock, SignInQuery};
use crate::identity::{AccessToken, TokenProvider};
use crate::schedule::Schedule;
use crate::status::{Consent, Observation, of_graph, of_identity};

/// How long a tenant is left alone after a 429 that does not say.
const UNSAID_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The walk knows what helps.
    Setback(Setback, Observation),
    /// Ask again at once: the token was renewed.
    Again,
    /// Nothing helps until somebody acts.
    Refused(Observation),
}

/// What all streams below a parent connector share.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) tokens: TokenProvider,
    pub(crate) graph: GraphClient,
    pub(crate) schedule: Schedule,
    pub(crate) consent: Consent,
    pub(crate) clock: Clock,
    pub(crate) server_clock: Mutex<ServerClock>,
}

impl Access {
    /// The server's now, or the machine's as long as no answer has told.
    pub(crate) fn server_now(&self) -> Second {
        let server_clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
        server_clock.now(self.clock.monotonic()).unwrap_or_else(|| self.clock.now()).as_second()
    }

    /// Takes the identity platform's word for the time, until Graph has said it.
    pub(crate) fn learn_time(&self) {
        if let Some((date, at)) = self.tokens.server_date() {
            let mut server_clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
            if server_clock.now(at).is_none() {
                server_clock.observe(date, at);
            }
        }
    }

    fn saw(&self, date: Option<Timestamp>, at: Instant) {
        if let Some(date) = date {
            let mut server_clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
            server_clock.observe(date, at);
        }
    }

    /// One page, or what to do without it. One call is at most one request to Graph.
    pub(crate) async fn page(
        &self,
        stream: &Arc<Stream>,
        request: Request<NextLink>,
        window: Window,
    ) -> Result<Page, Failure> {
        self.permitted(stream).await?;
        let turn = self.schedule.turn(stream.key.tenant, window.priority).await;
        // The wait may have been longer than the token's life.
        let token = self.permitted(stream).await?;
        let following = matches!(request, Request::Follow(_));
        let request = page_request(stream, request);
        stream.connector.counters.requests.add(1);
        match self.graph.page(&token, request, || turn.answered()).await {
            Ok(page) => {
                self.saw(page.server_date, page.answered_at);
                Ok(page)
            }
            // A link is Graph's own: what it does not take of it is no mistake of the configuration.
            Err(error @ GraphError::BadRequest { .. }) if following => {
                Err(Failure::Setback(Setback::DeadLink, of_graph(&error, &self.consent).may_pass()))
            }
            Err(error) => Err(self.failure(stream, &token, error)),
        }
    }

    async fn permitted(&self, stream: &Stream) -> Result<Arc<AccessToken>, Failure> {
        self.tokens.token().await.map_err(|error| {
            stream.metrics.labels().error(ErrorType::AuthenticationFailed, ErrorStage::Receiving);
            Failure::Refused(of_identity(&error, &self.consent))
        })
    }

    /// What an error means: to the schedule, to the token, to the walk and to the status.
    fn failure(&self, stream: &Stream, token: &AccessToken, error: GraphError) -> Failure {
        let counters = &stream.connector.counters;
        let observation = of_graph(&error, &self.consent);
        stream.metrics.labels().error(error_type(&error), ErrorStage::Receiving);
        tracing::debug!(connector = stream.connector.config.name, kind = %stream.key.kind, %error, "A request failed.");
        let throttled = matches!(error, GraphError::Throttled { .. });
        if throttled { &counters.throttled } else { &counters.failed_requests }.add(1);
        match error {
            GraphError::Narrow { .. } => Failure::Setback(Setback::TooMuch, observation),
            GraphError::DeadLink { .. } | GraphError::ForeignNextLink { .. } => {
                Failure::Setback(Setback::DeadLink, observation)
            }
            GraphError::Transient { retry_after, .. } => {
                Failure::Setback(Setback::Passing(retry_after), observation)
            }
            GraphError::Unreachable { .. } | GraphError::Redirected { .. } => {
                Failure::Setback(Setback::Passing(None), observation)
            }
            GraphError::Malformed { .. } => Failure::Setback(Setback::Malformed, observation),
            GraphError::TokenRejected { claims, .. } => {
                self.tokens.reject(token, claims);
                Failure::Again
            }
            GraphError::Throttled { retry_after, .. } => {
                let wait = retry_after.unwrap_or(UNSAID_RETRY_AFTER);
                self.schedule.block(stream.key.tenant, self.clock.monotonic() + wait);
                Failure::Setback(Setback::Throttled(retry_after), observation)
            }
            GraphError::Refused { .. } => {
                // What was granted since shows in a new token only.
                self.tokens.outdated(token);
                Failure::Refused(observation)
            }
            GraphError::BadRequest { .. } => Failure::Refused(observation),
        }
    }

    /// The tenant, once it is known.
    pub(crate) async fn tenant_id(&self) -> Result<TenantId, Observation> {
        self.tokens.tenant_id().await.map_err(|error| of_identity(&error, &self.consent))
    }
}

fn page_request(stream: &Stream, request: Request<NextLink>) -> PageRequest {
    match request {
        Request::Follow(link) => PageRequest::Next(link),
        Request::Query { from, to, top } => PageRequest::Query(SignInQuery {
            kinds: vec![stream.key.kind],
            from,
            to,
            filter: stream.connector.config.filter.clone(),
            top,
        }),
    }
}

fn error_type(error: &GraphError) -> ErrorType {
    match error {
        GraphError::Unreachable { .. } => ErrorType::ConnectionFailed,
        GraphError::Narrow { .. } => ErrorType::TimedOut,
        GraphError::Malformed { .. } => ErrorType::ParserFailed,
        GraphError::TokenRejected { .. } => ErrorType::AuthenticationFailed,
        GraphError::Throttled { .. }
        | GraphError::Refused { .. }
        | GraphError::DeadLink { .. }
        | GraphError::BadRequest { .. }
        | GraphError::Redirected { .. }
        | GraphError::ForeignNextLink { .. }
        | GraphError::Transient { .. } => ErrorType::RequestFailed,
    }
}
