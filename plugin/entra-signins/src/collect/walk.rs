//! Going through the pages of one window, whatever Graph does on the way. Pure: it says what to ask, and is told what came.
//!
//! Nothing is ever skipped. What Graph cannot bear is asked for in smaller pieces: first shorter windows, then, at one
//! second, smaller pages. What passes is asked for again. A paging token that has died is left behind: the walk goes on
//! from the last record's second if the pages were ascending, else from the window's beginning.

use std::time::Duration;

use super::coverage::{Interval, Second};

#[cfg(test)]
mod tests;

/// Pages in a row without a record before the paging token counts as dead.
const MOST_EMPTY_PAGES: u32 = 200;

/// How often the same request is sent again before its paging token is given up.
const SAME_REQUEST: u32 = 3;

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
}

/// What matters of a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PageSeen<L> {
    /// When its records happened, in the page's order.
    pub times: Vec<Second>,
    /// Where the next one is; `None`: this was the last.
    pub next: Option<L>,
    /// The server's now when it answered.
    pub server_now: Option<Second>,
}

/// How far a page brought the walk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Seconds that are thereby read whole; they follow on what was read before. `None` if not a single one is.
    pub read: Option<Interval>,
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
    link: Option<L>,
    ascending: bool,
    /// Whether a later second has followed an earlier one: pages of a single second say nothing about the order.
    rising: bool,
    /// The second of the newest record since the last query began.
    newest: Option<Second>,
    /// The server's now when the last query began.
    asked_at: Option<Second>,
    pages: u32,
    empty_pages: u32,
    throttled: u32,
    failures: u32,
    links_died: u32,
    done: bool,
}

impl<L: Clone + PartialEq> Walk<L> {
    /// A walk through this window with pages of this size.
    pub fn new(window: Interval, page_size: u16) -> Self {
        Self {
            rest: window,
            page_size,
            top: page_size,
            link: None,
            ascending: true,
            rising: false,
            newest: None,
            asked_at: None,
            pages: 0,
            empty_pages: 0,
            throttled: 0,
            failures: 0,
            links_died: 0,
            done: false,
        }
    }

    /// What to ask now; `None` when the window has been read.
    pub fn request(&self) -> Option<Request<L>> {
        if self.done {
            return None;
        }
        Some(match &self.link {
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

    /// A page came. Says what is thereby read, and how long to wait before the next request.
    pub fn page(&mut self, page: PageSeen<L>) -> Progress {
        self.pages += 1;
        (self.throttled, self.failures) = (0, 0);
        self.asked_at = self.asked_at.or(page.server_now);
        self.look_at(&page.times);
        let looping = page.next.is_some() && (page.next == self.link || self.empty_pages > MOST_EMPTY_PAGES);
        if looping {
            return Progress { read: None, wait: self.setback(Setback::DeadLink) };
        }
        self.link = page.next;
        let read_to = if self.link.is_none() {
            self.done = true;
            self.asked_at.map_or(self.rest.to, |now| now.min(self.rest.to))
        } else if self.ascending && self.rising {
            // More records of the last one's second may be on the next page.
            self.newest.unwrap_or(self.rest.from)
        } else {
            self.rest.from
        };
        let read = Interval::new(self.rest.from, read_to);
        if let Some(read) = read {
            self.rest.from = read.to;
            self.links_died = 0;
        }
        Progress { read, wait: Duration::ZERO }
    }

    fn look_at(&mut self, times: &[Second]) {
        self.empty_pages = if times.is_empty() { self.empty_pages + 1 } else { 0 };
        for time in times {
            self.ascending &= self.newest.is_none_or(|newest| newest <= *time);
            self.rising |= self.newest.is_some_and(|newest| newest < *time);
            self.newest = self.newest.max(Some(*time));
        }
    }

    /// A request went wrong. Answers how long to wait before the next one.
    pub fn setback(&mut self, setback: Setback) -> Duration {
        match setback {
            Setback::Throttled(asked) => {
                self.throttled += 1;
                let wait = asked.unwrap_or_else(|| exponential(self.throttled + 2));
                if self.throttled == 2 {
                    self.narrow();
                }
                wait
            }
            Setback::TooMuch => {
                self.failures += 1;
                self.narrow();
                exponential(self.failures)
            }
            Setback::DeadLink => {
                self.links_died += 1;
                if self.links_died > 1 {
                    self.narrow();
                }
                self.begin_again();
                if self.links_died > 2 { exponential(self.links_died) } else { Duration::ZERO }
            }
            Setback::Passing(asked) => {
                self.failures += 1;
                if self.failures > SAME_REQUEST {
                    self.shorten();
                }
                asked.unwrap_or(Duration::ZERO).max(exponential(self.failures))
            }
            Setback::Malformed => {
                self.failures += 1;
                if self.failures > SAME_REQUEST {
                    self.narrow();
                }
                exponential(self.failures)
            }
        }
    }

    /// Asks for less: half the rest, or half a page when the rest is one second.
    fn narrow(&mut self) {
        if self.rest.secs() == 1 {
            self.top = (self.top / 2).max(1);
        }
        self.shorten();
    }

    /// Asks for half the rest, down to one second. Pages keep their size: an outage must not leave a busy second to be
    /// read record by record.
    fn shorten(&mut self) {
        self.rest.to = self.rest.from + (self.rest.secs() / 2).max(1);
        self.begin_again();
    }

    fn begin_again(&mut self) {
        self.link = None;
        self.newest = None;
        self.asked_at = None;
        self.ascending = true;
        self.rising = false;
        self.empty_pages = 0;
    }

    /// Whether less was asked for than was wanted.
    pub fn was_narrowed(&self, window: Interval) -> bool {
        self.rest.to < window.to || self.top < self.page_size
    }
}

fn exponential(failures: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_WAIT)
}
