//! Reading the newest sign-ins of both user kinds in one request, where that has been seen to equal separate requests.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Left, Reader};
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

    /// A request went wrong: if it was for both kinds, each is read alone from now on, and what is wrong is seen there. To wait is all
    /// that helps where it was too early, or where Graph was not asked.
    pub(super) fn part_after(&self, setback: Setback) -> Result<(), Left> {
        if self.second.is_none() || matches!(setback, Setback::Throttled(_) | Setback::NotAsked(_)) {
            return Ok(());
        }
        let trust = self.stream.connector.pair.together().failed(self.stream.now());
        self.say_together(trust);
        Err(Left::Parted)
    }

    /// The same where Graph has refused, or a page of both cannot be taken in.
    pub(super) fn part_if_refused(&self) -> Result<(), Left> {
        if self.second.is_none() {
            return Ok(());
        }
        let trust = self.stream.connector.pair.together().refused(self.stream.now());
        self.say_together(trust);
        Err(Left::Parted)
    }

    /// Records that nobody can read do not say of which kind they are: each kind alone knows how to doubt its own.
    pub(super) fn part_if_unreadable(&self, records: &[Seen]) -> Result<(), Left> {
        if records.iter().all(|record| record.id().is_some()) {
            Ok(())
        } else {
            self.part_after(Setback::Malformed)
        }
    }

    /// To be held while a window is read: a panic over a record of one kind must not keep the other from being read.
    pub(super) fn distrust_after_panic(&self) -> DistrustAfterPanic {
        let joint = self.second.is_some();
        DistrustAfterPanic(joint.then(|| Arc::clone(&self.stream)))
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
                "One request for both user kinds lacked a sign-in, or failed: each is read in a request of its own, for a day at least."
            ),
            Trust::AsBefore => {}
        }
    }
}

/// Parts the kinds when it is dropped in a panic.
pub(super) struct DistrustAfterPanic(Option<Arc<Stream>>);

impl Drop for DistrustAfterPanic {
    fn drop(&mut self) {
        if let Some(stream) = &self.0
            && std::thread::panicking()
        {
            stream.connector.pair.together().refused(stream.now());
        }
    }
}
