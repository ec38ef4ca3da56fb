//! Says in the log how late sign-ins have appeared, now and then.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use crate::collect::counters::LATE_FOUND;

/// How often it is said of a connector, at most.
const INTERVAL: Duration = Duration::from_hours(1);

/// What was said of each connector last.
#[derive(Debug, Default)]
pub(super) struct LateLog(HashMap<String, Said>);

#[derive(Clone, Copy, Debug)]
struct Said {
    at: Instant,
    late: u64,
}

impl LateLog {
    /// Says it if more sign-ins have come late since it was said last, and that is a while ago.
    pub(super) fn tell(&mut self, connector: &str, counters: &BTreeMap<&'static str, u64>, now: Instant) {
        let count = |name: &str| counters.get(name).copied().unwrap_or_default();
        let found = LATE_FOUND.map(count);
        let late = found.iter().sum();
        let said = self.0.get(connector).copied().unwrap_or(Said { at: now, late: 0 });
        if said.late == late {
            return;
        }
        if said.late > 0 && now - said.at < INTERVAL {
            return;
        }
        self.0.insert(connector.to_owned(), Said { at: now, late });
        tracing::info!(
            connector,
            half_within_secs = count("lateness_p50_seconds"),
            p99_within_secs = count("lateness_p99_seconds"),
            longest_secs = count("lateness_max_seconds"),
            found_by_look = ?found,
            "{late} sign-ins showed late since the start, found before the first re-read and by each of the re-reads."
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// Scenario: late sign-ins come, then some more at once, then none for hours, then more. Guarantee: it is said at the first, and later
    /// at most once an hour and only if there is something new.
    #[test]
    fn it_is_said_once_an_hour() {
        let (mut log, begin) = (LateLog::default(), Clock::system().monotonic());
        let mut said = Vec::new();
        for (minute, late) in [(0, 0), (1, 3), (2, 4), (70, 4), (200, 4), (201, 9)] {
            let now = begin + Duration::from_mins(minute);
            log.tell("c", &BTreeMap::from([(LATE_FOUND[1], late)]), now);
            if log.0.get("c").is_some_and(|said| said.at == now) {
                said.push(minute);
            }
        }
        assert_eq!(said, [1, 70, 201]);
    }
}
