//! Times in addresses and forms: seconds since 1970, or what a browser's field for date and time gives, in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The second that is written, if it is a time.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(second) = text.parse() {
        return Some(second);
    }
    let with_offset = text.parse::<Timestamp>().ok();
    let at = with_offset
        .or_else(|| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp()));
    at.map(Timestamp::as_second)
}

/// As a browser's field for date and time has it.
pub(super) fn field(second: Option<i64>) -> String {
    let at = second.and_then(|second| Timestamp::from_second(second).ok());
    at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: times as links, browsers and people write them, and what is none. Guarantee: they are the same second in UTC, or nothing, and
    /// what a field shows is read back.
    #[test]
    fn a_time_is_read_however_it_is_written() {
        let second = 1_772_439_327;
        for text in
            ["1772439327", "2026-03-02T08:15:27", "2026-03-02T08:15:27Z", " 2026-03-02T09:15:27+01:00 "]
        {
            assert_eq!(parse(text), Some(second), "{text}");
        }
        assert_eq!(parse("2026-03-02T08:15"), Some(second - 27));
        assert_eq!((parse("yesterday"), parse("")), (None, None));
        assert_eq!(parse(&field(Some(second))), Some(second));
        assert_eq!((field(None), field(Some(i64::MAX))), (String::new(), String::new()));
    }
}
