//! One request of a stream: token, turn, room in memory, answer, and what the answer means to a walk.

use std::sync::Arc;
use std::time::Duration;

use collector::internal_event::{ErrorStage, ErrorType};
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::batch::{Look, Seen};
use super::part::Part;
use super::planner::Window;
use super::stream::Stream;
use super::walk::{Request, Setback};
use crate::config::SignInEventType;
use crate::coverage::Second;
use crate::graph::{GraphError, NextLink, Page, PageRequest, SignInQuery};
use crate::identity::{AccessToken, IdentityError};
use crate::status::{Observation, of_graph, of_identity};

/// How long a tenant is left alone after a 429 that does not say.
const UNSAID_RETRY_AFTER: Duration = Duration::from_secs(5);

/// A tenant is left alone for so long after any 429.
const LEAST_RETRY_AFTER: Duration = Duration::from_secs(1);

/// The least wait for a token whose next try is due.
const TOKEN_WAIT: Duration = Duration::from_secs(1);

/// What is wanted of sign-ins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    /// Whole records.
    Records,
    /// Ids and times alone.
    Ids,
    /// How many there are.
    Count,
}

/// A page that came.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) page: Page<Seen>,
    /// The server's now when it was asked for.
    pub(crate) asked_at: Second,
    /// Its place among the pages in memory; to be kept until the host has what is on it.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The walk knows what helps.
    Setback(Setback, Observation),
    /// There is no token, which is on the board. The walk may know what helps; else nothing does until somebody acts.
    NoToken(Option<Setback>),
    /// Ask again at once: the token is renewed.
    Again(Observation),
    /// Nothing helps until somebody acts.
    Refused(Observation),
}

impl Stream {
    /// One page of these kinds, or what to do without it. One call is at most one request to Graph.
    pub(crate) async fn fetch(
        &self,
        request: Request<NextLink>,
        window: Window,
        wanted: Wanted,
        kinds: Vec<SignInEventType>,
    ) -> Result<Fetched, Failure> {
        self.permitted().await?;
        let turn = self.access.schedule.turn(self.key.tenant, window.priority).await;
        // After the turn: who waits for one must not hold room, and room goes in the order of turns.
        // Nobody asks while there is no room. An answer on its way holds none, or slow ones would keep others from asking.
        drop(self.pages_in_memory.acquire().await);
        // The waits may have been longer than the token's life.
        let token = self.permitted().await?;
        let following = matches!(request, Request::Follow(_));
        let asked_at = self.access.server_now();
        let request = page_request(self, request, asked_at, wanted, kinds);
        self.connector.counters.requests.add(1);
        let begun = self
            .access
            .graph
            .begin_page(&token, request)
            .await
            .map_err(|error| self.failure(&token, error))?;
        turn.answered();
        let body = if begun.is_page() { self.tenant.bodies.acquire().await.ok() } else { None };
        let room = Arc::clone(&self.pages_in_memory);
        let room = if begun.is_page() { room.acquire_owned().await.ok() } else { None };
        let look = Look::of(self, window.priority);
        let answer = self.access.graph.page_of(begun, |record, read| look.at(record, read)).await;
        drop(body);
        match answer {
            Ok(page) => {
                self.access.tokens.accepted(&token);
                self.access.saw(page.server_date, page.answered_at);
                let answered_at = page.server_date.map_or(asked_at, Timestamp::as_second);
                Ok(Fetched { page, asked_at: asked_at.min(answered_at), room })
            }
            // A link is Graph's own: what it does not take of it is no mistake of the configuration.
            Err(error @ GraphError::BadRequest { .. }) if following => {
                Err(Failure::Setback(Setback::DeadLink, of_graph(&error, &self.access.consent).may_pass()))
            }
            Err(error) => Err(self.failure(&token, error)),
        }
    }

    /// A page came whose records cannot be read, as others before it.
    pub(crate) fn unreadable_page(&self) -> Observation {
        let what = "most of its records are no sign-ins that can be read, as on the pages before";
        let error = GraphError::Malformed { what, place: None, answer: Box::default() };
        self.connector.counters.failed_requests.add(1);
        of_graph(&error, &self.access.consent)
    }

    async fn permitted(&self) -> Result<Arc<AccessToken>, Failure> {
        self.access.tokens.token().await.map_err(|error| {
            self.metrics.labels().error(ErrorType::AuthenticationFailed, ErrorStage::Receiving);
            self.connector.board.observe(&Part::Token, of_identity(&error, &self.access.consent));
            no_token(&error, self.access.clock.monotonic())
        })
    }

    /// What an error means: to the schedule, to the token, to the walk and to the status.
    fn failure(&self, token: &AccessToken, error: GraphError) -> Failure {
        let counters = &self.connector.counters;
        let observation = of_graph(&error, &self.access.consent);
        self.metrics.labels().error(error_type(&error), ErrorStage::Receiving);
        tracing::debug!(connector = self.connector.config.name, kind = %self.key.kind, %error, "A request failed.");
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
            GraphError::Unreachable { .. } => Failure::Setback(Setback::NotAsked(None), observation),
            GraphError::Redirected { .. } => Failure::Setback(Setback::Passing(None), observation),
            GraphError::Malformed { .. } => Failure::Setback(Setback::Malformed, observation),
            GraphError::TokenRejected { claims, .. } => {
                self.access.tokens.reject(token, claims);
                Failure::Again(observation)
            }
            GraphError::Throttled { retry_after, .. } => {
                let wait = retry_after.unwrap_or(UNSAID_RETRY_AFTER).max(LEAST_RETRY_AFTER);
                self.access.schedule.throttled(self.key.tenant, wait);
                Failure::Setback(Setback::Throttled(retry_after), observation)
            }
            GraphError::Refused { .. } => {
                // What was granted since shows in a new token only.
                self.access.tokens.outdated(token);
                Failure::Refused(observation)
            }
            GraphError::BadRequest { .. } => Failure::Refused(observation),
        }
    }
}

/// What it means to a lane that there is no token: what passes by itself is waited for where the lane is.
fn no_token(error: &IdentityError, now: Instant) -> Failure {
    match error {
        IdentityError::Transient { next_try, .. } => {
            let wait = next_try.map(|at| at.saturating_duration_since(now).max(TOKEN_WAIT));
            Failure::NoToken(Some(Setback::NotAsked(wait)))
        }
        IdentityError::Consent { .. } | IdentityError::Configuration { .. } => Failure::NoToken(None),
    }
}

fn page_request(
    stream: &Stream,
    request: Request<NextLink>,
    now: Second,
    wanted: Wanted,
    kinds: Vec<SignInEventType>,
) -> PageRequest {
    let (from, to, top) = match request {
        Request::Follow(link) => return PageRequest::Next(link),
        Request::Query { from, to, top } => (from, to, top),
        Request::Elsewhere { top } => (now - 1, now, top),
    };
    let filter = stream.connector.config.filter.clone();
    let (ids_alone, count) = (wanted != Wanted::Records, wanted == Wanted::Count);
    PageRequest::Query(SignInQuery { kinds, from, to, filter, top, ids_alone, count })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// Scenario: there is no token, because the identity platform is not well, or because somebody must act. Guarantee: the lane
    /// waits with its window until the next try in the first case, and leaves it in the second.
    #[test]
    fn a_token_that_will_come_is_waited_for() {
        let now = Clock::system().monotonic();
        let wait = Duration::from_secs(7);
        let passing = |next_try| IdentityError::Transient { diagnosis: Arc::default(), next_try };
        for (next_try, expected) in
            [(Some(now + wait), Some(wait)), (Some(now), Some(TOKEN_WAIT)), (None, None)]
        {
            let failure = no_token(&passing(next_try), now);
            assert!(matches!(failure, Failure::NoToken(Some(Setback::NotAsked(wait))) if wait == expected));
        }
        let lasting = IdentityError::Configuration { diagnosis: Arc::default(), next_try: Some(now + wait) };
        assert!(matches!(no_token(&lasting, now), Failure::NoToken(None)));
    }
}
