//! What to read next: a pure function of what has been read and the server's clock.
//!
//! Three lanes read side by side, each with acknowledgements of its own: the live edge, re-reads, and history
//! (catch-up after a stop, then back-fill of what happened before the first run).

use super::coverage::{Coverage, Interval, Second};
use crate::schedule::Priority;

#[cfg(test)]
mod tests;

/// Microsoft keeps sign-ins of licensed tenants for 30 days.
pub const RETENTION: Second = 30 * 86_400;

/// The live edge reads its last two minutes again at each poll.
pub const LIVE_OVERLAP: Second = 120;

/// When the live edge lies further back than this and two polls, the rest is history to catch up with.
const LIVE_REACH: Second = 300;

const DAY: Second = 86_400;

/// One of the three readers of a stream.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Lane {
    /// The newest sign-ins.
    Live,
    /// Intervals that were read before.
    ReRead,
    /// Intervals that were never read.
    History,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Live, Self::ReRead, Self::History];

    /// Its name in state, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::ReRead => "re_read",
            Self::History => "history",
        }
    }
}

/// What a lane should read now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// Which seconds.
    pub interval: Interval,
    /// How urgent it is.
    pub priority: Priority,
}

/// What stays the same for a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bounds {
    /// The first second of interest, absolute since the first run.
    pub start: Second,
    /// The server's now at the first run: what lies before is back-fill, what lies after is catch-up.
    pub first_run: Second,
    /// Seconds between reads of the live edge.
    pub poll_interval: Second,
}

impl Bounds {
    /// The first second that is of interest and still kept by Microsoft.
    pub fn oldest(&self, now: Second) -> Second {
        self.start.max(now - RETENTION)
    }
}

/// What this lane should read at `now`, at most `longest` seconds of history or re-reads.
pub fn next(
    lane: Lane,
    coverage: &Coverage,
    bounds: &Bounds,
    now: Second,
    longest: Second,
) -> Option<Window> {
    match lane {
        Lane::Live => live(coverage, bounds, now),
        Lane::ReRead => {
            let interval = coverage
                .due(now, bounds.oldest(now), longest)?
                .meet(Interval { from: bounds.start, to: now })?;
            Some(Window { interval, priority: Priority::ReRead })
        }
        Lane::History => history(coverage, bounds, now, longest),
    }
}

/// When this lane may have something to read, if nothing is read until then.
pub fn wake_at(lane: Lane, coverage: &Coverage, bounds: &Bounds, now: Second) -> Second {
    let next = match lane {
        Lane::Live => coverage.edge().map_or(now, |edge| edge + bounds.poll_interval),
        Lane::ReRead => coverage.next_due().unwrap_or(now + bounds.poll_interval),
        Lane::History => now + bounds.poll_interval,
    };
    next.max(now + 1)
}

fn live(coverage: &Coverage, bounds: &Bounds, now: Second) -> Option<Window> {
    let reach = LIVE_REACH + 2 * bounds.poll_interval;
    let from = match coverage.edge() {
        Some(edge) if edge + bounds.poll_interval > now => return None,
        Some(edge) if edge >= now - reach => edge - LIVE_OVERLAP,
        Some(_) | None => now - reach,
    };
    let interval = Interval::new(from.max(bounds.oldest(now)), now)?;
    Some(Window { interval, priority: Priority::Live })
}

fn history(coverage: &Coverage, bounds: &Bounds, now: Second, longest: Second) -> Option<Window> {
    let edge = coverage.edge()?;
    let gaps = coverage.gaps(Interval::new(bounds.oldest(now), edge)?);
    let lost_tomorrow = now - RETENTION + DAY;
    let oldest_first = |gap: Interval| Interval { from: gap.from, to: gap.to.min(gap.from + longest) };
    if let Some(gap) = gaps.iter().find(|gap| gap.from < lost_tomorrow) {
        let priority = if gap.from >= bounds.first_run { Priority::CatchUp } else { Priority::BackFill };
        return Some(Window { interval: oldest_first(*gap), priority });
    }
    let catch_up = |gap: &Interval| gap.meet(Interval { from: bounds.first_run, to: Second::MAX });
    if let Some(gap) = gaps.iter().find_map(catch_up) {
        return Some(Window { interval: oldest_first(gap), priority: Priority::CatchUp });
    }
    let newest = gaps.last()?;
    let interval = Interval { from: newest.from.max(newest.to - longest), to: newest.to };
    Some(Window { interval, priority: Priority::BackFill })
}

/// How long the next window of history or re-reads may be: it follows what Graph can bear and what pages hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WindowLength(Second);

impl Default for WindowLength {
    fn default() -> Self {
        Self(4 * 3_600)
    }
}

impl WindowLength {
    const LONGEST: Second = DAY;
    /// A window of fewer pages wastes its last, partly filled one.
    const FEW_PAGES: u32 = 4;
    /// A window of more pages loses more when its paging token dies.
    const MANY_PAGES: u32 = 24;

    /// Seconds.
    pub fn secs(self) -> Second {
        self.0
    }

    /// A window of this length was read whole in so many pages.
    pub fn learned(&mut self, read: Interval, pages: u32) {
        if pages > Self::MANY_PAGES {
            self.0 = (read.secs() / 2).max(1);
        } else if pages < Self::FEW_PAGES && read.secs() >= self.0 {
            self.0 = (self.0 * 2).min(Self::LONGEST);
        }
    }

    /// Graph could not bear a window of this length.
    pub fn too_long(&mut self, tried: Interval) {
        self.0 = (tried.secs() / 2).clamp(1, self.0);
    }
}
