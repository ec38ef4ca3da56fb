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
