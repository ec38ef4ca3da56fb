//! A page of sign-ins: one body, its records and its next link.
//!
//! What becomes of a record is the caller's to say while the page is read: nothing is looked at twice. That is the
//! [quick](quick) way, for pages as Graph writes them; everything else is read here, with patience.

use std::cell::Cell;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use tokio::time::Instant;

mod quick;
#[cfg(test)]
mod tests;

use super::next_link::NextLink;
use super::sign_in::{NotASignIn, SignIn};
use quick::Quick;

/// A page.
#[derive(Clone, Debug)]
pub struct Page<T = Bytes> {
    /// The body, inflated.
    pub body: Bytes,
    /// The elements of `value`, whatever they are: each a slice of the body, or what was made of it.
    pub records: Vec<T>,
    /// Where the next page is; `None`: this is the last.
    pub next: Option<NextLink>,
    /// `@odata.count`.
    pub count: Option<u64>,
    /// The server's time when it answered.
    pub server_date: Option<Timestamp>,
    /// When the answer began to come.
    pub answered_at: Instant,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// The size of the body on the way.
    pub bytes_received: usize,
}

/// A place in a body, counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column in it, in bytes.
    pub column: usize,
}

/// What stands in a body.
#[derive(Debug)]
pub(super) struct Content<T> {
    pub(super) body: Bytes,
    pub(super) records: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) count: Option<u64>,
    /// Whether most of its many records are no sign-ins: then it is the page that is wrong, or Microsoft writes it in
    /// another way than is known here, and setting its records aside would lose them.
    pub(super) is_doubtful: bool,
}

/// Of a page of fewer records, each is judged by itself.
const MANY_RECORDS: usize = 10;

/// A body is no page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct NoPage {
    pub(super) what: &'static str,
    pub(super) place: Option<Place>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.count")]
    count: Option<u64>,
}

impl<T> Content<T> {
    /// Reads a body, and makes something of each record. What is broken in one of them costs the others nothing: bytes
    /// that JSON forbids are replaced, for the whole body, and only if it cannot be read otherwise. Then records may be
    /// met a second time, so `make` must do nothing else.
    pub(super) fn parse(
        body: &Bytes,
        mut make: impl FnMut(Bytes, Result<SignIn<'_>, NotASignIn>) -> T,
    ) -> Result<Self, NoPage> {
        let first = std::str::from_utf8(body).ok().map(|text| Self::read(body, text, &mut make));
        let failed = match first {
            Some(Ok(content)) => return Ok(content),
            Some(Err(failed)) => Some(failed),
            None => None,
        };
        match repaired(body) {
            Some(text) => {
                let repaired = Bytes::from(text);
                let text = std::str::from_utf8(&repaired).unwrap_or_default();
                Self::read(&repaired, text, &mut make).map_err(|again| failed.unwrap_or(again))
            }
            None => Err(failed.unwrap_or(NoPage { what: "it is not text", place: None })),
        }
    }

    /// Reads a body that is this text.
    fn read(
        body: &Bytes,
        text: &str,
        make: &mut impl FnMut(Bytes, Result<SignIn<'_>, NotASignIn>) -> T,
    ) -> Result<Self, NoPage> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let unreadable = Cell::new(0);
        let mut cut = |record: &str, sign_in: Result<SignIn<'_>, NotASignIn>| {
            unreadable.update(|count| count + usize::from(sign_in.is_err()));
            make(body.slice_ref(record.as_bytes()), sign_in)
        };
        let read = if let Some(quick) = quick::read(text, &mut cut) {
            quick
        } else {
            unreadable.set(0);
            patiently(text, &mut cut)?
        };
        let Quick { records, next, count } = read;
        let is_doubtful = records.len() >= MANY_RECORDS && unreadable.get() > records.len() / 2;
        Ok(Self { body: body.clone(), records, next, count, is_doubtful })
    }
}

/// Makes something of each record of a page that somebody has as bytes, as [`super::GraphClient::page_of`] does. `None`:
/// it is no page.
pub fn records_of<T>(
    body: &Bytes,
    make: impl FnMut(Bytes, Result<SignIn<'_>, NotASignIn>) -> T,
) -> Option<Vec<T>> {
    Content::parse(body, make).ok().map(|content| content.records)
}

/// Reads a page in two passes.
fn patiently<T>(
    text: &str,
    make: &mut impl FnMut(&str, Result<SignIn<'_>, NotASignIn>) -> T,
) -> Result<Quick<T>, NoPage> {
    let Envelope { value, next, count } = envelope(text)?;
    let records = value.into_iter().map(RawValue::get);
    let records = records.map(|record| make(record, SignIn::parse(record.as_bytes()))).collect();
    Ok(Quick { records, next, count })
}

/// Reads the envelope alone. An error says what and where, never what stands there.
fn envelope(text: &str) -> Result<Envelope<'_>, NoPage> {
    match text.trim_start().bytes().next() {
        None => return Err(NoPage { what: "it is empty", place: None }),
        Some(b'<') => {
            return Err(NoPage {
                what: "it is a web page, so a proxy or a portal may stand in between",
                place: None,
            });
        }
        // Otherwise a list of all that a page has would do for one.
        Some(b'[') => return Err(NoPage { what: "it is not a list of sign-ins", place: None }),
        Some(_) => {}
    }
    serde_json::from_str(text).map_err(|error| {
        let what = match error.classify() {
            Category::Eof => "its JSON ends in the middle",
            Category::Data => "it is not a list of sign-ins",
            Category::Syntax | Category::Io => "it is not JSON",
        };
        NoPage { what, place: Some(Place { line: error.line(), column: error.column() }) }
    })
}

/// The body with all that JSON forbids inside strings replaced: broken UTF-8 and control characters. `None` if there
/// is nothing of that sort.
fn repaired(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let is_control = |c: char| c < ' ';
    if matches!(text, std::borrow::Cow::Borrowed(_)) && !text.contains(is_control) {
        return None;
    }
    // Between values, a blank is as good as any other white space.
    Some(text.replace(is_control, " "))
}
