//! The tree itself.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a value stands in a file; ordered by file, then line.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub struct Location {
    /// The file as the user named it.
    pub file: Arc<Path>,
    /// The line, from 1.
    pub line: usize,
}

impl Location {
    /// The directory that relative paths in this file start from.
    pub fn directory(&self) -> PathBuf {
        self.file.parent().map(Path::to_path_buf).unwrap_or_default()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A value as the file has it. `Debug` shows its kind alone: it may be a secret.
#[derive(Clone, PartialEq)]
pub enum Setting {
    /// Text, with variables replaced.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A list.
    Array(Vec<Spanned>),
    /// A nested table.
    Table(Table),
}

impl Setting {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(elements) => elements.fmt(f),
            Self::Table(table) => table.fmt(f),
            Self::String(_) | Self::Integer(_) | Self::Float(_) | Self::Boolean(_) => {
                f.write_str(self.kind())
            }
        }
    }
}

/// A value and where it stands. Equality looks at the value alone.
#[derive(Clone, Debug)]
pub struct Spanned {
    /// The value.
    pub setting: Setting,
    /// Where it stands; `None` if it does not come from a file.
    pub at: Option<Location>,
}

impl PartialEq for Spanned {
    fn eq(&self, other: &Self) -> bool {
        self.setting == other.setting
    }
}

/// A table and where it begins. Equality looks at its entries alone, so that moved lines change nothing.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Entries by key.
    pub entries: BTreeMap<String, Spanned>,
    /// Where the table begins.
    pub at: Option<Location>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Spanned> {
        self.entries.get(key)
    }

    /// The text of a key, if it is text.
    pub fn str(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.setting {
            Setting::String(text) => Some(text),
            Setting::Integer(_)
            | Setting::Float(_)
            | Setting::Boolean(_)
            | Setting::Array(_)
            | Setting::Table(_) => None,
        }
    }
}
