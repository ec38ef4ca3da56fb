//! How complete each hour is, over all streams, as far as the source knows without asking Graph.

use collector::reconcile::Hour;
use jiff::Timestamp;

use super::shared::Shared;
use crate::coverage::{Coverage, Interval, Second};
use crate::state::{HOUR, StateError, hour_of};

/// How far the newest read may lie back, beyond two polls, until what lies after it counts as not read.
const STILL: Second = 60;

/// How streams stand with an hour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Streams {
    unread: usize,
    read: usize,
    proven: usize,
}

impl Streams {
    /// One more, whose hour this is as far as it is of interest to it.
    fn count(&mut self, coverage: &Coverage, hour: Interval) {
        let place = if coverage.is_proven(hour) {
            &mut self.proven
        } else if coverage.gaps(hour).is_empty() {
            &mut self.read
        } else {
            &mut self.unread
        };
        *place += 1;
    }
}

/// The hours that begin from one instant on, and before another, oldest first.
pub(super) async fn hours(shared: &Shared, from: Timestamp, to: Timestamp) -> Result<Vec<Hour>, StateError> {
    let numbers = hour_of(from.as_second())..=hour_of(to.as_second() - 1);
    let accounts = shared.state.accounts_of_all((*numbers.start(), numbers.end() + 1)).await?;
    let mut streams: Vec<_> = numbers.map(|number| (number, Streams::default())).collect();
    for stream in shared.streams() {
        let (coverage, now) = (stream.coverage.lock().await, stream.now());
        let bounds = stream.bounds();
        // What the next poll reads is not late yet.
        let to = coverage.edge().filter(|edge| now - edge <= STILL + 2 * bounds.poll_interval).unwrap_or(now);
        let of_interest = Interval { from: bounds.oldest(now), to: to.min(now) };
        for (number, streams) in &mut streams {
            let hour = Interval { from: *number * HOUR, to: (*number + 1) * HOUR };
            if let Some(hour) = hour.meet(of_interest) {
                streams.count(&coverage, hour);
            }
        }
    }
    let hour = |(number, Streams { unread, read, proven })| Hour {
        from: Timestamp::from_second(number * HOUR).unwrap_or_default(),
        account: accounts.get(&number).copied().unwrap_or_default(),
        unread,
        read,
        proven,
    };
    Ok(streams.into_iter().map(hour).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Read;

    /// Scenario: an hour that was proven, one that was read once, one read in part. Guarantee: each counts as what it is.
    #[test]
    fn an_hour_is_as_complete_as_it_is() {
        let mut coverage = Coverage::default();
        let day = 24 * HOUR;
        coverage.record(Read { interval: Interval { from: 0, to: HOUR }, at: 2 * day, new_ids: 1 });
        coverage.record(Read { interval: Interval { from: 0, to: HOUR }, at: 3 * day, new_ids: 0 });
        coverage.record(Read {
            interval: Interval { from: HOUR, to: 2 * HOUR + 60 },
            at: 3 * HOUR,
            new_ids: 1,
        });
        let mut streams = Streams::default();
        for number in 0..3 {
            streams.count(&coverage, Interval { from: number * HOUR, to: (number + 1) * HOUR });
        }
        assert_eq!(streams, Streams { unread: 1, read: 1, proven: 1 });
    }
}
