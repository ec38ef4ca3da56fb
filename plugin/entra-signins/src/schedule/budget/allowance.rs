//! How much of a limit is used, by what Microsoft has let pass.

use std::time::Duration;

use tokio::time::Instant;

/// How long nothing must have been too much before a step more is tried: two of Microsoft's periods.
const PATIENCE: Duration = Duration::from_secs(20);
/// A step is this part of the limit, or one request.
const STEP: usize = 10;

/// What is allowed of a limit: a step less when it was too much, and a step more after a while. What Microsoft asks for itself is
/// waited for anyhow, so that this only has to find the level at which it asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowance {
    /// What was left of it when it was last too much, and when; `None`: the limit itself.
    lowered: Option<(usize, Instant)>,
}

impl Allowance {
    /// What is allowed now.
    pub(super) fn of(&self, limit: usize, now: Instant) -> usize {
        let Some((left, since)) = self.lowered else { return limit };
        let steps = now.saturating_duration_since(since).as_secs() / PATIENCE.as_secs();
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        left.saturating_add(steps.saturating_mul(step(limit))).min(limit)
    }

    /// It was too much. What others have sent in the same moment says nothing more.
    pub(super) fn lower(&mut self, limit: usize, now: Instant) {
        const SAME_MOMENT: Duration = Duration::from_secs(10);
        if self.lowered.is_none_or(|(_, since)| now >= since + SAME_MOMENT) {
            self.lowered = Some((self.of(limit, now).saturating_sub(step(limit)).max(1), now));
        }
    }

    /// When the next step comes.
    pub(super) fn raised_after(&self, now: Instant) -> Option<Instant> {
        let (_, since) = self.lowered?;
        let steps = now.saturating_duration_since(since).as_secs() / PATIENCE.as_secs() + 1;
        Some(since + PATIENCE.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX)))
    }
}

fn step(limit: usize) -> usize {
    (limit / STEP).max(1)
}
