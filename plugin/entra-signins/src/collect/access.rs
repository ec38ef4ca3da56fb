//! The way to Graph for one parent connector: tokens, turns, and what time it is there.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::TenantId;
use crate::coverage::Second;
use crate::graph::{GraphClient, ServerClock};
use crate::identity::TokenProvider;
use crate::schedule::Schedule;
use crate::status::{Consent, Observation, of_identity};

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
        self.server_said().unwrap_or_else(|| self.clock.now().as_second())
    }

    /// The server's now, if an answer has told.
    pub(crate) fn server_said(&self) -> Option<Second> {
        let server_clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
        server_clock.now(self.clock.monotonic()).map(Timestamp::as_second)
    }

    /// Whether the server has told what time it is.
    pub(crate) fn knows_time(&self) -> bool {
        self.server_said().is_some()
    }

    /// Takes the identity platform's word for the time, until Graph has said it.
    pub(crate) fn learn_time(&self) {
        if let Some((date, at)) = self.tokens.server_date()
            && !self.knows_time()
        {
            self.saw(Some(date), at);
        }
    }

    /// Takes in what an answer's `Date` said.
    pub(crate) fn saw(&self, date: Option<Timestamp>, at: Instant) {
        if let Some(date) = date {
            let mut server_clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
            server_clock.observe(date, at, self.clock.now());
        }
    }

    /// The tenant, once it is known.
    pub(crate) async fn tenant_id(&self) -> Result<TenantId, Observation> {
        self.tokens.tenant_id().await.map_err(|error| of_identity(&error, &self.consent))
    }
}
