//! When Microsoft is asked for a token. Pure: it is told what happened and when, and says what to do.
//!
//! One request is in flight at most. A token is renewed before it expires, and served until it does, however the
//! renewal goes. What fails is tried again after a wait that grows: quickly if it can pass, slowly if somebody must
//! act first, and very slowly if Microsoft says that it was asked in a loop.

use std::time::Duration;

use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// The most by which a token is renewed before it expires.
const MOST_LEAD: Duration = Duration::from_mins(5);
/// The least that a token is taken to live, so that nobody is asked in a loop.
const LEAST_LIFE: Duration = Duration::from_secs(10);
/// A token that Graph rejects at this age was never good; what has been granted since does not show in it yet.
const YOUNG: Duration = Duration::from_mins(5);
/// How long a rejection counts though a token is taken: requests that fare differently with the same token must not get one
/// token after the other. More than the longest wait between two.
const REJECTION_COUNTS: Duration = Duration::from_mins(2);
/// Renewals on demand come at least this far apart.
const DEMAND_GAP: Duration = Duration::from_secs(1);

/// What kind of failure an attempt ended in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Severity {
    /// It can pass by itself.
    Passing,
    /// Somebody must act.
    Lasting,
    /// Somebody must act here, and nobody was asked.
    Unasked,
    /// Microsoft was asked too often.
    Looping,
    /// Graph rejects token after token.
    Rejected,
}

impl Severity {
    /// The first wait and the longest; between, it doubles.
    const fn waits(self) -> (Duration, Duration) {
        match self {
            Self::Passing | Self::Rejected => (Duration::from_secs(1), Duration::from_mins(1)),
            Self::Unasked => (Duration::from_secs(5), Duration::from_mins(1)),
            Self::Lasting => (Duration::from_secs(30), Duration::from_mins(10)),
            Self::Looping => (Duration::from_mins(5), Duration::from_hours(1)),
        }
    }
}

/// What to do for somebody who wants a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Decision {
    /// Give the token.
    Serve,
    /// Give the token and begin to renew it.
    ServeAndRenew,
    /// Begin to get one, and wait for it.
    Renew,
    /// Wait for the request in flight.
    Wait,
    /// Give the remembered error; Microsoft is asked again at this time.
    Refuse(Instant),
}

#[derive(Clone, Copy, Debug)]
struct Held {
    serial: u64,
    obtained: Instant,
    renew_at: Instant,
    expires: Instant,
    rejected: bool,
}

#[derive(Clone, Copy, Debug)]
struct Setback {
    severity: Severity,
    /// Failures of this severity in a row.
    count: u32,
    next_try: Instant,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    held: Option<Held>,
    in_flight: bool,
    asked: Option<Instant>,
    setback: Option<Setback>,
    /// Young tokens rejected in a row.
    rejections: u32,
    /// When the last one was.
    last_rejected: Option<Instant>,
    serial: u64,
}

impl Schedule {
    /// Somebody wants a token.
    pub(super) fn wanted(&mut self, now: Instant) -> Decision {
        let usable = self.held.filter(|held| !held.rejected && now < held.expires);
        let next_try = self.setback.map(|setback| setback.next_try).filter(|next_try| now < *next_try);
        match (usable, next_try) {
            (Some(held), None) if now >= held.renew_at && !self.in_flight => {
                self.ask(now);
                Decision::ServeAndRenew
            }
            (Some(_), _) => Decision::Serve,
            (None, _) if self.in_flight => Decision::Wait,
            (None, Some(next_try)) => Decision::Refuse(next_try),
            (None, None) => {
                self.ask(now);
                Decision::Renew
            }
        }
    }

    /// Somebody wants to know now whether there is a token, whatever is remembered.
    pub(super) fn demanded(&mut self, now: Instant) -> Decision {
        if self.in_flight {
            return Decision::Wait;
        }
        if self.asked.is_some_and(|asked| now < asked + DEMAND_GAP) {
            return self.wanted(now);
        }
        self.ask(now);
        Decision::Renew
    }

    /// What a token is asked for with has changed: whether to ask for one now. Not while a request is in flight, which knows nothing of it.
    pub(super) fn anew(&mut self, now: Instant) -> bool {
        let free = !self.in_flight;
        if free {
            self.ask(now);
        }
        free
    }

    fn ask(&mut self, now: Instant) {
        self.in_flight = true;
        self.asked = Some(now);
    }

    /// The serial of the next token.
    pub(super) fn next_serial(&self) -> u64 {
        self.serial + 1
    }

    /// A token came: asked for at `asked`, good for `life` from then on. `jitter` (0 to 1) makes its renewal earlier.
    pub(super) fn obtained(&mut self, asked: Instant, life: Duration, jitter: f64) {
        let life = life.max(LEAST_LIFE);
        let lead = MOST_LEAD.min(life / 5);
        self.serial += 1;
        self.held = Some(Held {
            serial: self.serial,
            obtained: asked,
            renew_at: asked + life - lead - lead.mul_f64(jitter / 2.0),
            expires: asked + life,
            rejected: false,
        });
        self.in_flight = false;
        self.setback = None;
    }

    /// No token came. The wait is at least what Microsoft asked for; `jitter` (0 to 1) spreads it.
    pub(super) fn failed(
        &mut self,
        severity: Severity,
        asked_wait: Option<Duration>,
        jitter: f64,
        now: Instant,
    ) {
        self.in_flight = false;
        let same = self.setback.filter(|setback| setback.severity == severity);
        let count = same.map_or(1, |setback| setback.count.saturating_add(1));
        let wait = backoff(severity, count, jitter).max(asked_wait.unwrap_or_default());
        self.setback = Some(Setback { severity, count, next_try: now + wait });
    }

    /// Graph has rejected the token of this serial. Answers whether token after token is being rejected, which makes
    /// the next one wait; one that was replaced already, or rejected already, changes nothing.
    pub(super) fn rejected(&mut self, serial: u64, jitter: f64, now: Instant) -> bool {
        let Some(held) = self.held.as_mut().filter(|held| held.serial == serial && !held.rejected) else {
            return false;
        };
        held.rejected = true;
        let young = now.saturating_duration_since(held.obtained) < YOUNG;
        self.rejections = if young { self.rejections.saturating_add(1) } else { 0 };
        self.last_rejected = Some(now);
        if self.rejections < 2 {
            return false;
        }
        let wait = backoff(Severity::Rejected, self.rejections - 1, jitter);
        let next_try = self.setback.map_or(now + wait, |setback| setback.next_try.max(now + wait));
        self.setback = Some(Setback { severity: Severity::Rejected, count: self.rejections, next_try });
        true
    }

    /// Graph has taken the token of this serial: the row of rejections has ended.
    pub(super) fn accepted(&mut self, serial: u64, now: Instant) {
        let taken = self.held.is_some_and(|held| held.serial == serial && !held.rejected);
        if taken && self.last_rejected.is_none_or(|at| now >= at + REJECTION_COUNTS) {
            self.rejections = 0;
        }
    }

    /// What the token of this serial opens may have changed. It is good, but renewed once it is no longer young.
    pub(super) fn outdated(&mut self, serial: u64) {
        if let Some(held) = self.held.as_mut().filter(|held| held.serial == serial) {
            held.renew_at = held.renew_at.min(held.obtained + YOUNG);
        }
    }

    /// When Microsoft is asked again, if something failed.
    pub(super) fn next_try(&self) -> Option<Instant> {
        self.setback.map(|setback| setback.next_try)
    }
}

fn backoff(severity: Severity, count: u32, jitter: f64) -> Duration {
    let (first, longest) = severity.waits();
    let doublings = count.saturating_sub(1).min(16);
    let wait = first.saturating_mul(1 << doublings).min(longest);
    wait.mul_f64(1.0 - jitter / 4.0)
}
