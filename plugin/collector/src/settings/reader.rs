//! Reading a table: typed, complete, and with every mistake collected.

use std::path::PathBuf;
use std::str::FromStr;
use std::{cell::RefCell, ops::RangeInclusive};

use super::{Location, Problem, Problems, Setting, Spanned, Table};
use crate::sensitive::SensitiveString;

/// A key that a table may have.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// One line on what it means, with its unit and default.
    pub doc: &'static str,
}

/// Reads one table. Readers of nested tables share the list of problems.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    table: &'a Table,
    path: String,
    problems: &'a RefCell<Problems>,
}

impl<'a> Reader<'a> {
    /// A reader of the table at this key path; keys that it may not have are problems at once.
    pub fn new(table: &'a Table, path: impl Into<String>, keys: &[Key], problems: &'a RefCell<Problems>) -> Self {
        let reader = Self { table, path: path.into(), problems };
        for (name, value) in &table.entries {
            if !keys.iter().any(|key| key.name == name) {
                reader.report(name, value.at.clone(), "unknown key", Some(nearest(name, keys)));
            }
        }
        reader
    }

    /// The full key of an entry of this table.
    pub fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Whether the key is there.
    pub fn has(&self, name: &str) -> bool {
        self.table.get(name).is_some()
    }

    /// Where the key stands, or the table if it is not there.
    pub fn location(&self, name: &str) -> Option<Location> {
        self.table.get(name).and_then(|value| value.at.clone()).or_else(|| self.table.at.clone())
    }

    /// Adds a problem of this key, at its place.
    pub fn problem(&self, name: &str, what: impl Into<String>, fix: Option<String>) {
        self.report(name, self.location(name), what, fix);
    }

    /// A string.
    pub fn string(&self, name: &str) -> Option<String> {
        self.typed(name, "a string", |setting| if let Setting::String(text) = setting { Some(text.clone()) } else { None })
    }

    /// A string that must be there and not empty.
    pub fn required_string(&self, name: &str) -> Option<String> {
        if !self.required(name) {
            return None;
        }
        let text = self.string(name)?;
        if text.trim().is_empty() {
            self.problem(name, "is empty", Some("write a value".to_owned()));
            return None;
        }
        Some(text)
    }

    /// Something made from a string; `expected` says what to write, such as `a GUID`.
    pub fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Option<T> {
        let text = self.string(name)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.problem(name, format!("is not {expected}"), Some(format!("write {expected}")));
        }
        parsed
    }

    /// One of these words.
    pub fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.string(name)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.problem(name, "is no known word", Some(format!("write one of {}", words.join(", "))));
        }
        found
    }

    /// An integer in this range.
    pub fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let number =
            self.typed(name, "an integer", |setting| if let Setting::Integer(number) = setting { Some(*number) } else { None })?;
        if range.contains(&number) {
            return Some(number);
        }
        let fix = if *range.end() == i64::MAX {
            format!("write {} or more", range.start())
        } else {
            format!("write a number from {} to {}", range.start(), range.end())
        };
        self.problem(name, "is out of range", Some(fix));
        None
    }

    /// A number, whole or not, in this range.
    pub fn number(&self, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let number = self.typed(name, "a number", |setting| match setting {
            Setting::Float(number) => Some(*number),
            #[expect(clippy::cast_precision_loss, reason = "settings are small numbers")]
            Setting::Integer(number) => Some(*number as f64),
            Setting::String(_) | Setting::Boolean(_) | Setting::Array(_) | Setting::Table(_) => None,
        })?;
        if range.contains(&number) {
            return Some(number);
        }
        let fix = format!("write a number from {} to {}", range.start(), range.end());
        self.problem(name, "is out of range", Some(fix));
        None
    }

    /// A boolean.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.typed(name, "true or false", |setting| if let Setting::Boolean(truth) = setting { Some(*truth) } else { None })
    }

    /// A list of strings, each with its place.
    pub fn strings(&self, name: &str) -> Option<Vec<(String, Option<Location>)>> {
        let elements = self.array(name)?;
        let mut strings = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let Setting::String(text) = &element.setting else {
                let name = format!("{name}[{index}]");
                let what = format!("is {}", element.setting.kind());
                self.report(&name, element.at.clone(), what, Some("write a string".to_owned()));
                continue;
            };
            strings.push((text.clone(), element.at.clone()));
        }
        Some(strings)
    }

    /// A path; a relative one starts from the configuration file's directory.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let text = self.string(name)?;
        let base = self.location(name).map(|at| at.directory()).unwrap_or_default();
        Some(base.join(text))
    }

    /// A secret: the key itself, or the content of the file that its `_file` twin names, without a line end at its
    /// end. Both at once are a problem, and so is a file that cannot be read.
    pub fn secret(&self, name: &str) -> Option<SensitiveString> {
        let twin = format!("{name}_file");
        match (self.has(name), self.has(&twin)) {
            (true, true) => {
                self.problem(&twin, format!("stands beside {name}"), Some("keep one of the two".to_owned()));
                None
            }
            (true, false) => self.required_string(name).map(Into::into),
            (false, true) => self.file(&twin).map(|text| text.trim_end_matches(['\r', '\n']).into()),
            (false, false) => None,
        }
    }

    /// The content of the text file that this key names.
    pub fn file(&self, name: &str) -> Option<String> {
        let path = self.path(name)?;
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) => {
                let what = format!("the file cannot be read ({})", error.kind());
                self.problem(name, what, Some("check the path and its permissions".to_owned()));
                None
            }
        }
    }

    /// A nested table.
    pub fn table(&self, name: &str, keys: &[Key]) -> Option<Reader<'a>> {
        let value = self.table.get(name)?;
        let Setting::Table(table) = &value.setting else {
            self.problem(name, format!("is {}", value.setting.kind()), Some("write a table".to_owned()));
            return None;
        };
        Some(Self::new(table, self.key(name), keys, self.problems))
    }

    /// A nested table as it is, for somebody else to read.
    pub fn raw_table(&self, name: &str) -> Option<&'a Table> {
        let value = self.table.get(name)?;
        if let Setting::Table(table) = &value.setting { Some(table) } else { None }
    }

    /// A list of tables (`[[name]]`); none if the key is absent.
    pub fn tables(&self, name: &str, keys: &[Key]) -> Vec<Reader<'a>> {
        let mut readers = Vec::new();
        for (index, element) in self.array(name).unwrap_or_default().iter().enumerate() {
            let path = format!("{name}[{index}]");
            match &element.setting {
                Setting::Table(table) => readers.push(Self::new(table, self.key(&path), keys, self.problems)),
                other => {
                    let what = format!("is {}", other.kind());
                    self.report(&path, element.at.clone(), what, Some(format!("write [[{}]]", self.key(name))));
                }
            }
        }
        readers
    }

    /// Whether a key that must be there is; a problem if not.
    pub fn required(&self, name: &str) -> bool {
        if !self.has(name) {
            self.problem(name, "is missing", Some(format!("add {name} = ...")));
        }
        self.has(name)
    }

    fn array(&self, name: &str) -> Option<&'a [Spanned]> {
        let value = self.table.get(name)?;
        if let Setting::Array(elements) = &value.setting {
            return Some(elements);
        }
        self.problem(name, format!("is {}", value.setting.kind()), Some("write an array".to_owned()));
        None
    }

    fn typed<T>(&self, name: &str, expected: &str, read: impl Fn(&Setting) -> Option<T>) -> Option<T> {
        let value = self.table.get(name)?;
        let read = read(&value.setting);
        if read.is_none() {
            self.problem(name, format!("is {}", value.setting.kind()), Some(format!("write {expected}")));
        }
        read
    }

    fn report(&self, name: &str, at: Option<Location>, what: impl Into<String>, fix: Option<String>) {
        self.problems.borrow_mut().push(Problem { at, key: self.key(name), what: what.into(), fix });
    }
}

fn nearest(name: &str, keys: &[Key]) -> String {
    let scored = keys.iter().map(|key| (strsim::jaro_winkler(name, key.name), key.name));
    match scored.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((score, near)) if score > 0.75 => format!("did you mean {near}?"),
        _ => {
            let names: Vec<_> = keys.iter().map(|key| key.name).collect();
            format!("known keys are {}", names.join(", "))
        }
    }
}
