//! Reading the newest sign-ins of both user kinds in one request, where that has been seen to equal separate requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Reader;
use crate::collect::batch::Seen;
use crate::collect::count::Trust;
use crate::collect::fetch::Wanted;
use crate::collect::planner::{self, Lane, Window};
use crate::collect::stream::Stream;
use crate::collect::together::{Listed, USER_KINDS};
use crate::collect::walk::{Request, Setback};
use crate::config::{EventId, SignInEventType};
use crate::coverage::Interval;
use crate::schedule::Priority;

/// Records on the page of a list that is compared.
const COMPARED: u16 = 1_000;

impl Reader {
    /// The stream whose newest sign-ins come with this window.
    pub(super) async fn second_of(&self, window: Window) -> Option<Arc<Stream>> {
        let now = self.stream.now();
        if self.lane != Lane::Live || !self.stream.connector.pair.is_trusted(now) {
            return None;
        }
        let second = self.stream.second()?;
        let fits = {
            let coverage = second.coverage.lock().await;
            planner::may_read_along(window, &coverage, &second.stuck(), &second.bounds(), now)
        };
        fits.then_some(second)
    }

    /// The kinds to ask for.
    pub(super) fn kinds(&self) -> Vec<SignInEventType> {
        if self.second.is_some() { USER_KINDS.to_vec() } else { vec![self.stream.key.kind] }
    }

    /// A request went wrong: whether each kind is read alone from now on, where the walk deals with what is wrong. To wait is all
    /// that helps where it was too early, or where Graph was not asked.
    pub(super) fn parts_after(&self, setback: Setback) -> bool {
        !matches!(setback, Setback::Throttled(_) | Setback::NotAsked(_)) && self.parts()
    }

    /// Has each kind read alone for a while, if both are read in one request.
    pub(super) fn parts(&self) -> bool {
        if self.second.is_some() {
            self.stream.connector.pair.together().failed(self.stream.now());
        }
        self.second.is_some()
    }

    /// The records of a page by the stream that they are of: this reader's, unless they say that they are the other's.
    pub(super) fn by_stream(&self, records: Vec<Seen>) -> Vec<(Arc<Stream>, Vec<Seen>)> {
        let first = Arc::clone(&self.stream);
        let Some(second) = &self.second else { return vec![(first, records)] };
        let (seconds, firsts) = records.into_iter().partition(|seen| seen.kind() == Some(second.key.kind));
        vec![(first, firsts), (Arc::clone(second), seconds)]
    }

    /// Lists some seconds both ways, if it is time to.
    pub(super) async fn compare_together(&self) {
        if self.lane != Lane::ReRead || self.shutdown.is_cancelled() || self.stream.second().is_none() {
            return;
        }
        let pair = &self.stream.connector.pair;
        let now = self.stream.now();
        let Some(seconds) = pair.together().due(now) else { return };
        let [first, second] = USER_KINDS;
        let Some(alone) = self.list(seconds, vec![first]).await else { return };
        if !pair.together().is_enough(&alone, now) {
            return;
        }
        let Some(other) = self.list(seconds, vec![second]).await else { return };
        if !pair.together().is_enough(&other, now) {
            return;
        }
        let Some(both) = self.list(seconds, USER_KINDS.to_vec()).await else { return };
        if let (Some(alone), Some(other)) = (&alone, &other) {
            let trust = pair.together().compared([alone, other], &both, now);
            self.say_together(trust);
        }
    }

    /// The ids of these kinds; `None` if they could not be listed.
    async fn list(&self, seconds: Interval, kinds: Vec<SignInEventType>) -> Option<Listed> {
        let request = Request::Query { from: seconds.from, to: seconds.to - 1, top: COMPARED };
        let window = Window { interval: seconds, priority: Priority::ReRead };
        let asked = self.stream.fetch(request, window, Wanted::Ids, kinds);
        let Ok(fetched) = self.shutdown.run_until_cancelled(asked).await? else {
            // Reads meet the same, and know what to do about it.
            self.stream.connector.pair.together().not_compared(self.stream.now());
            return None;
        };
        let ids: BTreeSet<EventId> =
            fetched.page.records.iter().filter_map(Seen::id).map(|id| id.id).collect();
        Some(fetched.page.next.is_none().then_some(ids))
    }

    fn say_together(&self, trust: Trust) {
        let connector = &self.stream.connector.config.name;
        match trust {
            Trust::Gained => tracing::info!(
                connector,
                "One request listed both user kinds as well as two, time and again: their newest sign-ins are read in one."
            ),
            Trust::Lost => tracing::warn!(
                connector,
                "One request for both user kinds lacked a sign-in: each is read in a request of its own, for a day at least."
            ),
            Trust::AsBefore => {}
        }
    }
}
