//! One sign-in as Graph writes it: typed, borrowed from the page, and never refused for a strange value.
//!
//! Microsoft changes what stands in a record without notice, so reading is tolerant. Unknown properties are
//! skipped, a property of an unexpected type is left out and noted as an [`Anomaly`], and of a repeated property
//! the last counts. Only what is no sign-in at all is refused ([`NotASignIn`]). Graph writes "nothing" as a missing
//! property, `null`, `""`, `[]` or `{}`: all five are `None` (or an empty list) here.
//!
//! Properties are those that the Cato event needs; everything else stays in the record's bytes, which
//! [`object`] gives whole.

mod fingerprint;
mod lossy;
mod members;
mod mode;
mod object;
mod properties;
mod reader;
mod time;
mod values;

#[cfg(test)]
mod tests;

pub use object::object;
pub use properties::{DeviceDetail, Location, Policy, Properties, Status, Text};
pub use reader::{Anomaly, Kind};
pub use time::CreatedDateTime;

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer};

use members::Draft;
use mode::{Borrowing, Copying, Mode};
use reader::Object;
use values::{Any, AsObject};

/// A sign-in record: what identifies it, when it happened, and the properties that the event needs.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// `id`, never empty: Microsoft's request id, unique within the tenant's log.
    pub id: Cow<'a, str>,
    /// `createdDateTime`: when it happened.
    pub created_date_time: CreatedDateTime<'a>,
    /// Everything else.
    pub properties: Properties<'a>,
    anomalies: Vec<Anomaly>,
}

impl<'a> SignIn<'a> {
    /// Reads one record, the bytes of one JSON object.
    ///
    /// A record that JSON's rules forbid in a detail (broken UTF-8, half a surrogate pair, a number out of range)
    /// is read a second time with those details replaced or left out.
    pub fn parse(record: &'a [u8]) -> Result<Self, NotASignIn> {
        read(record).and_then(Self::of)
    }

    /// Reads the record that a text begins with and says how long it is, so that a page is read in one pass. `None`: it
    /// takes [`SignIn::parse`] to read it, or it is none.
    pub(super) fn first_of(text: &'a str) -> Option<(Result<Self, NotASignIn>, usize)> {
        if !text.starts_with('{') {
            return None;
        }
        let mut records = serde_json::Deserializer::from_str(text).into_iter::<Noted<Draft<'a>>>();
        let sign_in = Self::of(records.next()?.ok()?);
        Some((sign_in, records.byte_offset()))
    }

    fn of(Noted { value: draft, anomalies }: Noted<Draft<'a>>) -> Result<Self, NotASignIn> {
        let id = draft.id.ok_or(NotASignIn::NoId)?;
        let created_date_time =
            draft.created_date_time.and_then(CreatedDateTime::parse).ok_or(NotASignIn::NoTime)?;
        Ok(Self { id, created_date_time, properties: draft.properties, anomalies })
    }

    /// What was left out because it had an unexpected type, in the record's order; no values.
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.anomalies
    }
}

/// Why a record is no sign-in. The caller sets it aside; reading it again gives the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotASignIn {
    /// Something other than a JSON object.
    #[error("the record is not an object")]
    NotAnObject,
    /// No usable `id`.
    #[error("the record has no id")]
    NoId,
    /// No usable `createdDateTime`.
    #[error("the record has no usable createdDateTime")]
    NoTime,
    /// No JSON.
    #[error("the record is not JSON")]
    Broken,
}

/// A record as it was read, and what was left out.
struct Noted<T> {
    value: T,
    anomalies: Vec<Anomaly>,
}

/// Reads a record quickly and, where that fails, carefully.
fn read(record: &[u8]) -> Result<Noted<Draft<'_>>, NotASignIn> {
    if record.trim_ascii_start().first() != Some(&b'{') {
        return Err(NotASignIn::NotAnObject);
    }
    // One check of the whole record is cheaper than serde_json's check of each string.
    let quick = std::str::from_utf8(record).ok().and_then(|text| serde_json::from_str(text).ok());
    quick.map_or_else(|| careful(&lossy::text(record)).map_err(|_| NotASignIn::Broken), Ok)
}

fn careful<'a>(text: &str) -> Result<Noted<Draft<'a>>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let noted = noted::<Copying, _, _>(&mut json)?;
    json.end()?;
    Ok(noted)
}

/// Borrows from the text.
impl<'a> Deserialize<'a> for Noted<Draft<'a>> {
    fn deserialize<D: Deserializer<'a>>(json: D) -> Result<Self, D::Error> {
        noted::<Borrowing, _, _>(json)
    }
}

fn noted<'de, 'a, M, T, D>(json: D) -> Result<Noted<T>, D::Error>
where
    M: Mode<'de, 'a>,
    T: Object<'a> + 'a,
    D: Deserializer<'de>,
{
    let mut anomalies = Vec::new();
    let into = PhantomData::<(&'a T, M)>;
    let value = Any(AsObject { notes: &mut anomalies, into }).deserialize(json)?;
    Ok(Noted { value: value.unwrap_or_default(), anomalies })
}
