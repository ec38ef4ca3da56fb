//! Sign-ins of a page that an earlier read of their second had not.

use crate::coverage::{Coverage, REREADS, Second};
use crate::lateness::Lateness;

/// Late sign-ins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Late {
    /// How late they are.
    pub(crate) lateness: Lateness,
    /// How many of them each look has found: those before the first age, then those at each age.
    pub(crate) found: [usize; REREADS + 1],
    /// When they happened.
    pub(crate) seconds: Vec<Second>,
}

impl Late {
    /// Of new sign-ins that happened in these seconds and are seen now.
    pub(crate) fn of(happened: impl Iterator<Item = Second>, seen_at: Second, coverage: &Coverage) -> Self {
        let mut late = Self::default();
        for second in happened.filter(|second| coverage.holds(*second)) {
            late.lateness.add(seen_at - second);
            late.seconds.push(second);
            late.found[coverage.ages().passed(seen_at - second)] += 1;
        }
        late
    }

    /// Whether there is any.
    pub(crate) fn is_any(&self) -> bool {
        self.found.iter().any(|found| *found > 0)
    }
}
