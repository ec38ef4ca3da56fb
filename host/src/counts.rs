//! What a connector counts, as people look at it first. JSON and metrics have every count.

use std::collections::BTreeMap;

use jiff::SignedDuration;

/// What ends the name of a count of seconds.
const SECONDS: &str = "_seconds";
/// How far behind a connector is, which has a place of its own.
const LAG: &str = "_lag_seconds";

/// The counts above zero. Seconds come as hours and minutes, and only over all kinds: `a_unread_seconds` is a part of
/// `unread_seconds`.
pub(crate) fn shown<N: AsRef<str> + Ord>(counters: &BTreeMap<N, u64>) -> Vec<String> {
    let is_part = |name: &str| {
        let whole = |whole: &N| name.strip_suffix(whole.as_ref()).is_some_and(|part| part.ends_with('_'));
        name.ends_with(LAG) || name.ends_with(SECONDS) && counters.keys().any(whole)
    };
    let shown = counters.iter().map(|(name, count)| (name.as_ref(), *count));
    let shown = shown.filter(|(name, count)| *count > 0 && !is_part(name));
    shown.map(|(name, count)| one(name, count)).collect()
}

fn one(name: &str, count: u64) -> String {
    match name.strip_suffix(SECONDS) {
        Some(what) => {
            let duration = SignedDuration::from_secs(i64::try_from(count).unwrap_or(i64::MAX));
            format!("{what}={duration:#}").replace(' ', "")
        }
        None => format!("{name}={count}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: counts of every sort. Guarantee: those that people look at are there, in a line; parts, zeros and the lag are not.
    #[test]
    fn a_line_of_counts_is_short() {
        let counters = BTreeMap::from([
            ("delivered", 10_176),
            ("failed_requests", 18),
            ("interactive_user_lag_seconds", 64),
            ("interactive_user_unread_seconds", 49_206),
            ("requests", 28),
            ("service_principal_unread_seconds", 50_716),
            ("throttled", 0),
            ("unread_seconds", 99_922),
        ]);
        assert_eq!(
            shown(&counters),
            ["delivered=10176", "failed_requests=18", "requests=28", "unread=27h45m22s"]
        );
    }
}
