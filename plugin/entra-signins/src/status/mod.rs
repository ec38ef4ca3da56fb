//! A connector's status: a pure function from what happened to status, reason and way out.
//!
//! Outward there are Cato's three words. A failure that may pass does not change the status at once: it must come
//! several times and last. A refused licence check, which Microsoft also gives licensed tenants now and then, must
//! come three times within an hour. Each part of a connector fails and recovers by itself: whatever stands for it, its own next
//! success undoes, and nobody else's. Connected means that every part that must work has worked and none fails.

mod board;
mod causes;
mod credential;
mod verdict;

#[cfg(test)]
mod tests;

pub use board::{Board, ConnectorLine, Measured};
pub use causes::{
    lacks_permission_alone, not_delivered, of_graph, of_identity, of_unreadable, read_twice, stalled,
    state_failed,
};
pub use credential::{of_credential, of_expiry};
pub use verdict::{Consent, Verdict};

use std::collections::{BTreeMap, VecDeque};

use collector::health::ConnectorStatus;

use crate::coverage::Second;

/// How many times in a row something passing must fail before it shows.
const FAILURES: u32 = 3;
/// For how long nothing must have worked before a passing failure shows, in seconds.
const PATIENCE: Second = 300;
/// How many refused licence checks within [`LICENCE_SPAN`] mean that there is none.
const LICENCE_REFUSALS: usize = 3;
/// Refusals closer together, in seconds, count as one.
const LICENCE_GAP: Second = 10;
/// One hour, in seconds.
const LICENCE_SPAN: Second = 3_600;

/// Something that happened to one part of a connector.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It worked.
    Answered,
    /// Nothing is wrong with it any more, or it has nothing to do; whether it works was not tried.
    Cleared,
    /// It was refused for a reason that does not pass by itself.
    Refused(Verdict),
    /// Microsoft says that the tenant has no licence.
    NoLicence(Verdict),
    /// It failed in a way that may pass.
    Passing(Verdict),
    /// It has not failed, but something must be wrong: shown only where nothing that failed is the cause.
    Suspect(Verdict),
}

impl Observation {
    /// The same, as something that may pass.
    pub(crate) fn may_pass(self) -> Self {
        match self {
            Self::Refused(verdict) => Self::Passing(verdict),
            Self::Answered | Self::Cleared | Self::NoLicence(_) | Self::Passing(_) | Self::Suspect(_) => self,
        }
    }
}

/// What an observation has changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// Nothing that is shown.
    Nothing,
    /// The words alone, such as the id of the request that failed last.
    Words,
    /// Status or reason.
    Status,
}

/// What is known of one part.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Whether nothing is connected before this has worked.
    required: bool,
    worked: bool,
    failing: Option<Verdict>,
    suspect: Option<Verdict>,
    failures: u32,
    failing_since: Option<Second>,
    licence_refusals: VecDeque<Second>,
}

impl Part {
    /// `soon`: a passing failure shows without [`PATIENCE`].
    fn observe(&mut self, observation: Observation, now: Second, soon: bool) {
        match observation {
            Observation::Answered => {
                *self = Self { required: self.required, worked: true, ..Self::default() }
            }
            Observation::Cleared => {
                (self.failing, self.suspect) = (None, None);
                (self.failures, self.failing_since) = (0, None);
            }
            Observation::Suspect(verdict) => self.suspect = Some(verdict),
            Observation::Refused(verdict) => self.failing = Some(verdict),
            Observation::NoLicence(verdict) => {
                // Requests side by side are refused by one failing check.
                if self.licence_refusals.back().is_none_or(|last| now - last >= LICENCE_GAP) {
                    self.licence_refusals.push_back(now);
                }
                while self.licence_refusals.front().is_some_and(|at| *at < now - LICENCE_SPAN) {
                    self.licence_refusals.pop_front();
                }
                if self.licence_refusals.len() >= LICENCE_REFUSALS {
                    self.failing = Some(verdict);
                }
            }
            Observation::Passing(verdict) => {
                self.failures += 1;
                let since = *self.failing_since.get_or_insert(now);
                if self.failures >= FAILURES && (soon || now - since >= PATIENCE) {
                    self.failing = Some(verdict);
                }
            }
        }
    }
}

/// What is known of a connector; parts are named by whoever observes them.
#[derive(Clone, Debug)]
pub struct Standing<P: Ord> {
    parts: BTreeMap<P, Part>,
    /// What stands now.
    verdict: Verdict,
    worked: bool,
}

impl<P: Ord + Clone> Standing<P> {
    /// A connector of which nothing is known yet. It is connected once these parts have worked and none fails.
    pub fn new(required: impl IntoIterator<Item = P>) -> Self {
        let unknown = |part| (part, Part { required: true, ..Part::default() });
        let parts = required.into_iter().map(unknown).collect();
        Self { parts, verdict: Verdict::checking(), worked: false }
    }

    /// Takes in what happened at `now`, by a clock that does not jump.
    pub fn observe(&mut self, part: &P, observation: Observation, now: Second) -> Change {
        self.worked |= observation == Observation::Answered;
        let part = self.parts.entry(part.clone()).or_default();
        part.observe(observation, now, !self.worked || (part.required && !part.worked));
        let verdict = self.judge();
        let change = if (verdict.status, verdict.reason) != (self.verdict.status, self.verdict.reason) {
            Change::Status
        } else if verdict == self.verdict {
            Change::Nothing
        } else {
            Change::Words
        };
        self.verdict = verdict;
        change
    }

    fn judge(&self) -> Verdict {
        let failing = self.parts.values().filter_map(|part| part.failing.as_ref());
        // The first of the worst: parts come in the order of causes.
        if let Some(worst) = failing.min_by_key(|verdict| verdict.status != ConnectorStatus::Error) {
            return worst.clone();
        }
        if let Some(suspect) = self.parts.values().find_map(|part| part.suspect.as_ref()) {
            return suspect.clone();
        }
        let works = self.parts.values().all(|part| part.worked || !part.required);
        if works { Verdict::connected() } else { Verdict::checking() }
    }

    /// Whether this reason stands for this part, whatever is shown of the others.
    pub fn stands(&self, part: &P, reason: &str) -> bool {
        let failing = self.parts.get(part).and_then(|part| part.failing.as_ref());
        failing.is_some_and(|verdict| verdict.reason == reason)
    }

    /// What stands now.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}
