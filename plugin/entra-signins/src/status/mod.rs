//! A connector's status: a pure function from what happened to status, reason and way out.
//!
//! Outward there are Cato's three words. A failure that may pass does not change the status at once: it must come
//! several times and last. A refused licence check, which Microsoft also gives licensed tenants now and then, must
//! come three times within an hour. Whatever stands, one success undoes it, but for seconds that cannot be read while others can:
//! those stand until they are read.

mod board;
mod causes;
mod verdict;

#[cfg(test)]
mod tests;

pub use board::{Board, ConnectorLine};
pub use causes::{lacks_permission_alone, of_graph, of_identity, of_unreadable};
pub use verdict::{Consent, Verdict};

use std::collections::{BTreeMap, VecDeque};

use collector::health::ConnectorStatus;

use crate::collect::coverage::Second;

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

/// Something that happened to one part of a connector: its token, or one kind of sign-in.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It worked.
    Answered,
    /// It was refused for a reason that does not pass by itself.
    Refused(Verdict),
    /// Microsoft says that the tenant has no licence.
    NoLicence(Verdict),
    /// It failed in a way that may pass.
    Passing(Verdict),
}

impl Observation {
    /// The same, as something that may pass.
    pub(crate) fn may_pass(self) -> Self {
        match self {
            Self::Refused(verdict) => Self::Passing(verdict),
            Self::Answered | Self::NoLicence(_) | Self::Passing(_) => self,
        }
    }
}

/// What is known of one part.
#[derive(Clone, Debug, Default)]
struct Part {
    standing: Option<Result<(), Verdict>>,
    failures: u32,
    failing_since: Option<Second>,
    licence_refusals: VecDeque<Second>,
}

impl Part {
    fn observe(&mut self, observation: Observation, now: Second) {
        match observation {
            Observation::Answered => *self = Self { standing: Some(Ok(())), ..Self::default() },
            Observation::Refused(verdict) => self.standing = Some(Err(verdict)),
            Observation::NoLicence(verdict) => {
                // Lanes that ask side by side are refused by one failing check.
                if self.licence_refusals.back().is_none_or(|last| now - last >= LICENCE_GAP) {
                    self.licence_refusals.push_back(now);
                }
                while self.licence_refusals.front().is_some_and(|at| *at < now - LICENCE_SPAN) {
                    self.licence_refusals.pop_front();
                }
                if self.licence_refusals.len() >= LICENCE_REFUSALS {
                    self.standing = Some(Err(verdict));
                }
            }
            Observation::Passing(verdict) => {
                self.failures += 1;
                let since = *self.failing_since.get_or_insert(now);
                let never_worked = self.standing.is_none();
                if self.failures >= FAILURES && (never_worked || now - since >= PATIENCE) {
                    self.standing = Some(Err(verdict));
                }
            }
        }
    }
}

/// What is known of a connector; parts are named by whoever observes them.
#[derive(Clone, Debug)]
pub struct Standing<P: Ord> {
    parts: BTreeMap<P, Part>,
    /// What stands though the part works.
    lasting: BTreeMap<P, Verdict>,
    /// What stands now.
    verdict: Verdict,
    since: Second,
    last_success: Option<Second>,
}

impl<P: Ord + Clone> Standing<P> {
    /// A connector of which nothing is known yet but its parts.
    pub fn new(parts: impl IntoIterator<Item = P>, now: Second) -> Self {
        let parts = parts.into_iter().map(|part| (part, Part::default())).collect();
        Self { parts, lasting: BTreeMap::new(), verdict: Verdict::checking(), since: now, last_success: None }
    }

    /// Takes in what happened. Answers whether the verdict changed.
    pub fn observe(&mut self, part: &P, observation: Observation, now: Second) -> bool {
        if observation == Observation::Answered {
            self.last_success = Some(now);
        }
        self.parts.entry(part.clone()).or_default().observe(observation, now);
        self.judge_again(now)
    }

    /// What is wrong with a part for as long as it is said, though the part works; `None` undoes it. Answers whether the
    /// verdict changed.
    pub fn lasting(&mut self, part: &P, verdict: Option<Verdict>, now: Second) -> bool {
        match verdict {
            Some(verdict) => self.lasting.insert(part.clone(), verdict),
            None => self.lasting.remove(part),
        };
        self.judge_again(now)
    }

    fn judge_again(&mut self, now: Second) -> bool {
        let verdict = self.judge();
        let changed = verdict != self.verdict;
        if changed && (verdict.status, verdict.reason) != (self.verdict.status, self.verdict.reason) {
            self.since = now;
        }
        self.verdict = verdict;
        changed
    }

    fn judge(&self) -> Verdict {
        let failing = self.parts.values().filter_map(|part| part.standing.as_ref()?.as_ref().err());
        if let Some(worst) = failing.max_by_key(|verdict| verdict.status == ConnectorStatus::Error) {
            return worst.clone();
        }
        if let Some(lasting) = self.lasting.values().next() {
            return lasting.clone();
        }
        let answered = self.parts.values().any(|part| part.standing.is_some());
        if answered { Verdict::connected() } else { Verdict::checking() }
    }

    /// What stands now.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Since when this status and reason stand.
    pub fn since(&self) -> Second {
        self.since
    }

    /// When something last worked.
    pub fn last_success(&self) -> Option<Second> {
        self.last_success
    }
}
