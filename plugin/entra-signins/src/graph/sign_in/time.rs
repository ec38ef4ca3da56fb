//! `createdDateTime`: the instant, and the text that it came as.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

/// When a sign-in happened, with the digits that Graph gave: it writes 0 to 7, exports up to 9.
#[derive(Clone, Debug)]
pub struct CreatedDateTime<'a> {
    timestamp: Timestamp,
    text: Cow<'a, str>,
}

impl<'a> CreatedDateTime<'a> {
    /// Reads RFC 3339 with `Z` or an offset; exports that lost the offset mean UTC, as Entra always does.
    pub(super) fn parse(text: Cow<'a, str>) -> Option<Self> {
        let timestamp = text.trim().parse().ok().or_else(|| without_offset(text.trim()))?;
        Some(Self { timestamp, text })
    }

    /// The instant.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The digits after the second, none of them dropped or added; often none at all.
    pub fn fraction(&self) -> &str {
        let Some((_, rest)) = self.text.split_once(['.', ',']) else { return "" };
        rest.find(|next: char| !next.is_ascii_digit()).map_or(rest, |end| &rest[..end])
    }

    /// RFC 3339 in UTC with `Z` and the fraction that Graph gave.
    pub fn to_utc_text(&self) -> String {
        if is_utc_text(&self.text) {
            return self.text.clone().into_owned();
        }
        let digits = u8::try_from(self.fraction().len()).ok();
        DateTimePrinter::new().precision(digits).timestamp_to_string(&self.timestamp)
    }
}

fn without_offset(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Whether a text that was read as an instant has the one form that is written: then it is copied.
fn is_utc_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let fits = separators.into_iter().all(|(at, separator)| bytes.get(at) == Some(&separator));
    // A leap second is an instant of the next second.
    let second_60 = bytes.get(17) == Some(&b'6');
    fits && !second_60 && matches!(bytes.get(19..), Some([b'Z'] | [b'.', .., b'Z']))
}
