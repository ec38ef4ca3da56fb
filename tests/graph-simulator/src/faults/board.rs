//! The faults that are switched on for one tenant, and which of them a request meets.

use std::collections::BTreeMap;

use super::{Endpoint, Fault, FaultKind, Pages};
use crate::clock::{Nanos, nanos};
use crate::identity::token::satisfies;
use crate::records::draw::Draw;

/// A request, as far as a fault's conditions look at it.
pub(crate) struct Occasion<'a> {
    pub(crate) endpoint: Endpoint,
    /// The request carries a `$skiptoken`.
    pub(crate) following: bool,
    /// The instants that are asked for, the first and the last.
    pub(crate) range: (Nanos, Nanos),
    /// The `claims` with which the request's token was obtained.
    pub(crate) claims: Option<&'a str>,
}

struct Active {
    fault: Fault,
    to_pass: u32,
    left: Option<u32>,
}

impl Occasion<'_> {
    /// A request that is no page of a walk and brings no token.
    pub(crate) fn at(endpoint: Endpoint) -> Self {
        Self { endpoint, following: false, range: (Nanos::MIN, Nanos::MAX), claims: None }
    }
}

/// See the module.
pub(crate) struct FaultBoard {
    active: Vec<Active>,
    happened: BTreeMap<String, u64>,
    draw: Draw,
}

impl FaultBoard {
    pub(crate) fn new(seed: u64) -> Self {
        Self { active: Vec::new(), happened: BTreeMap::new(), draw: Draw::new(seed, 0x6661_756c) }
    }

    pub(crate) fn inject(&mut self, fault: Fault) {
        self.active.push(Active { to_pass: fault.after, left: fault.times, fault });
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    /// The faults that are still to happen.
    pub(crate) fn list(&self) -> Vec<Fault> {
        self.active.iter().map(|active| Fault { times: active.left, ..active.fault.clone() }).collect()
    }

    /// How often each kind has happened, by name.
    pub(crate) fn happened(&self) -> &BTreeMap<String, u64> {
        &self.happened
    }

    /// The faults that happen to this request. One that replaces the answer leaves those that would change it
    /// for a later request.
    pub(crate) fn meet(&mut self, occasion: &Occasion<'_>) -> Vec<FaultKind> {
        let mut met: Vec<FaultKind> = Vec::new();
        let replacing = self.active.iter_mut().find_map(|active| {
            (active.fault.kind.replaces_answer() && active.happens(occasion, &mut self.draw))
                .then(|| active.fault.kind.clone())
        });
        for active in &mut self.active {
            let fits = active.fault.kind.surrounds_answer()
                || (replacing.is_none() && !active.fault.kind.replaces_answer());
            if fits && active.happens(occasion, &mut self.draw) {
                met.push(active.fault.kind.clone());
            }
        }
        self.active.retain(|active| active.left != Some(0));
        met.extend(replacing);
        for kind in &met {
            *self.happened.entry(kind.name()).or_default() += 1;
        }
        met
    }
}

impl Active {
    fn happens(&mut self, occasion: &Occasion<'_>, draw: &mut Draw) -> bool {
        if !self.fits(occasion) || self.left == Some(0) {
            return false;
        }
        if self.to_pass > 0 {
            self.to_pass -= 1;
            return false;
        }
        if self.fault.probability < 1.0 && !draw.share(self.fault.probability) {
            return false;
        }
        self.left = self.left.map(|left| left - 1);
        true
    }

    fn fits(&self, occasion: &Occasion<'_>) -> bool {
        let page = match self.fault.pages {
            Pages::Any => true,
            Pages::First => !occasion.following,
            Pages::Following => occasion.following,
        };
        let unmet = match &self.fault.kind {
            FaultKind::ClaimsChallenge { claims } => !satisfies(occasion.claims, claims),
            FaultKind::DeadSkiptoken => occasion.following,
            _ => true,
        };
        let asked_for = self
            .fault
            .asking_for
            .is_none_or(|instant| (occasion.range.0..=occasion.range.1).contains(&nanos(instant)));
        page && unmet && asked_for && self.fault.endpoint() == occasion.endpoint
    }
}
