//! What to read next: a pure function of what has been read, what is stuck, and the server's clock.
//!
//! Three lanes read side by side, each with acknowledgements of its own: the live edge, re-reads, and history
//! (catch-up after a stop, then back-fill of what happened before the first run).

use std::hash::Hash;

use super::stuck::Stuck;
use super::walk::Walk;
use crate::coverage::{Coverage, Interval, Read, Second};
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
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
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
    /// Ids of what happened before may have been forgotten: what was read of it is not read again.
    pub known_from: Second,
}

impl Bounds {
    /// The first second that is of interest and still kept by Microsoft.
    pub fn oldest(&self, now: Second) -> Second {
        self.start.max(now - RETENTION)
    }

    /// The first second that may be read again.
    pub fn oldest_again(&self, now: Second) -> Second {
        self.oldest(now).max(self.known_from)
    }

    /// How far back the live edge goes; what lies further back is history.
    fn live_reach(&self) -> Second {
        LIVE_REACH + 2 * self.poll_interval
    }
}

/// What this lane should read at `now`, at most `longest` seconds.
pub fn next(
    lane: Lane,
    coverage: &Coverage,
    stuck: &Stuck,
    bounds: &Bounds,
    now: Second,
    longest: Second,
) -> Option<Window> {
    let longest = longest.max(1);
    match lane {
        Lane::Live => live(coverage, stuck, bounds, now, longest),
        Lane::ReRead => {
            let coverage = stuck.rereadable(coverage, now);
            let interval = coverage
                .due(now, bounds.oldest_again(now), longest)?
                .meet(Interval { from: bounds.start, to: now })?;
            Some(Window { interval, priority: Priority::ReRead })
        }
        Lane::History => history(coverage, stuck, bounds, now, longest),
    }
}

/// When this lane may have something to read, if nothing is read until then.
pub fn wake_at(lane: Lane, coverage: &Coverage, stuck: &Stuck, bounds: &Bounds, now: Second) -> Second {
    let next = match lane {
        Lane::Live => coverage.edge().map_or(now, |edge| edge + bounds.poll_interval),
        Lane::ReRead => {
            let next = stuck.rereadable(coverage, now).next_due(bounds.oldest_again(now));
            next.unwrap_or(now + bounds.poll_interval)
        }
        Lane::History => now + bounds.poll_interval,
    };
    next.max(now + 1)
}

/// Whether a window of the live edge, begun and not yet read, has become history: the newest sign-ins come first.
pub fn is_overtaken(window: Window, bounds: &Bounds, now: Second) -> bool {
    window.priority == Priority::Live && window.interval.to < now - bounds.live_reach()
}

/// Whether the live edge of another stream is read whole by reading this window of its records too.
pub fn may_read_along(
    window: Window,
    coverage: &Coverage,
    stuck: &Stuck,
    bounds: &Bounds,
    now: Second,
) -> bool {
    let Interval { from, to } = window.interval;
    let follows = coverage.edge().is_some_and(|edge| (from..=to).contains(&edge));
    follows && bounds.oldest_again(now) <= from && stuck.clear_of(window.interval) == [window.interval]
}

fn live(coverage: &Coverage, stuck: &Stuck, bounds: &Bounds, now: Second, longest: Second) -> Option<Window> {
    let reach = bounds.live_reach();
    let edge = coverage.edge();
    let from = match edge {
        Some(edge) if edge + bounds.poll_interval > now => return None,
        // No more than half, or a window that Graph can bear might never get past the overlap.
        Some(edge) if edge >= now - reach => {
            (edge - LIVE_OVERLAP.min(longest / 2)).max(bounds.known_from).min(edge)
        }
        Some(_) | None => now - reach,
    };
    let wanted = Interval::new(from.max(bounds.oldest(now)), now)?;
    // What is stuck is left to history, even when its time has come: the live edge must not wait for it.
    let part = stuck.clear_of(wanted).into_iter().find(|part| edge.is_none_or(|edge| part.to > edge))?;
    let interval = Interval { from: part.from, to: part.to.min(part.from + longest) };
    Some(Window { interval, priority: Priority::Live })
}

fn history(
    coverage: &Coverage,
    stuck: &Stuck,
    bounds: &Bounds,
    now: Second,
    longest: Second,
) -> Option<Window> {
    let unread = coverage.gaps(Interval::new(bounds.oldest(now), coverage.edge()?.min(now))?);
    let gaps: Vec<_> = unread.into_iter().flat_map(|gap| stuck.open_at(now, gap)).collect();
    let lost_tomorrow = now - RETENTION + DAY;
    let oldest_first = |gap: Interval| Interval { from: gap.from, to: gap.to.min(gap.from + longest) };
    let catch_up = |gap: &Interval| gap.meet(Interval { from: bounds.first_run, to: Second::MAX });
    if let Some(gap) = gaps.iter().find_map(catch_up) {
        return Some(Window { interval: oldest_first(gap), priority: Priority::CatchUp });
    }
    if let Some(gap) = gaps.first().filter(|gap| gap.from < lost_tomorrow) {
        return Some(Window { interval: oldest_first(*gap), priority: Priority::BackFill });
    }
    let newest = gaps.last()?;
    let interval = Interval { from: newest.from.max(newest.to - longest), to: newest.to };
    Some(Window { interval, priority: Priority::BackFill })
}

/// What Microsoft has deleted before it was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Loss {
    /// Seconds that have been lost since the last read.
    pub seconds: Second,
    /// Whether the next second to be deleted is unread as well.
    pub goes_on: bool,
}

/// Takes a read in, and forgets what Microsoft no longer keeps.
///
/// How far back that goes follows from the newest read alone, so that it is known after a restart too, and no second
/// counts as lost twice.
pub fn record(coverage: &mut Coverage, bounds: &Bounds, read: Read) -> Loss {
    let kept_since = |coverage: &Coverage| coverage.last_read().map(|at| bounds.start.max(at - RETENTION));
    let before = kept_since(coverage);
    coverage.record(read);
    let oldest = kept_since(coverage).unwrap_or(bounds.start);
    let deleted = before.and_then(|before| Interval::new(before, oldest));
    let lost = deleted.map(|deleted| coverage.gaps(deleted)).unwrap_or_default();
    let goes_on = !coverage.gaps(Interval { from: oldest, to: oldest + 1 }).is_empty();
    coverage.forget_before(oldest);
    Loss { seconds: lost.into_iter().map(Interval::secs).sum(), goes_on }
}

/// How long the next window may be: it follows what Graph can bear and what pages hold.
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

    /// The walk through this window has ended.
    pub fn learn<L: Clone + Hash>(&mut self, lane: Lane, window: Interval, walk: &Walk<L>) {
        if walk.given_up().is_some() {
            // It is one second that is at fault, not the length.
        } else if walk.was_narrowed(window) {
            self.too_long(window);
        } else if walk.is_done() {
            self.learned(lane, window, walk.pages());
        }
    }

    /// A window of this length was read whole in so many pages.
    fn learned(&mut self, lane: Lane, read: Interval, pages: u32) {
        // The live edge's windows are as long as it is behind.
        if lane != Lane::Live && pages > Self::MANY_PAGES {
            self.0 = (read.secs() / 2).max(1);
        } else if (lane == Lane::Live || pages < Self::FEW_PAGES) && read.secs() * 2 > self.0 {
            self.0 = (self.0 * 2).min(Self::LONGEST);
        }
    }

    /// Graph could not bear a window of this length.
    fn too_long(&mut self, tried: Interval) {
        self.0 = (tried.secs() / 2).clamp(1, self.0);
    }
}
