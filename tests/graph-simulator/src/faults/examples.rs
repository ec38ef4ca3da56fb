//! One of each kind of fault, to choose from.

use serde_json::Value;

use super::{FaultKind, Flaw, LinkPart};
use crate::config::RetryAfter;

impl FaultKind {
    /// One example of each kind.
    pub fn examples() -> Vec<Self> {
        vec![
            Self::Throttle { retry_after: RetryAfter::Decimal, wait_millis: 2128 },
            Self::Status { status: 503, retry_after_secs: Some(5) },
            Self::Reset,
            Self::HalfBody,
            Self::CutBody,
            Self::StalledBody,
            Self::Delay { millis: 800 },
            Self::Html,
            Self::BrokenJson,
            Self::WrongShape,
            Self::EmptyBody,
            Self::WrongContentType,
            Self::EmptyPage,
            Self::ShortPage { records: 7 },
            Self::DeadSkiptoken,
            Self::ForeignNextLink { part: LinkPart::Host },
            Self::NextLinkLoop,
            Self::Redirect { status: 307, location: "https://elsewhere.example/".to_owned() },
            Self::HugePage { mebibytes: 80 },
            Self::HeavyRecords { kibibytes: 64 },
            Self::InvalidToken,
            Self::ClaimsChallenge { claims: r#"{"access_token":{"nbf":{"value":"1"}}}"#.to_owned() },
            Self::Forbidden { code: "Authentication_MSGraphPermissionMissing".to_owned() },
            Self::InvalidFilter,
            Self::WindowTimeout { seconds: 600, records: 50 },
            Self::Descending,
            Self::WrongCount { more: 3 },
            Self::NoCount,
            Self::FirstKindAlone,
            Self::RepeatInPage,
            Self::RepeatAcrossPages,
            Self::FlawedRecords { flaw: Flaw::NoId },
            Self::UnknownFields,
            Self::UnknownEnumValues,
            Self::DateOffset { seconds: 90 },
            Self::NoDate,
            Self::Aadsts { code: 50_033, suberror: None, claims: None },
        ]
    }

    /// What this kind does, in a few words.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Throttle { .. } => "429; `retry_after` is absent, seconds, decimal or http_date",
            Self::Status { .. } => "this status with a Graph error body",
            Self::Reset => "the connection is reset before an answer",
            Self::HalfBody => "the body ends before its Content-Length",
            Self::CutBody => "half of the body, with a Content-Length to match",
            Self::StalledBody => "the body stops in the middle and the connection stays open",
            Self::Delay { .. } => "the answer comes late",
            Self::Html => "200 with a page of HTML, as a proxy gives",
            Self::BrokenJson => "200 with something that is not JSON",
            Self::WrongShape => "200 with JSON of another shape",
            Self::EmptyBody => "200 without a body",
            Self::WrongContentType => "a good body called text/plain",
            Self::EmptyPage => "a page without records that has a next link",
            Self::ShortPage { .. } => "a page of so many records that has a next link",
            Self::DeadSkiptoken => "400, as for a $skiptoken that has expired",
            Self::ForeignNextLink { .. } => "a next link to another host, port, scheme, path, or garbage",
            Self::NextLinkLoop => "a next link to the same page again",
            Self::Redirect { .. } => "a redirect to another host",
            Self::HugePage { .. } => "a page that inflates to this size",
            Self::HeavyRecords { .. } => "this much is added to each record",
            Self::InvalidToken => "401 InvalidAuthenticationToken",
            Self::ClaimsChallenge { .. } => "401 until a token comes that was asked for with these claims",
            Self::Forbidden { .. } => "403 with this code",
            Self::InvalidFilter => "400 Invalid filter clause",
            Self::WindowTimeout { .. } => "504 for a window that is wider, or holds more",
            Self::Descending => "newest first although oldest first was asked for",
            Self::WrongCount { .. } => "@odata.count says so many more than there are",
            Self::NoCount => "$count is not answered",
            Self::FirstKindAlone => "of several kinds in one request the first alone is listed",
            Self::RepeatInPage => "the first record of a page again at its end",
            Self::RepeatAcrossPages => "the last record of a page again on the next",
            Self::FlawedRecords { .. } => {
                "more records, with this flaw (one that is not known is answered with the names)"
            }
            Self::UnknownFields => "properties that nobody has heard of",
            Self::UnknownEnumValues => "values of enumerations that nobody has heard of",
            Self::DateOffset { .. } => "the Date header is off by so much",
            Self::NoDate => "no Date header",
            Self::Aadsts { .. } => "the token endpoint refuses with this code, suberror and claims",
        }
    }

    /// The kind's name, as in JSON.
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(Value::String(name)) => name,
            Ok(Value::Object(members)) => members.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::FaultKind;

    /// The names that the deserializer knows, as it says when it meets another one.
    fn known() -> BTreeSet<String> {
        let error = serde_json::from_str::<FaultKind>(r#""no such kind""#).unwrap_err().to_string();
        error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    /// Scenario: a kind is added to the faults. Guarantee: it has an example, so whoever goes through the examples meets it.
    #[test]
    fn every_kind_has_one_example() {
        let names: Vec<_> = FaultKind::examples().iter().map(FaultKind::name).collect();
        assert_eq!(names.iter().cloned().collect::<BTreeSet<_>>(), known());
        assert_eq!(names.len(), known().len());
    }
}
