//! JSON straight into a buffer: pages of a thousand records must not go through a tree of values.

use std::fmt::Display;
use std::io::Write as _;

/// Writes one JSON object; [`object`] and [`Object::object`] close it.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
    /// Write every character beyond ASCII as `\uXXXX`, as OData writers do by default.
    ascii: bool,
}

/// Writes an object whose members `members` writes; `ascii` escapes what is beyond ASCII.
pub(crate) fn object(out: &mut Vec<u8>, ascii: bool, members: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    members(&mut Object { out, first: true, ascii });
    out.push(b'}');
}

impl Object<'_> {
    fn key(&mut self, key: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A member with a string value, escaped.
    pub(crate) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        escape(self.out, value, self.ascii);
    }

    /// A member whose string value needs no escape: GUIDs, enum members, times.
    pub(crate) fn plain(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.out.push(b'"');
        self.display(value);
        self.out.push(b'"');
    }

    /// A member whose value `Display`s as JSON: numbers and booleans.
    pub(crate) fn literal(&mut self, key: &str, value: impl Display) {
        self.key(key);
        self.display(value);
    }

    /// A member whose value is this JSON text.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn object(&mut self, key: &str, members: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        object(self.out, self.ascii, members);
    }

    /// An array of objects, one per item.
    pub(crate) fn objects<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut members: impl FnMut(&mut Object<'_>, T),
    ) {
        self.key(key);
        self.out.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            object(self.out, self.ascii, |o| members(o, item));
        }
        self.out.push(b']');
    }

    /// An array of strings.
    pub(crate) fn strings(&mut self, key: &str, items: &[&str]) {
        self.key(key);
        self.out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            escape(self.out, item, self.ascii);
        }
        self.out.push(b']');
    }

    fn display(&mut self, value: impl Display) {
        // Writing to a vector cannot fail.
        drop(write!(self.out, "{value}"));
    }
}

fn escape(out: &mut Vec<u8>, value: &str, ascii: bool) {
    out.push(b'"');
    let plain = |b: u8| b >= 0x20 && b != b'"' && b != b'\\' && !(ascii && b >= 0x80);
    if value.bytes().all(plain) {
        out.extend_from_slice(value.as_bytes());
    } else {
        value.chars().for_each(|c| escape_char(out, c, ascii));
    }
    out.push(b'"');
}

fn escape_char(out: &mut Vec<u8>, c: char, ascii: bool) {
    match c {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c if c < ' ' || (ascii && !c.is_ascii()) => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                drop(write!(out, "\\u{unit:04x}"));
            }
        }
        c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}
