//! A page of sign-ins: one body, and where its records and its next link stand in it.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use tokio::time::Instant;

#[cfg(test)]
mod tests;

use super::next_link::NextLink;

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The body, inflated.
    pub body: Bytes,
    /// The elements of `value`, whatever they are, each a slice of the body.
    pub records: Vec<Bytes>,
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
pub(super) struct Content {
    pub(super) body: Bytes,
    pub(super) records: Vec<Bytes>,
    pub(super) next: Option<String>,
    pub(super) count: Option<u64>,
}

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

impl Content {
    /// Finds the records of a body. What is broken in one of them costs the others nothing: bytes that JSON forbids
    /// are replaced, for the whole body, and only if it cannot be read otherwise.
    pub(super) fn parse(body: &Bytes) -> Result<Self, NoPage> {
        let quick = std::str::from_utf8(body).ok().map(|text| envelope(text).map(|found| found.of(body)));
        let failed = match quick {
            Some(Ok(content)) => return Ok(content),
            Some(Err(failed)) => Some(failed),
            None => None,
        };
        match repaired(body) {
            Some(text) => {
                let repaired = Bytes::from(text);
                let text = std::str::from_utf8(&repaired).unwrap_or_default();
                envelope(text).map(|found| found.of(&repaired)).map_err(|again| failed.unwrap_or(again))
            }
            None => Err(failed.unwrap_or(NoPage { what: "it is not text", place: None })),
        }
    }
}

impl Envelope<'_> {
    /// The content, once the envelope is known to borrow from `body`.
    fn of(self, body: &Bytes) -> Content {
        let records = self.value.iter().map(|record| body.slice_ref(record.get().as_bytes())).collect();
        Content { body: body.clone(), records, next: self.next, count: self.count }
    }
}

/// Reads the envelope alone. An error says what and where, never what stands there.
fn envelope(text: &str) -> Result<Envelope<'_>, NoPage> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().bytes().next() {
        None => return Err(NoPage { what: "it is empty", place: None }),
        Some(b'<') => {
            return Err(NoPage {
                what: "it is a web page, so a proxy or a portal may stand in between",
                place: None,
            });
        }
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
