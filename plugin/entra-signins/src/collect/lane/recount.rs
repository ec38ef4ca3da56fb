//! Counting due hours instead of reading them again, where Graph's counts have proven right.
//!
//! It is one request where reading takes one for each page. Changes of known sign-ins do not show in a count: where they are to be
//! emitted, all is read.

use std::time::Duration;

use super::Reader;
use crate::collect::count::{Outcome, Trust};
use crate::collect::fetch::{Failure, Wanted};
use crate::collect::planner::{Lane, Window};
use crate::collect::walk::Request;
use crate::coverage::{Interval, Read, Second};
use crate::schedule::Priority;
use crate::state::{Commit, HOUR, StateError, hour_of};

/// What Graph says of some seconds.
struct Count {
    sign_ins: u64,
    /// When it was asked.
    at: Second,
}

impl Reader {
    /// Counts hours whose re-read is due. `None`: there is nothing to count. Else what [`Reader::plan`] answers.
    pub(super) async fn recount(&mut self) -> Option<Result<Window, Duration>> {
        if !self.may_count() {
            return None;
        }
        let (now, oldest) = (self.stream.now(), self.stream.bounds().oldest_again(self.stream.now()));
        let hours = self.counting.due(&*self.stream.coverage.lock().await, now, oldest)?;
        let delivered = self.delivered(hours).await.ok()?;
        if !self.is_worth(delivered) {
            self.counting.not_worth(hours);
            return Some(Err(Duration::ZERO));
        }
        let count = self.count(hours).await?;
        match self.counting.counted(hours, count.sign_ins == delivered) {
            Outcome::Unchanged => self.unchanged(hours, count.at).await.ok()?,
            Outcome::Fewer => {}
            Outcome::Read(hour) => {
                let interval = Interval { to: hour.to.min(hour.from + self.length.secs().max(1)), ..hour };
                return Some(Ok(Window { interval, priority: Priority::ReRead }));
            }
        }
        Some(Err(Duration::ZERO))
    }

    /// Holds a count against the hour that has just been read to its end, if any.
    pub(super) async fn look_at_count(&mut self) {
        let Some(hour) = self.just_read.take().filter(|_| self.may_count()) else { return };
        let Ok(delivered) = self.delivered(hour).await else { return };
        if self.is_worth(delivered)
            && let Some(count) = self.count(hour).await
        {
            let trust = self.counting.looked(count.sign_ins == delivered, self.stream.now());
            self.say(trust);
        }
    }

    fn may_count(&self) -> bool {
        self.lane == Lane::ReRead
            && !self.stream.connector.config.emit_updates
            && !self.shutdown.is_cancelled()
    }

    /// Whether a count saves anything.
    fn is_worth(&self, sign_ins: u64) -> bool {
        sign_ins > u64::from(self.stream.connector.config.page_size)
    }

    /// Sign-ins of these hours that were delivered.
    async fn delivered(&self, hours: Interval) -> Result<u64, StateError> {
        let numbers = (hour_of(hours.from), hour_of(hours.to));
        let accounts = self.stream.tenant.state.accounts(self.stream.key, numbers).await?;
        Ok(accounts.values().map(|account| account.delivered).sum())
    }

    /// How many sign-ins Graph shows of these hours.
    async fn count(&mut self, hours: Interval) -> Option<Count> {
        let request = Request::Query { from: hours.from, to: hours.to - 1, top: 1 };
        let window = Window { interval: hours, priority: Priority::ReRead };
        let asked = self.stream.fetch(request, window, Wanted::Count, vec![self.stream.key.kind]);
        let answer = self.shutdown.run_until_cancelled(asked).await?;
        let now = self.stream.now();
        match answer {
            Ok(fetched) => {
                let count = fetched.page.count.map(|sign_ins| Count { sign_ins, at: fetched.asked_at });
                if count.is_none() {
                    let trust = self.counting.refused(now);
                    self.say(trust);
                }
                count
            }
            Err(Failure::Refused(_)) => {
                let trust = self.counting.refused(now);
                self.say(trust);
                None
            }
            // A read meets the same, and knows what to do about it.
            Err(Failure::Setback(..) | Failure::NoToken(_) | Failure::Again(_)) => {
                self.counting.failed(now);
                None
            }
        }
    }

    /// Counts these hours as read without news.
    async fn unchanged(&self, hours: Interval, at: Second) -> Result<(), StateError> {
        let mut coverage = self.stream.coverage.lock().await;
        let mut updated = coverage.clone();
        updated.record(Read { interval: hours, at, new_ids: 0 });
        let spans = Some(updated.spans().to_vec());
        self.stream.tenant.state.commit(Commit { spans, ..Commit::nothing(self.stream.key) }).await?;
        *coverage = updated;
        let counted = usize::try_from(hours.secs() / HOUR).unwrap_or_default();
        self.stream.connector.counters.counted_hours.add(counted);
        Ok(())
    }

    fn say(&self, trust: Trust) {
        let (connector, kind) = (&self.stream.connector.config.name, self.stream.key.kind);
        match trust {
            Trust::Gained => tracing::info!(
                connector,
                %kind,
                "Graph's counts were what was read, time and again: hours are counted before they are read again."
            ),
            Trust::Lost => tracing::warn!(
                connector,
                %kind,
                "Graph's count was not what was read: hours are read again, not counted, for a day at least."
            ),
            Trust::AsBefore => {}
        }
    }
}
