//! What a connector counts, for its status. Counts are since the process started.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::recent::Recent;
use crate::coverage::REREADS;

/// Names of what each look found, see [`Counters::late_found`].
pub(crate) const LATE_FOUND: [&str; REREADS + 1] = [
    "late_before_reread",
    "late_at_reread_1",
    "late_at_reread_2",
    "late_at_reread_3",
    "late_at_reread_4",
    "late_at_reread_5",
];

/// The counts of one Azure AD connector.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Requests sent to Graph.
    pub(crate) requests: Count,
    /// Answers that said "too many requests".
    pub(crate) throttled: Count,
    /// Requests that failed in another way.
    pub(crate) failed_requests: Count,
    /// Records on pages.
    pub(crate) fetched: Count,
    /// Sign-ins delivered to the host.
    pub(crate) delivered: Count,
    /// Of those, the ones of the last hour.
    pub(crate) delivered_lately: Recent,
    /// Records seen before.
    pub(crate) repeated: Count,
    /// Sign-ins that Microsoft has changed, in what events show, since they were read last.
    pub(crate) changed: Count,
    /// Hours that were counted instead of being read again.
    pub(crate) counted_hours: Count,
    /// Reads of the newest sign-ins that brought both user kinds in one request.
    pub(crate) read_together: Count,
    /// Sign-ins that a re-read found.
    pub(crate) late: Count,
    /// Sign-ins that an earlier read of their second had not, by the look that found them: before the first age, then at each.
    pub(crate) late_found: [Count; REREADS + 1],
    /// Sign-ins that a comparison has found missing.
    pub(crate) gaps: Count,
    /// Seconds that were not read before Microsoft's retention ended.
    pub(crate) lost_seconds: Count,
    /// Records that no event could be made of.
    pub(crate) set_aside: Count,
    /// Such records that found no room where they are kept, counted at each read.
    pub(crate) set_aside_lost: Count,
    /// Properties of an unexpected type.
    pub(crate) anomalies: Count,
    /// Batches that the host did not take.
    pub(crate) not_delivered: Count,
}

/// One count.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    /// All counts by name, as they are now.
    pub(crate) fn snapshot(&self, now: Instant) -> BTreeMap<&'static str, u64> {
        let late_found = LATE_FOUND.into_iter().zip(&self.late_found);
        let mut counts: BTreeMap<_, _> = late_found.map(|(name, count)| (name, count.get())).collect();
        counts.extend([
            ("requests", self.requests.get()),
            ("throttled", self.throttled.get()),
            ("failed_requests", self.failed_requests.get()),
            ("fetched", self.fetched.get()),
            ("delivered", self.delivered.get()),
            ("delivered_last_hour", self.delivered_lately.within_hour(now)),
            ("repeated", self.repeated.get()),
            ("changed", self.changed.get()),
            ("late", self.late.get()),
            ("read_together", self.read_together.get()),
            ("counted_hours", self.counted_hours.get()),
            ("set_aside", self.set_aside.get()),
            ("set_aside_lost", self.set_aside_lost.get()),
            ("anomalies", self.anomalies.get()),
            ("gaps", self.gaps.get()),
            ("lost_seconds", self.lost_seconds.get()),
            ("not_delivered", self.not_delivered.get()),
        ]);
        counts
    }
}
