//! What stands in the files that a component's table names.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use collector::settings::{Location, Setting, Table};

/// Stands for the content of every file that a key `..._file` of a table names: a secret that is renewed in its
/// file, or a certificate, is a change of the component, though its table is the same. Lives in memory alone; `Debug`
/// does not show it, since it is made of secrets.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Contents(u64);

impl Contents {
    pub(super) fn of(table: &Table) -> Self {
        let mut hasher = DefaultHasher::new();
        add(table, &mut hasher);
        Self(hasher.finish())
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents")
    }
}

fn add(table: &Table, hasher: &mut DefaultHasher) {
    for (name, value) in &table.entries {
        match &value.setting {
            Setting::String(path) if name.ends_with("_file") => {
                let directory = value.at.as_ref().map(Location::directory).unwrap_or_default();
                std::fs::read(directory.join(path)).ok().hash(hasher);
            }
            Setting::Table(table) => add(table, hasher),
            Setting::Array(elements) => elements.iter().for_each(|element| {
                if let Setting::Table(table) = &element.setting {
                    add(table, hasher);
                }
            }),
            Setting::String(_) | Setting::Integer(_) | Setting::Float(_) | Setting::Boolean(_) => {}
        }
    }
}
