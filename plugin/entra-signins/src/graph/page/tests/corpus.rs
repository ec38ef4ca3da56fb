//! Pages of the corpus, as they are and changed at random, against a reading of their members one by one.

use proptest::prelude::*;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::super::*;
use crate::corpus::{Input, changed, inputs};
use crate::graph::sign_in::object;

/// What a page says, slowly: every member is cut out before any is looked at.
struct Told<'a> {
    records: Vec<&'a str>,
    next: Option<String>,
    count: Option<u64>,
}

impl<'a> Told<'a> {
    /// `None`: it is no JSON object with one list `value`, at most one link that is text and at most one count.
    fn by(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Members(members) = serde_json::from_str(text).ok()?;
        let only = |wanted: &str| -> Option<&'a str> {
            let mut found = members.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.get());
            let first = found.next().unwrap_or("null");
            found.next().is_none().then_some(first)
        };
        let records: Vec<&RawValue> = serde_json::from_str(only("value")?).ok()?;
        Some(Self {
            records: records.into_iter().map(RawValue::get).collect(),
            next: serde_json::from_str(only("@odata.nextLink")?).ok()?,
            count: serde_json::from_str(only("@odata.count")?).ok()?,
        })
    }
}

/// The members of an object in the order in which they stand, none of them left out.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        json.deserialize_map(All)
    }
}

/// A record as the page gave it out: its bytes, id and time, and everything that was read of it.
type Made = (Bytes, Result<(String, Timestamp, String), NotASignIn>);

fn made(record: Bytes, sign_in: Result<SignIn<'_>, NotASignIn>) -> Made {
    (record, sign_in.map(|sign_in| facts(&sign_in)))
}

fn facts(sign_in: &SignIn<'_>) -> (String, Timestamp, String) {
    (sign_in.id.to_string(), sign_in.created_date_time.timestamp(), format!("{sign_in:?}"))
}

/// Reads the input and checks everything that is promised of any body; whether it is a page.
fn check(input: &Input) -> bool {
    let body = Bytes::from(input.bytes.clone());
    let repaired = String::from_utf8_lossy(&body).replace(|c: char| c < ' ', " ");
    let told = [std::str::from_utf8(&body).ok(), Some(&repaired)].into_iter().flatten().find_map(Told::by);
    match (Content::parse(&body, made), told) {
        (Ok(content), Some(told)) => {
            check_page(&content, &told);
            true
        }
        (Err(NoPage { place, .. }), None) => {
            let lines = body.split(|byte| *byte == b'\n').count();
            assert!(place.is_none_or(|place| (1..=lines).contains(&place.line)), "{place:?}");
            false
        }
        (content, told) => panic!("{:?} of {:?}", content.map(|_| "a page"), told.map(|told| told.records)),
    }
}

fn check_page(content: &Content<Made>, told: &Told<'_>) {
    assert_eq!(content.records.len(), told.records.len());
    assert_eq!((&content.next, content.count), (&told.next, told.count));
    for ((record, sign_in), text) in content.records.iter().zip(&told.records) {
        assert_eq!(record, text.as_bytes());
        assert_eq!(*sign_in, SignIn::parse(record).map(|sign_in| facts(&sign_in)));
        check_record(record, sign_in);
    }
}

/// A record that any JSON reader takes for a sign-in is one, with that id and time.
fn check_record(record: &[u8], sign_in: &Result<(String, Timestamp, String), NotASignIn>) {
    let Ok(value @ Value::Object(_)) = serde_json::from_slice(record) else { return };
    assert!(object(record).is_some());
    let time = value["createdDateTime"].as_str().and_then(|time| time.parse().ok());
    let Some((id, time)) = value["id"].as_str().filter(|id| !id.is_empty()).zip(time) else { return };
    let read = sign_in.as_ref().map(|(id, time, _)| (id.as_str(), *time));
    assert_eq!(read, Ok((id, time)));
}

/// Scenario: every page of the corpus.
/// Guarantees: those that are pages give each element of their list as a record, the others are refused.
#[test]
fn every_page_is_read_whole_or_refused() {
    for input in inputs("pages") {
        assert_eq!(check(&input), !input.name.starts_with("not_a_page"), "{input:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Scenario: pages of the corpus with bytes changed, cut, inserted, repeated, and ends of other pages.
    /// Guarantees: never a panic. What is a page by the rules of JSON gives each element of its list as a record, whole and in
    /// order, and none besides; everything else is refused. A record is read on the page as it is alone, and as a sign-in
    /// wherever any JSON reader finds an id and a time in it.
    #[test]
    fn a_damaged_page_is_read_whole_or_refused(input in changed("pages")) {
        check(&input);
    }
}
