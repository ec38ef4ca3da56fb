//! The two ways to read a record: borrowing, which is quick, and copying, which survives what JSON forbids.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, MapAccess};
use serde_json::value::RawValue;

/// How values get from the JSON text, which lives for `'de`, into a record that lives for `'a`.
pub(super) trait Mode<'de, 'a> {
    /// A string of the record.
    fn text(text: Cow<'de, str>) -> Cow<'a, str>;

    /// The value of the property whose name was just read. `None`: it could not be read, the record can.
    fn value<A, S>(map: &mut A, seed: S) -> Result<Option<S::Value>, A::Error>
    where
        A: MapAccess<'de>,
        S: DeserializeSeed<'de>;
}

/// Strings are borrowed; the first unreadable value fails the record.
pub(super) struct Borrowing;

impl<'a> Mode<'a, 'a> for Borrowing {
    fn text(text: Cow<'a, str>) -> Cow<'a, str> {
        text
    }

    fn value<A, S>(map: &mut A, seed: S) -> Result<Option<S::Value>, A::Error>
    where
        A: MapAccess<'a>,
        S: DeserializeSeed<'a>,
    {
        map.next_value_seed(seed).map(Some)
    }
}

/// Strings are copied, so that the text may be a repaired one; an unreadable value costs itself alone.
pub(super) struct Copying;

impl<'de, 'a> Mode<'de, 'a> for Copying {
    fn text(text: Cow<'de, str>) -> Cow<'a, str> {
        Cow::Owned(text.into_owned())
    }

    fn value<A, S>(map: &mut A, seed: S) -> Result<Option<S::Value>, A::Error>
    where
        A: MapAccess<'de>,
        S: DeserializeSeed<'de>,
    {
        // A raw value needs correct syntax alone, so that what is wrong inside it stays inside.
        let raw: &'de RawValue = map.next_value()?;
        Ok(seed.deserialize(&mut serde_json::Deserializer::from_str(raw.get())).ok())
    }
}
