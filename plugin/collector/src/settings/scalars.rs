//! Reading values: text, words, numbers, lists of them.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{Location, Reader, Setting, Spanned, nearest};

const MALFORMED: &str = "is malformed";

impl<'a> Reader<'a> {
    /// A string.
    pub fn string(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A string that must be there and not empty.
    pub fn required_string(&self, name: &str) -> Option<String> {
        if !self.required(name) {
            return None;
        }
        let text = self.text(name)?;
        if text.trim().is_empty() {
            self.problem(name, "is empty", Some("write a value".to_owned()));
            return None;
        }
        Some(text.to_owned())
    }

    /// Something made from a string; `expected` says what to write, such as `a GUID`.
    pub fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Option<T> {
        let parsed = self.text(name)?.parse().ok();
        if parsed.is_none() {
            self.problem(name, MALFORMED, Some(format!("write {expected}")));
        }
        parsed
    }

    /// A list of things made from strings; `expected` says what each is.
    pub fn parsed_list<T: FromStr>(&self, name: &str, expected: &str) -> Option<Vec<T>> {
        let mut list = Vec::new();
        for (index, (text, at)) in self.strings(name)?.into_iter().enumerate() {
            if let Ok(parsed) = text.parse() {
                list.push(parsed);
            } else {
                self.report(&format!("{name}[{index}]"), at, MALFORMED, Some(format!("write {expected}")));
            }
        }
        Some(list)
    }

    /// One of these words.
    pub fn one_of<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = choice(text, choices);
        if found.is_none() {
            self.problem(name, "is no known word", Some(suggestion(text, choices)));
        }
        found
    }

    /// A list of these words, each at most once and at least one.
    pub fn some_of<T: Copy + PartialEq>(&self, name: &str, choices: &[(&str, T)]) -> Option<Vec<T>> {
        let strings = self.strings(name)?;
        if strings.is_empty() {
            let fix = format!("write one or more of {}", quoted(choices));
            self.problem(name, "is empty", Some(fix));
            return None;
        }
        let mut found = Vec::with_capacity(strings.len());
        for (index, (text, at)) in strings.into_iter().enumerate() {
            let element = format!("{name}[{index}]");
            match choice(&text, choices) {
                Some(word) if found.contains(&word) => {
                    self.report(&element, at, "stands twice", Some("remove one of the two".to_owned()));
                }
                Some(word) => found.push(word),
                None => self.report(&element, at, "is no known word", Some(suggestion(&text, choices))),
            }
        }
        Some(found)
    }

    /// An integer in this range.
    pub fn integer(&self, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let number = self.typed(name, "an integer", |setting| {
            if let Setting::Integer(number) = setting { Some(*number) } else { None }
        })?;
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
        self.typed(name, "true or false", |setting| {
            if let Setting::Boolean(truth) = setting { Some(*truth) } else { None }
        })
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

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let value = self.get(name)?;
        if let Setting::String(text) = &value.setting {
            return Some(text);
        }
        self.problem(name, format!("is {}", value.setting.kind()), Some("write a string".to_owned()));
        None
    }

    fn array(&self, name: &str) -> Option<&'a [Spanned]> {
        let value = self.get(name)?;
        if let Setting::Array(elements) = &value.setting {
            return Some(elements);
        }
        self.problem(name, format!("is {}", value.setting.kind()), Some("write an array".to_owned()));
        None
    }

    fn typed<T>(&self, name: &str, expected: &str, read: impl Fn(&Setting) -> Option<T>) -> Option<T> {
        let value = self.get(name)?;
        let read = read(&value.setting);
        if read.is_none() {
            self.problem(name, format!("is {}", value.setting.kind()), Some(format!("write {expected}")));
        }
        read
    }
}

fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Option<T> {
    choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice)
}

fn suggestion<T>(text: &str, choices: &[(&str, T)]) -> String {
    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
    match nearest(text, &words) {
        Some(near) => format!("did you mean \"{near}\"? Known are {}", quoted(choices)),
        None => format!("write one of {}", quoted(choices)),
    }
}

fn quoted<T>(choices: &[(&str, T)]) -> String {
    let words: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    words.join(", ")
}
