//! How far the kinds of a connector have been read, as its status shows it.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;

use crate::collect::planner::{Bounds, RETENTION};
use crate::collect::stream::Connector;
use crate::config::SignInEventType;
use crate::coverage::{Ages, Coverage, Interval, Second};
use crate::lateness::Lateness;
use crate::status::{Measured, Observation, stalled};

#[cfg(test)]
mod tests;

/// By how much a re-read may be overdue before its seconds are called unproven: it waits for its turn, and for company.
const REREAD_SLACK: Second = 600;
/// Re-reads that are later than this are said to be: it is more than any slack, and late sign-ins wait for them.
const LATE_REREADS: Second = 3 * HOUR;
/// What Microsoft deletes within this time, unread, is said.
const SOON_DELETED: Second = 24 * HOUR;
const HOUR: Second = 3_600;
/// After how many seconds without newer sign-ins, beyond three polls, a kind stands still.
const STILL: Second = 600;

/// After how long seconds are read again, of the kind that waits longest; the other ages are the same for all.
const LEARNED: [&str; 3] = ["reread_1_seconds", "reread_2_seconds", "reread_3_seconds"];

type Counts = BTreeMap<&'static str, u64>;

/// How far one kind has been read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Progress {
    /// Seconds between the newest that was read and the server's now; `None` if none ever was.
    lag: Option<Second>,
    /// Seconds before that one, and since the start, that were never read.
    unread: Second,
    /// Seconds that should have been read again by now.
    unproven: Second,
    /// How late the re-read is that is latest.
    overdue: Second,
    /// When Microsoft deletes what is unread, from now.
    deleted_in: Option<Second>,
    /// How late its sign-ins appeared.
    lateness: Lateness,
    /// When its seconds are read again.
    ages: Ages,
}

impl Progress {
    /// What was read at `now`.
    pub(super) fn of(coverage: &Coverage, lateness: Lateness, bounds: &Bounds, now: Second) -> Self {
        let edge = coverage.edge();
        let since_start = Interval::new(bounds.oldest(now), edge.unwrap_or(now));
        let gaps = since_start.map(|within| coverage.gaps(within)).unwrap_or_default();
        Self {
            lag: edge.map(|edge| (now - edge).max(0)),
            unread: gaps.iter().map(|gap| gap.secs()).sum(),
            overdue: coverage.overdue(now, bounds.oldest_again(now)),
            deleted_in: gaps.first().map(|gap| (gap.from + RETENTION - now).max(0)),
            unproven: coverage.unproven(now, bounds.oldest_again(now), REREAD_SLACK),
            lateness,
            ages: coverage.ages(),
        }
    }

    /// What somebody should know of it for as long as it is so.
    fn notes(&self, kind: SignInEventType) -> Vec<String> {
        let late = (self.overdue > LATE_REREADS).then(|| {
            let hours = self.overdue / HOUR;
            format!(
                "{kind}: re-reads for late sign-ins are {hours} hours late, since other requests use up what Microsoft allows"
            )
        });
        let deleted = self.deleted_in.filter(|left| *left < SOON_DELETED).map(|left| {
            let hours = left / HOUR;
            format!("{kind}: unread sign-ins reach the end of Microsoft's 30 days in {hours} hours")
        });
        late.into_iter().chain(deleted).collect()
    }

    /// Whether newer sign-ins are being read, `running` seconds after this process began to: whatever holds them up, and
    /// though nobody has complained.
    pub(super) fn moves(self, kind: SignInEventType, poll_interval: Second, running: Second) -> Observation {
        let still = self.lag.unwrap_or(Second::MAX).min(running);
        if still > STILL + 3 * poll_interval {
            Observation::Suspect(stalled(kind, still / 60))
        } else {
            Observation::Cleared
        }
    }
}

/// What is measured of a connector: its counts, and these of its kinds. Nobody has begun to read the others.
pub(super) fn of_connector(
    connector: &Connector,
    read: &HashMap<SignInEventType, Progress>,
    now: Instant,
) -> Measured {
    let counters = connector.counters.snapshot(now);
    let kinds = connector.config.sign_in_event_types.iter().map(|kind| (*kind, read.get(kind).copied()));
    measured(counters, &kinds.collect::<Vec<_>>())
}

fn measured(counters: Counts, kinds: &[(SignInEventType, Option<Progress>)]) -> Measured {
    let lags = kinds.iter().map(|(_, progress)| progress.and_then(|progress| progress.lag));
    // Unknown as long as it is unknown of any.
    let lag_secs = lags.collect::<Option<Vec<_>>>().and_then(|lags| lags.into_iter().max());
    let mut measured =
        Measured { lag_secs: lag_secs.map(Second::unsigned_abs), counters, ..Measured::default() };
    let mut lateness = Lateness::default();
    for (kind, progress) in kinds {
        add(&mut measured, *kind, *progress);
        if let Some(Progress { lateness: of_kind, ages, .. }) = progress {
            lateness.merge(of_kind);
            for (name, age) in LEARNED.into_iter().zip(ages.iter()) {
                let longest = measured.counters.entry(name).or_default();
                *longest = (*longest).max(age.unsigned_abs());
            }
        }
    }
    add_lateness(&mut measured.counters, &lateness);
    measured
}

/// How late half, all but a hundredth, and all of the late ones were, at most.
fn add_lateness(counters: &mut Counts, lateness: &Lateness) {
    let told = [
        ("lateness_p50_seconds", lateness.at_most(500)),
        ("lateness_p99_seconds", lateness.at_most(990)),
        ("lateness_max_seconds", lateness.longest()),
    ];
    counters.extend(told.into_iter().filter_map(|(name, late)| Some((name, late?.unsigned_abs()))));
}

fn add(measured: &mut Measured, kind: SignInEventType, progress: Option<Progress>) {
    let [lag_name, unread_name, unproven_name, lateness_name] = names(kind);
    let mut count = |name, seconds: Second| {
        *measured.counters.entry(name).or_default() += seconds.unsigned_abs();
    };
    if let Some(Progress { unread, unproven, lateness, .. }) = progress {
        if let Some(late) = lateness.at_most(990) {
            count(lateness_name, late);
        }
        count(unread_name, unread);
        count("unread_seconds", unread);
        count(unproven_name, unproven);
        count("unproven_seconds", unproven);
    }
    measured.notes.extend(progress.iter().flat_map(|progress| progress.notes(kind)));
    match progress.and_then(|progress| progress.lag) {
        Some(lag) => count(lag_name, lag),
        None => measured.notes.push(format!("{kind} has not been read yet")),
    }
}

/// The names of a kind's counters: lag, unread, unproven, and within which time all but a hundredth of its late sign-ins showed.
const fn names(kind: SignInEventType) -> [&'static str; 4] {
    match kind {
        SignInEventType::InteractiveUser => [
            "interactive_user_lag_seconds",
            "interactive_user_unread_seconds",
            "interactive_user_unproven_seconds",
            "interactive_user_lateness_p99_seconds",
        ],
        SignInEventType::NonInteractiveUser => [
            "non_interactive_user_lag_seconds",
            "non_interactive_user_unread_seconds",
            "non_interactive_user_unproven_seconds",
            "non_interactive_user_lateness_p99_seconds",
        ],
        SignInEventType::ServicePrincipal => [
            "service_principal_lag_seconds",
            "service_principal_unread_seconds",
            "service_principal_unproven_seconds",
            "service_principal_lateness_p99_seconds",
        ],
        SignInEventType::ManagedIdentity => [
            "managed_identity_lag_seconds",
            "managed_identity_unread_seconds",
            "managed_identity_unproven_seconds",
            "managed_identity_lateness_p99_seconds",
        ],
    }
}
