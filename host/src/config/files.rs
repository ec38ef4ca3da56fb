//! From files to one tree: reading, parsing, merging.

use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use collector::settings::{Location, Problem, Problems, Setting, Spanned, Table, from_toml};

use super::variables;

/// What all files say together.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The tree. Of a key that is set twice it has the first value.
    pub(super) table: Table,
    /// Files that cannot be read, and keys that are set twice.
    pub(super) problems: Problems,
    /// Whether every file is in it.
    pub(super) complete: bool,
}

/// Merges these files.
pub(super) fn read(files: &[PathBuf]) -> Merged {
    let mut merged = Merged { complete: true, ..Merged::default() };
    for file in files {
        match read_one(file) {
            Ok(table) => merge(&mut merged.table, table, "", &mut merged.problems),
            Err(broken) => {
                merged.problems.extend(broken);
                merged.complete = false;
            }
        }
    }
    merged
}

fn read_one(file: &Path) -> Result<Table, Problems> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
    parse(&bytes, file)
}

pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Problems {
    let what = format!("the file cannot be read ({})", error.kind());
    let fix = Some("check the path and its permissions".to_owned());
    Problems(vec![Problem { at: None, key: file.display().to_string(), what, fix }])
}

/// A file's content.
pub(super) fn parse(bytes: &[u8], file: &Path) -> Result<Table, Problems> {
    from_toml(text(bytes, file)?, file)
}

fn text<'a>(bytes: &'a [u8], file: &Path) -> Result<&'a str, Problems> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        let at = Some(Location { file: file.into(), line });
        let (what, fix) = ("is not UTF-8 text here".to_owned(), Some("save the file as UTF-8".to_owned()));
        Problems(vec![Problem { at, key: String::new(), what, fix }])
    })
}

/// Tables merge and lists of tables append; a key that two files set is a problem.
pub(super) fn merge(into: &mut Table, from: Table, path: &str, problems: &mut Problems) {
    into.at = into.at.take().or(from.at);
    for (name, value) in from.entries {
        let path = variables::join(path, &name);
        match into.entries.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(mut entry) => merge_value(entry.get_mut(), value, path, problems),
        }
    }
}

fn merge_value(old: &mut Spanned, new: Spanned, key: String, problems: &mut Problems) {
    match (&mut old.setting, new.setting) {
        (Setting::Table(old), Setting::Table(new)) => merge(old, new, &key, problems),
        (Setting::Array(old), Setting::Array(new)) if all_tables(old) && all_tables(&new) => old.extend(new),
        _ => {
            let before = old.at.as_ref().map_or_else(|| "another place".to_owned(), ToString::to_string);
            let what = format!("is set at {before} already");
            problems.push(Problem { at: new.at, key, what, fix: Some("keep one of the two".to_owned()) });
        }
    }
}

fn all_tables(elements: &[Spanned]) -> bool {
    elements.iter().all(|element| matches!(element.setting, Setting::Table(_)))
}
