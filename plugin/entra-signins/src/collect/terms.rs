//! From when on a stream is read, and whether what was read before still counts: what the configuration says now against
//! what it said at the last start. Pure.
//!
//! Only what is *written* counts as a change. An age or `now` becomes an absolute time once, when it is first seen, and
//! does not move at each start.

use super::planner::RETENTION;
use crate::config::{AzureAd, Start};
use crate::coverage::Second;
use crate::state::{Begun, Terms};

const FILTER_CHANGED: &str =
    "filter has changed: all from start on is read again; what was delivered before is not sent again";
const STARTS_EARLIER: &str = "start was moved back: sign-ins since then are back-filled";
const STARTS_LATER: &str =
    "start was moved forward: sign-ins before it and before the first run are no longer back-filled";
const PAST_RETENTION: &str = "start lies before Microsoft's retention of 30 days and was moved there";
const STATE_LOST: &str = "nothing was kept of what was read before, so it is read again from a day before the last sign-in on; write an \
    earlier start if history before that was still to be read";
const IN_FUTURE: &str = "start lies in the future by Microsoft's clock and was taken as now";

/// What a source that runs has read but once, and what re-reads may still find: a day, and an hour for being behind.
const MAY_BE_OWED: Second = 25 * 3_600;

/// How a stream is read from this start on.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Settled {
    /// What to keep.
    pub(crate) begun: Begun,
    /// Whether what was read before counts no more.
    pub(crate) anew: bool,
    /// What somebody should know.
    pub(crate) remarks: Vec<&'static str>,
}

/// What this configuration says.
pub(crate) fn terms(config: &AzureAd) -> Terms {
    let hash = |filter: &String| {
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, filter.trim().as_bytes()).as_ref().to_vec()
    };
    Terms { start: config.start.to_string(), filter: config.filter.as_ref().map(hash) }
}

/// Settles how a stream is read, given what was kept of it.
pub(crate) fn settle(kept: Option<&Begun>, config: &AzureAd, now: Second) -> Settled {
    let terms = terms(config);
    let Some(kept) = kept else {
        let (start, remark) = second_of(config.start, now);
        let begun = Begun { start, first_run: now, terms };
        return Settled { begun, anew: false, remarks: remark.into_iter().collect() };
    };
    let mut remarks = Vec::new();
    let anew = kept.terms.filter != terms.filter;
    if anew {
        remarks.push(FILTER_CHANGED);
    }
    let mut start = kept.start;
    if kept.terms.start != terms.start {
        let (wanted, remark) = second_of(config.start, now);
        // What happened since the first run was promised, and is read whatever start says now.
        start = wanted.min(kept.first_run);
        remarks.extend(remark);
        if start != kept.start {
            remarks.push(if start < kept.start { STARTS_EARLIER } else { STARTS_LATER });
        }
    }
    Settled { begun: Begun { start, first_run: kept.first_run, terms }, anew, remarks }
}

/// Settles how a stream is read of which nothing was kept though the source has run before, until then: as if it had begun where
/// it may have left off.
pub(crate) fn resume(config: &AzureAd, ran_until: Second, now: Second) -> Settled {
    let mut settled = settle(None, config, now);
    let left_off = (ran_until - MAY_BE_OWED).clamp(now - RETENTION, now);
    let begun = &mut settled.begun;
    (begun.start, begun.first_run) = (begun.start.min(left_off), left_off);
    settled.remarks.push(STATE_LOST);
    settled
}

/// The second that a start means now, and what had to be done to it.
fn second_of(start: Start, now: Second) -> (Second, Option<&'static str>) {
    let wanted = match start {
        Start::Now => now,
        Start::Age(age) => now - age.as_secs(),
        Start::At(instant) => instant.as_second(),
    };
    if wanted > now {
        (now, Some(IN_FUTURE))
    } else if wanted < now - RETENTION {
        (now - RETENTION, Some(PAST_RETENTION))
    } else {
        (wanted, None)
    }
}

#[cfg(test)]
mod tests;
