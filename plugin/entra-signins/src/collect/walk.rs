//! Going through the pages of one window, whatever Graph does on the way. Pure: it says what to ask, and is told what came.
//!
//! Nothing is ever skipped. What Graph cannot bear is asked for in smaller pieces: first shorter windows, then, at one
//! second, smaller pages. What passes is asked for again. A paging token that has died is left behind: the walk goes on
//! from the last record's second if the pages were ascending, else from the window's beginning. Pages that are neither ascending nor
//! descending may have been of different listings, and hide what both passed over: they are gone through once more.
//!
//! When requests keep failing, the walk asks for *something else*, the newest second. If Graph does not serve that either,
//! nothing is well, and the walk waits where it is. If Graph does, the fault lies in what was asked for: it is
//! narrowed down, and one second that Graph still fails to serve, time and again, is given up for now. So nothing is given up
//! in an outage, and nothing holds up the rest for ever.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};
use std::time::Duration;

use crate::coverage::{Interval, Second};

#[cfg(test)]
mod tests;

/// Pages in a row without a record before the paging token counts as dead.
const MOST_EMPTY_PAGES: u32 = 200;

/// Failures in a row before something else is asked for, to see whether Graph serves anything.
const FAILURES: u32 = 3;

/// How often one second must fail, when nothing less can be asked for, before it is given up.
const GIVE_UP: u32 = 6;

/// Links of a query that are remembered, to see when they go in a circle.
const MOST_LINKS: usize = 1_024;

/// By how much pages shrink at a time.
const SHRINK: u16 = 10;

const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// What to ask Graph now. `L` is a link to a next page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Request<L> {
    /// A new query of these seconds, both inclusive as Graph has it.
    Query {
        /// The first second.
        from: Second,
        /// The last second.
        to: Second,
        /// Records per page.
        top: u16,
    },
    /// The next page.
    Follow(L),
    /// Something else, to see whether Graph serves it: the newest second.
    Elsewhere {
        /// Records per page.
        top: u16,
    },
}

/// What matters of a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PageSeen<L> {
    /// When its records happened, in the page's order.
    pub times: Vec<Second>,
    /// Where the next one is; `None`: this was the last.
    pub next: Option<L>,
    /// The server's now when it was asked for.
    pub asked_at: Second,
}

/// How far a page brought the walk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Seconds that are thereby read whole; they follow on what was read before. `None` if not a single one is.
    pub read: Option<Interval>,
    /// The server's now when the query that read them began.
    pub at: Second,
    /// How long to wait before the next request; nothing unless paging goes in circles.
    pub wait: Duration,
}

/// What can go wrong with a request, by what helps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Setback {
    /// Too many requests; the wait that Microsoft asks for, if it says.
    Throttled(Option<Duration>),
    /// Too much at once: a time-out, 504, or a page over the cap.
    TooMuch,
    /// The paging token is no longer good.
    DeadLink,
    /// It may work when asked again, after this long if the server says.
    Passing(Option<Duration>),
    /// Graph was not asked: there is no token or no connection. It may work after this long, if that is known.
    NotAsked(Option<Duration>),
    /// The answer could not be understood.
    Malformed,
}

/// The walk through one window.
#[derive(Clone, Debug)]
pub struct Walk<L> {
    /// What is still to be read; its beginning moves as pages come.
    rest: Interval,
    page_size: u16,
    top: u16,
    pages: u32,
    query: Query<L>,
    trouble: Trouble,
    /// Whether pages in no order have been gone through already: a second time they are taken as they are.
    was_mixed: bool,
    done: bool,
}

/// The query whose pages are being followed.
#[derive(Clone, Debug)]
struct Query<L> {
    link: Option<L>,
    /// Hashes of the links that its pages led to.
    links: HashSet<u64>,
    ascending: bool,
    descending: bool,
    /// Whether a later second has followed an earlier one: pages of a single second say nothing about the order.
    rising: bool,
    /// The second of its newest record.
    newest: Option<Second>,
    /// The second of its last record.
    last: Option<Second>,
    /// The server's now when it began.
    asked_at: Option<Second>,
    /// Pages since it began, or since it last brought the walk forward.
    pages: u32,
    empty_pages: u32,
}

/// What went wrong lately.
#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    throttled: u32,
    /// Requests in a row without a page of the window.
    failures: u32,
    /// Failures since something else was asked for.
    unexplained: u32,
    /// Whether something else is asked for now.
    elsewhere: bool,
    /// Whether Graph has served something else since the failures began.
    confined: bool,
    links_died: u32,
    /// Failures of one second when nothing less could be asked for, since it last got further.
    at_floor: u32,
    /// How many pages queries of the present rest got, at most.
    farthest: u32,
    given_up: bool,
}

impl<L> Query<L> {
    fn new() -> Self {
        Self {
            link: None,
            links: HashSet::new(),
            ascending: true,
            descending: true,
            rising: false,
            newest: None,
            last: None,
            asked_at: None,
            pages: 0,
            empty_pages: 0,
        }
    }

    fn look_at(&mut self, times: &[Second]) {
        self.pages += 1;
        self.empty_pages = if times.is_empty() { self.empty_pages + 1 } else { 0 };
        for time in times {
            self.ascending &= self.newest.is_none_or(|newest| newest <= *time);
            self.rising |= self.newest.is_some_and(|newest| newest < *time);
            self.descending &= self.last.is_none_or(|last| last >= *time);
            self.newest = self.newest.max(Some(*time));
            self.last = Some(*time);
        }
    }

    /// Whether its pages, of which there were several, are in no order.
    fn is_mixed(&self) -> bool {
        !self.ascending && !self.descending && !self.links.is_empty()
    }
}

impl<L: Hash> Query<L> {
    /// Whether following this link leads nowhere.
    fn goes_in_circles(&mut self, next: &L) -> bool {
        if self.links.len() >= MOST_LINKS {
            // A circle shorter than that is found when it has been gone round once more.
            self.links.clear();
        }
        let hash = self.links.hasher().hash_one(next);
        !self.links.insert(hash) || self.empty_pages > MOST_EMPTY_PAGES
    }
}

impl<L: Clone + Hash> Walk<L> {
    /// A walk through this window with pages of this size.
    pub fn new(window: Interval, page_size: u16) -> Self {
        Self {
            rest: window,
            page_size,
            top: page_size,
            pages: 0,
            query: Query::new(),
            trouble: Trouble::default(),
            was_mixed: false,
            done: false,
        }
    }

    /// What to ask now; `None` when the window has been read, or cannot be.
    pub fn request(&self) -> Option<Request<L>> {
        if self.done || self.trouble.given_up {
            return None;
        }
        if self.trouble.elsewhere {
            return Some(Request::Elsewhere { top: self.top });
        }
        Some(match &self.query.link {
            Some(link) => Request::Follow(link.clone()),
            None => Request::Query { from: self.rest.from, to: self.rest.to, top: self.top },
        })
    }

    /// How many pages have come.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// What has not been read yet.
    pub fn rest(&self) -> Interval {
        self.rest
    }

    /// Whether the window has been read, as far as it was not narrowed.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The second that Graph would not serve, if the walk was given up for it.
    pub fn given_up(&self) -> Option<Interval> {
        self.trouble.given_up.then_some(self.rest)
    }

    /// Whether less was asked for than was wanted.
    pub fn was_narrowed(&self, window: Interval) -> bool {
        self.rest.to < window.to || self.top < self.page_size
    }

    /// A page came. Says what is thereby read, and how long to wait before the next request.
    pub fn page(&mut self, page: PageSeen<L>) -> Progress {
        self.pages += 1;
        let at = *self.query.asked_at.get_or_insert(page.asked_at);
        self.query.look_at(&page.times);
        self.note_page();
        if page.next.as_ref().is_some_and(|next| self.query.goes_in_circles(next)) {
            return Progress { read: None, at, wait: self.setback(Setback::DeadLink) };
        }
        if page.next.is_none() && self.query.is_mixed() && !self.was_mixed {
            self.was_mixed = true;
            self.begin_again();
            return Progress { read: None, at, wait: Duration::ZERO };
        }
        self.query.link = page.next;
        let read_to = if self.query.link.is_none() {
            self.done = true;
            self.rest.to
        } else if self.query.ascending && self.query.rising {
            // More records of the last one's second may be on the next page.
            self.query.newest.unwrap_or(self.rest.from)
        } else {
            self.rest.from
        };
        let read = Interval::new(self.rest.from, read_to.min(self.rest.to).min(at));
        if let Some(read) = read {
            self.rest.from = read.to;
            self.query.pages = 0;
            self.trouble = Trouble::default();
        }
        Progress { read, at, wait: Duration::ZERO }
    }

    /// What a page says about earlier trouble: nothing as long as queries get no further than before.
    fn note_page(&mut self) {
        let pages = self.query.pages;
        self.trouble = if pages > self.trouble.farthest {
            Trouble { farthest: pages, links_died: self.trouble.links_died, ..Trouble::default() }
        } else {
            Trouble { throttled: 0, failures: 0, ..self.trouble }
        };
    }

    /// Graph has served something else.
    pub fn served_elsewhere(&mut self) {
        self.trouble =
            Trouble { throttled: 0, unexplained: 0, elsewhere: false, confined: true, ..self.trouble };
    }

    /// A request went wrong. Answers how long to wait before the next one.
    pub fn setback(&mut self, setback: Setback) -> Duration {
        match setback {
            Setback::Throttled(asked) => {
                self.trouble.throttled += 1;
                if self.trouble.throttled == 2 && !self.trouble.elsewhere {
                    self.shorten();
                    self.begin_again();
                }
                // Asked for nothing, or too little, again and again: it grows all the same.
                let grown = exponential(self.trouble.throttled - 1);
                asked.map_or_else(|| exponential(self.trouble.throttled + 2), |asked| asked.max(grown))
            }
            Setback::NotAsked(known) => {
                self.trouble.failures += 1;
                known.unwrap_or_else(|| exponential(self.trouble.failures))
            }
            Setback::DeadLink if !self.trouble.elsewhere => self.dead_link(),
            Setback::Passing(asked) => self.failed(setback).max(asked.unwrap_or_default()),
            Setback::TooMuch | Setback::Malformed | Setback::DeadLink => self.failed(setback),
        }
    }

    /// Graph has not served what it was asked for.
    fn failed(&mut self, setback: Setback) -> Duration {
        self.trouble.failures += 1;
        if self.trouble.elsewhere {
            (self.trouble.elsewhere, self.trouble.confined, self.trouble.unexplained) = (false, false, 0);
            return exponential(self.trouble.failures);
        }
        self.trouble.unexplained += 1;
        // Pages keep their size unless the fault is here: an outage must not leave a busy second to be read record by
        // record. Smaller ones help only where it is the answer that fails.
        let confined = self.trouble.confined;
        let may_shrink = !matches!(setback, Setback::Passing(_));
        if confined || setback == Setback::TooMuch {
            let less = self.shorten() || (confined && may_shrink && self.shrink());
            self.count_at_floor(less || (may_shrink && self.top > 1));
            self.begin_again();
        } else {
            self.count_at_floor(self.rest.secs() > 1 || (may_shrink && self.top > 1));
        }
        self.trouble.given_up = confined && self.trouble.at_floor >= GIVE_UP;
        self.trouble.elsewhere = self.trouble.unexplained >= FAILURES;
        if confined { FIRST_WAIT } else { exponential(self.trouble.failures) }
    }

    /// The page that led here was served, so Graph is well enough.
    fn dead_link(&mut self) -> Duration {
        self.trouble.links_died += 1;
        let died = self.trouble.links_died;
        if died > 1 {
            let less = self.shorten() || self.shrink();
            self.count_at_floor(less);
            self.trouble.given_up = self.trouble.at_floor >= GIVE_UP;
        }
        self.begin_again();
        if died > 2 { exponential(died) } else { Duration::ZERO }
    }

    fn count_at_floor(&mut self, less_can_be_asked: bool) {
        self.trouble.at_floor += u32::from(!less_can_be_asked);
    }

    /// Asks for half the rest. Answers whether that is less: one second is the least.
    fn shorten(&mut self) -> bool {
        let half = (self.rest.secs() / 2).max(1);
        let less = half < self.rest.secs();
        if less {
            self.rest.to = self.rest.from + half;
            self.trouble.farthest = 0;
        }
        less
    }

    /// Asks for smaller pages. Answers whether there are any.
    fn shrink(&mut self) -> bool {
        let less = self.top > 1;
        if less {
            self.top = (self.top / SHRINK).max(1);
            self.trouble.farthest = 0;
        }
        less
    }

    fn begin_again(&mut self) {
        self.query = Query::new();
    }
}

fn exponential(failures: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_WAIT)
}
