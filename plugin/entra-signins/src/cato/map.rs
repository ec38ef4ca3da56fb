//! Records out of files: whatever somebody has of sign-ins, for trying the mapping offline.
//!
//! A file may hold pages of Graph (`{"value": [...]}`), lists, single records, one record per line, batches of an
//! Event Hub (`{"records": [...]}`) and its single envelopes, one after the other in any mixture.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::config::SignInEventType;
use crate::graph::sign_in::{NotASignIn, SignIn};

/// All records of an input, in its order. What cannot be read is an error in its place; the records after it come
/// all the same.
///
/// Bytes that may not be UTF-8 go through [`String::from_utf8_lossy`] first.
pub fn records(input: &str) -> impl Iterator<Item = Result<RecordSlice<'_>, MapInputError>> {
    let input = input.trim_start_matches('\u{FEFF}');
    Records { input, offset: 0, lines: Lines::default(), count: 0, documents: VecDeque::new() }
}

/// One record of an input.
#[derive(Clone, Copy, Debug)]
pub struct RecordSlice<'a> {
    /// The record's own text: of an Event Hub envelope the `properties`.
    pub json: &'a str,
    /// Where it stands.
    pub place: Place,
    /// The kind that the envelope's `category` says.
    category: Option<SignInEventType>,
}

impl<'a> RecordSlice<'a> {
    /// Reads it. Exports leave `signInEventTypes` out because the category says it: then it comes from there.
    pub fn sign_in(&self) -> Result<SignIn<'a>, MapInputError> {
        let mut sign_in = SignIn::parse(self.json.as_bytes())
            .map_err(|reason| MapInputError::NotASignIn { place: self.place, reason })?;
        if sign_in.properties.sign_in_event_types.is_empty() {
            let words = self.category.map(|kind| Cow::Borrowed(kind.as_str()));
            sign_in.properties.sign_in_event_types.extend(words);
        }
        Ok(sign_in)
    }
}

/// Where a record stands in its input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Counted from 1 over the input.
    pub record: usize,
    /// The line that it begins in, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {}, line {}", self.record, self.line)
    }
}

/// Why something of an input gives no event.
#[derive(Debug, thiserror::Error)]
pub enum MapInputError {
    /// Text that is no JSON; reading goes on with the next line that begins an object or a list.
    #[error("line {line}, column {column}: not JSON: {reason}")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser says, without the place.
        reason: String,
    },
    /// What Graph answers when it gives no records, kept as if it were a page.
    #[error("line {line}: an error that Graph answered, and no sign-ins: {code}: {message}")]
    GraphError {
        /// From 1.
        line: usize,
        /// Graph's word for it.
        code: String,
        /// What Graph says.
        message: String,
    },
    /// JSON that is no sign-in.
    #[error("{place}: {reason}")]
    NotASignIn {
        /// Which one.
        place: Place,
        /// Why.
        reason: NotASignIn,
    },
}

/// A document that may hold records or be one.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    records: Option<&'a RawValue>,
    #[serde(borrow, default)]
    properties: Option<&'a RawValue>,
    #[serde(borrow, default)]
    category: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// The body of a refused request.
#[derive(Deserialize)]
struct GraphError {
    code: String,
    #[serde(default)]
    message: String,
}

struct Records<'a> {
    input: &'a str,
    offset: usize,
    lines: Lines,
    count: usize,
    documents: VecDeque<&'a str>,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<RecordSlice<'a>, MapInputError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(text) = self.documents.pop_front() {
                if let Some(found) = self.open(text) {
                    return Some(found);
                }
                continue;
            }
            match self.next_document()? {
                Ok(text) => self.documents.push_back(text),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<'a> Records<'a> {
    /// The next JSON value of the input, whole.
    fn next_document(&mut self) -> Option<Result<&'a str, MapInputError>> {
        let rest = &self.input[self.offset..];
        let begin = rest.find(|next: char| !next.is_ascii_whitespace())?;
        let (rest, begin) = (&rest[begin..], self.offset + begin);
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        match stream.next()? {
            Ok(document) => {
                self.offset = begin + stream.byte_offset();
                Some(Ok(document.get()))
            }
            Err(error) => {
                self.offset = begin + next_start(rest);
                Some(Err(self.not_json(begin, &error)))
            }
        }
    }

    fn not_json(&mut self, begin: usize, error: &serde_json::Error) -> MapInputError {
        let line = self.lines.at(self.input, begin) + error.line() - 1;
        // The parser's message ends with the place in its own counting.
        let message = error.to_string();
        let reason = message.split(" at line ").next().unwrap_or_default().to_owned();
        MapInputError::NotJson { line, column: error.column().max(1), reason }
    }

    /// A document: a record is given, of a container the elements are queued.
    fn open(&mut self, text: &'a str) -> Option<Result<RecordSlice<'a>, MapInputError>> {
        if text.starts_with('[') {
            self.queue(text);
            return None;
        }
        let document: Option<Document<'a>> = serde_json::from_str(text).ok();
        let list = |part: Option<&'a RawValue>| part.map(RawValue::get).filter(|part| part.starts_with('['));
        if let Some(document) = document {
            if let Some(elements) = list(document.value).or_else(|| list(document.records)) {
                self.queue(elements);
                return None;
            }
            if let Some(properties) = document.properties.filter(|inner| inner.get().starts_with('{')) {
                let category = document.category.and_then(kind_of);
                return Some(Ok(self.record(properties.get(), category)));
            }
            let error = document.error.and_then(|error| serde_json::from_str(error.get()).ok());
            if let Some(GraphError { code, message }) = error {
                return Some(Err(MapInputError::GraphError { line: self.line_of(text), code, message }));
            }
        }
        Some(Ok(self.record(text, None)))
    }

    fn queue(&mut self, list: &'a str) {
        let elements: Vec<&'a RawValue> = serde_json::from_str(list).unwrap_or_default();
        for element in elements.into_iter().rev() {
            self.documents.push_front(element.get());
        }
    }

    fn record(&mut self, json: &'a str, category: Option<SignInEventType>) -> RecordSlice<'a> {
        self.count += 1;
        RecordSlice { json, place: Place { record: self.count, line: self.line_of(json) }, category }
    }

    /// The line that this part of the input begins in.
    fn line_of(&mut self, part: &str) -> usize {
        self.lines.at(self.input, part.as_ptr().addr() - self.input.as_ptr().addr())
    }
}

/// The kind that an Event Hub category stands for.
fn kind_of(category: &RawValue) -> Option<SignInEventType> {
    const CATEGORIES: [(&str, SignInEventType); 5] = [
        ("SignInLogs", SignInEventType::InteractiveUser),
        ("NonInteractiveUserSignInLogs", SignInEventType::NonInteractiveUser),
        ("ServicePrincipalSignInLogs", SignInEventType::ServicePrincipal),
        ("ManagedIdentitySignInLogs", SignInEventType::ManagedIdentity),
        // Graph shows these among the interactive ones.
        ("ADFSSignInLogs", SignInEventType::InteractiveUser),
    ];
    let category: String = serde_json::from_str(category.get()).ok()?;
    CATEGORIES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(&category)).map(|(_, kind)| kind)
}

/// Where to go on after text that is no JSON: the next line that begins an object or a list.
fn next_start(rest: &str) -> usize {
    let starts = ["\n{", "\n["].into_iter().filter_map(|start| rest.find(start));
    starts.min().map_or(rest.len(), |newline| newline + 1)
}

/// Counts lines on the way through an input, each byte once.
struct Lines {
    offset: usize,
    line: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self { offset: 0, line: 1 }
    }
}

impl Lines {
    /// The line of an offset, which never lies before the last one asked for.
    fn at(&mut self, input: &str, offset: usize) -> usize {
        let passed = input.as_bytes().get(self.offset..offset).unwrap_or_default();
        self.line += passed.split(|byte| *byte == b'\n').count() - 1;
        self.offset = offset.max(self.offset);
        self.line
    }
}
