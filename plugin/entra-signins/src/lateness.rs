//! How late sign-ins appear in Graph, counted in steps that grow with it.
//!
//! Only sign-ins count that were absent from an earlier, complete read of their second: what is read for the first time
//! says nothing of when it appeared.

use crate::coverage::{Ages, Second};

/// The longest lateness of each step, in seconds.
const STEPS: [Second; 15] =
    [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, Second::MAX];

/// A part is believed when so many were later than it: of a hundred nobody can tell when all but a thousandth had come.
const ENOUGH_BEYOND: u64 = 10;
/// Beyond so many all counts are halved, so that what was long ago weighs less and less.
const MOST: u64 = 100_000;

/// Counts of late sign-ins, the newest weighing most.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lateness {
    counts: [u64; STEPS.len()],
    longest: Second,
}

impl Lateness {
    /// A sign-in was first seen so many seconds after it happened.
    pub fn add(&mut self, late: Second) {
        let step = (0..).zip(STEPS).find(|(_, longest)| late <= *longest).map_or(u8::MAX, |(step, _)| step);
        self.add_many(step, 1, late);
    }

    /// Takes in other counts.
    pub fn merge(&mut self, other: &Self) {
        for (step, count, longest) in other.steps() {
            self.add_many(step, count, longest);
        }
        while self.total() > MOST {
            self.counts = self.counts.map(|count| count.div_ceil(2));
        }
    }

    /// Takes in what a store kept of a step.
    pub fn add_many(&mut self, step: u8, count: u64, longest: Second) {
        if let Some(counted) = self.counts.get_mut(usize::from(step)) {
            *counted += count;
            self.longest = self.longest.max(longest);
        }
    }

    /// What a store should keep: each step with its count, and the longest lateness of all.
    pub fn steps(&self) -> impl Iterator<Item = (u8, u64, Second)> {
        let counted = (0..).zip(self.counts).filter(|(_, count)| *count > 0);
        counted.map(|(step, count)| (step, count, self.longest))
    }

    /// The longest lateness; `None` if nothing was late.
    pub fn longest(&self) -> Option<Second> {
        (self.total() > 0).then_some(self.longest)
    }

    /// When to look for what comes late: when nine in ten, all but a hundredth and all but a thousandth of what was late had come.
    /// Each is the time that they were later than, by steps: what the look at an age finds was late by that age and a little
    /// more, and must not push the age up. A part that too few late sign-ins tell of has the age that holds until more is known.
    pub fn ages(&self, floor: Second, ceiling: Second) -> Ages {
        let later_than = |thousandths| {
            if self.total() * (1_000 - thousandths) < ENOUGH_BEYOND * 1_000 {
                return None;
            }
            let step = self.step_of(thousandths)?.checked_sub(1);
            Some(step.map_or(0, |step| STEPS[step]))
        };
        Ages::learned([900, 990, 999].map(later_than), floor, ceiling)
    }

    /// At most so late was this part, in thousandths, of all that were late; `None` if nothing was.
    pub fn at_most(&self, thousandths: u64) -> Option<Second> {
        let step = self.step_of(thousandths)?;
        STEPS.get(step).map(|longest| self.longest.min(*longest))
    }

    /// The step that this part, in thousandths, reaches up to.
    fn step_of(&self, thousandths: u64) -> Option<usize> {
        let wanted = (self.total() * thousandths).div_ceil(1_000).max(1);
        let mut counted = 0;
        let reached = |count: &u64| {
            counted += count;
            counted >= wanted
        };
        self.counts.iter().position(reached)
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: nothing was late; then most come within a minute and a few within hours. Guarantee: each part is told by the step
    /// that it lies in, never more than the longest.
    #[test]
    fn parts_are_told_by_steps() {
        let mut lateness = Lateness::default();
        assert_eq!((lateness.at_most(500), lateness.longest()), (None, None));
        for _ in 0..98 {
            lateness.add(45);
        }
        lateness.add(60);
        lateness.add(9_000);
        let told = [500, 990, 1_000].map(|part| lateness.at_most(part));
        assert_eq!(told, [Some(60), Some(60), Some(9_000)]);
        assert_eq!(lateness.longest(), Some(9_000));
    }

    /// Scenario: too few late sign-ins to tell; then most are found by the look at five minutes and a few by that at an hour, time and
    /// again; then all appear within two minutes. Guarantee: each age stays until there is enough to follow; what an age finds
    /// leaves it where it is; it follows when sign-ins come sooner.
    #[test]
    fn ages_follow_lateness() {
        let first = |lateness: &Lateness| lateness.ages(60, 14_400).iter().take(3).collect::<Vec<_>>();
        let many = |count: u64, late| {
            let mut lateness = Lateness::default();
            (0..count).for_each(|_| lateness.add(late));
            lateness
        };
        let mut lateness = many(99, 50);
        assert_eq!(first(&lateness), [300, 900, 3_600]);
        lateness.merge(&many(101, 50));
        assert_eq!(first(&lateness), [60, 900, 3_600], "two hundred say nothing of a hundredth");
        for _ in 0..20 {
            lateness.merge(&many(970, 300 + 74));
            lateness.merge(&many(30, 3_600 + 899));
        }
        assert_eq!(first(&lateness), [300, 3_600, 3_600]);
        for _ in 0..600 {
            lateness.merge(&many(1_000, 90));
        }
        assert_eq!(first(&lateness), [60, 60, 60]);
    }

    /// Scenario: counts go to a store and come back, and are merged with others. Guarantee: nothing is lost.
    #[test]
    fn counts_survive_a_store_and_a_merge() {
        let (mut first, mut second) = (Lateness::default(), Lateness::default());
        for late in [0, 15, 16, 100_000] {
            first.add(late);
        }
        second.add(20);
        let mut kept = Lateness::default();
        for (step, count, longest) in first.steps() {
            kept.add_many(step, count, longest);
        }
        assert_eq!(kept, first);
        kept.merge(&second);
        assert_eq!(
            kept.steps().map(|(step, count, _)| (step, count)).collect::<Vec<_>>(),
            [(0, 2), (1, 2), (14, 1)]
        );
        assert_eq!(kept.longest(), Some(100_000));
    }
}
