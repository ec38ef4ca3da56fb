//! What polling asks of an app registration's budget, and at which interval it fits: known before anything runs.
//!
//! Live reads may take half of the requests; the rest is for catch-up, re-reads and back-fill.

use std::time::Duration;

use super::budget::Limits;

#[cfg(test)]
mod tests;

/// The longest interval that is looked at, in seconds. What does not fit then does not fit.
const LONGEST: u32 = 86_400;

/// Streams of one tenant that are polled at the same interval.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Polls {
    /// How many.
    pub streams: usize,
    /// As configured.
    pub interval: Duration,
}

/// What the tenants of one app registration ask of its budget together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// How many tenants.
    pub tenants: usize,
    /// How many streams.
    pub streams: usize,
    /// Requests per second for polls at the configured intervals.
    pub needed: f64,
    /// Requests per second that Microsoft takes, for whatever purpose.
    pub allowed: f64,
    /// Polls more often than this do not fit, over all tenants; `None`: all of them fit.
    pub shortest: Option<Duration>,
}

impl Limits {
    /// What these tenants ask for; each is the polls of its connectors.
    pub fn demand(self, tenants: &[Vec<Polls>]) -> Demand {
        // From zero: the sum of nothing is a negative one.
        let needed = |least| tenants.iter().fold(0.0, |sum, polls| sum + self.of_tenant(polls, least));
        let allowed = per_second(self.per_app, self.period);
        let fits = |interval: &u32| needed(Duration::from_secs((*interval).into())) <= allowed / 2.0;
        let shortest = (!fits(&1)).then(|| {
            let seconds: Vec<u32> = (1..LONGEST).collect();
            seconds.partition_point(|interval| !fits(interval)) + 1
        });
        Demand {
            tenants: tenants.len(),
            streams: tenants.iter().flatten().map(|polls| polls.streams).sum(),
            needed: needed(Duration::ZERO),
            allowed,
            shortest: shortest.map(|seconds| Duration::from_secs(seconds as u64)),
        }
    }

    /// Requests per second for one tenant's polls, at intervals of at least `least`.
    fn of_tenant(self, polls: &[Polls], least: Duration) -> f64 {
        let least = least.max(self.shortest_poll(polls.iter().map(|polls| polls.streams).sum()));
        polls.iter().fold(0.0, |sum, polls| sum + per_second(polls.streams, polls.interval.max(least)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "requests and streams are far below 2^52")]
fn per_second(count: usize, period: Duration) -> f64 {
    count as f64 / period.as_secs_f64()
}
