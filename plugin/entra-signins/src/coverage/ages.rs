//! After how long seconds are read again.

use super::Second;

/// How often every second is read again.
pub const REREADS: usize = 5;

/// The first ages until lateness is known, in seconds: 5 min, 15 min, 1 h.
const FIRST: [Second; 3] = [300, 900, 3_600];
/// The last ages, whatever is known, so that no look-back hides what comes later than it: 6 h, 24 h.
const LAST: [Second; 2] = [21_600, 86_400];

/// How long after they happened sign-ins are looked for again, in seconds, ascending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ages([Second; REREADS]);

impl Default for Ages {
    fn default() -> Self {
        Self::new(FIRST, Second::MIN, Second::MAX)
    }
}

impl Ages {
    /// These first ages, ascending, none below `floor` and none above `ceiling`; then those that always stay.
    pub fn new(first: [Second; 3], floor: Second, ceiling: Second) -> Self {
        let [a, b, c] = first.map(|age| age.min(ceiling).max(floor).min(LAST[0]));
        Self([a, b, c, LAST[0], LAST[1]])
    }

    /// The first ages where lateness tells of them, and else those that hold until then; none comes before the one before it.
    pub fn learned(first: [Option<Second>; 3], floor: Second, ceiling: Second) -> Self {
        let mut longest = 0;
        let mut ascending = |(learned, first): (Option<Second>, Second)| {
            longest = longest.max(learned.unwrap_or(first));
            longest
        };
        let [a, b, c] = [0, 1, 2].map(|age| ascending((first[age], FIRST[age])));
        Self::new([a, b, c], floor, ceiling)
    }

    /// Each age, shortest first.
    pub fn iter(self) -> impl Iterator<Item = Second> {
        self.0.into_iter()
    }

    /// The longest.
    pub(super) fn last(self) -> Second {
        let [.., last] = self.0;
        last
    }

    /// How many of them have passed for what happened so many seconds ago.
    pub fn passed(self, secs: Second) -> usize {
        self.0.iter().filter(|age| **age <= secs).count()
    }

    /// The age after which what was read again so often is due.
    pub(super) fn after(self, rereads: u8) -> Option<Second> {
        self.0.get(usize::from(rereads)).copied()
    }
}
