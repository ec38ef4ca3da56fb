//! Reading a table: its keys, its problems, and the tables inside it.

use std::cell::RefCell;

use super::{Location, Problem, Problems, Setting, Spanned, Table};

/// A key that a table may have.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key as it is written.
    pub name: &'static str,
    /// One line on what it means, with its unit and default.
    pub doc: &'static str,
}

/// Reads one table. Readers of nested tables share the list of problems.
///
/// Every getter answers `None` both for a key that is absent and for one that has a problem; [`Self::has`] tells
/// them apart where that matters.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    table: &'a Table,
    path: String,
    problems: &'a RefCell<Problems>,
}

impl<'a> Reader<'a> {
    /// A reader of the table at this key path; keys that it may not have are problems at once.
    pub fn new(
        table: &'a Table,
        path: impl Into<String>,
        keys: &[Key],
        problems: &'a RefCell<Problems>,
    ) -> Self {
        let reader = Self { table, path: path.into(), problems };
        reader.only(keys);
        reader
    }

    /// Reports every key that is not one of these.
    pub fn only(&self, keys: &[Key]) {
        for (name, value) in &self.table.entries {
            if !keys.iter().any(|key| key.name == name) {
                let names: Vec<_> = keys.iter().map(|key| key.name).collect();
                let fix = nearest(name, &names).map_or_else(
                    || format!("known keys are {}", names.join(", ")),
                    |near| format!("did you mean {near}?"),
                );
                self.report(name, value.at.clone(), "unknown key", Some(fix));
            }
        }
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

    /// Where this key stands, in words for a message about another one.
    pub fn place(&self, name: &str) -> String {
        self.location(name).map_or_else(|| self.key(name), |at| at.to_string())
    }

    /// Adds a problem of this key, at its place.
    pub fn problem(&self, name: &str, what: impl Into<String>, fix: Option<String>) {
        self.report(name, self.location(name), what, fix);
    }

    /// Whether a key that must be there is; a problem if not.
    pub fn required(&self, name: &str) -> bool {
        if !self.has(name) {
            self.problem(name, "is missing", Some(format!("add {name} = ...")));
        }
        self.has(name)
    }

    /// A nested table.
    pub fn table(&self, name: &str, keys: &[Key]) -> Option<Self> {
        let reader = self.open_table(name)?;
        reader.only(keys);
        Some(reader)
    }

    /// A nested table whose keys depend on what it holds: the caller checks them with [`Self::only`].
    pub fn open_table(&self, name: &str) -> Option<Self> {
        let value = self.table.get(name)?;
        let Setting::Table(table) = &value.setting else {
            self.problem(name, format!("is {}", value.setting.kind()), Some("write a table".to_owned()));
            return None;
        };
        Some(Self { table, path: self.key(name), problems: self.problems })
    }

    /// A nested table as it is, for somebody else to read.
    pub fn raw_table(&self, name: &str) -> Option<&'a Table> {
        let value = self.table.get(name)?;
        if let Setting::Table(table) = &value.setting { Some(table) } else { None }
    }

    /// A list of tables (`[[name]]`); none if the key is absent.
    pub fn tables(&self, name: &str, keys: &[Key]) -> Vec<Self> {
        let fix = || Some(format!("begin each one with a line [[...{name}]]"));
        let elements = match self.table.get(name).map(|value| &value.setting) {
            None => return Vec::new(),
            Some(Setting::Array(elements)) => elements,
            Some(other) => {
                self.problem(name, format!("is {}", other.kind()), fix());
                return Vec::new();
            }
        };
        let mut readers = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let path = format!("{name}[{index}]");
            match &element.setting {
                Setting::Table(table) => readers.push(Self::new(table, self.key(&path), keys, self.problems)),
                other => self.report(&path, element.at.clone(), format!("is {}", other.kind()), fix()),
            }
        }
        readers
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Spanned> {
        self.table.get(name)
    }

    pub(super) fn report(
        &self,
        name: &str,
        at: Option<Location>,
        what: impl Into<String>,
        fix: Option<String>,
    ) {
        self.problems.borrow_mut().push(Problem { at, key: self.key(name), what: what.into(), fix });
    }
}

/// The word that somebody who wrote `word` most likely meant, if any is near.
pub fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    let scored = words.iter().map(|known| (strsim::jaro_winkler(word, known), *known));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.75).map(|(_, known)| known)
}
