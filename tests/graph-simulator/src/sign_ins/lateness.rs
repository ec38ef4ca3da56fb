//! How late a sign-in shows after it happened, and how reads of it settle.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Nanos, span};
use crate::records::draw::Draw;

/// How long after `createdDateTime` a record begins to show.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lateness {
    /// At once.
    #[default]
    None,
    /// Always the same.
    Fixed(Duration),
    /// Anywhere between two durations, equally likely.
    Uniform(Duration, Duration),
    /// Mostly near the median, now and then very late (a Pareto distribution with shape 1), never later than `max`.
    HeavyTail {
        /// Half the records show earlier than this.
        median: Duration,
        /// No record shows later than this.
        max: Duration,
    },
}

impl Lateness {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a drawn delay needs no exactness"
    )]
    pub(crate) fn draw(self, draw: &mut Draw) -> Nanos {
        match self {
            Self::None => 0,
            Self::Fixed(by) => span(by),
            Self::Uniform(from, to) => {
                let width = span(to).saturating_sub(span(from)).max(0);
                span(from) + (draw.fraction() * width as f64) as Nanos
            }
            Self::HeavyTail { median, max } => {
                let late = span(median) as f64 / (2.0 * draw.fraction());
                (late as Nanos).min(span(max))
            }
        }
    }
}

/// Reads that differ: a share of the records is missing from a read, at random, until each has settled.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Instability {
    /// The share (0 to 1) of unsettled records that one read leaves out.
    pub missing: f64,
    /// How long after it first showed a record is settled and in every read.
    pub settles_after: Duration,
}

impl Instability {
    /// Whether a read at `now` leaves out a record that appeared at `appears`.
    pub(crate) fn hides(self, appears: Nanos, now: Nanos, draw: &mut Draw) -> bool {
        self.missing > 0.0
            && now < appears.saturating_add(span(self.settles_after))
            && draw.share(self.missing)
    }
}

/// Records that Microsoft changes after they appeared: steps of MFA complete, risk is found.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Revisions {
    /// The share (0 to 1) of user sign-ins that change once.
    pub share: f64,
    /// How long after it appeared a record changes.
    pub after: Duration,
}
