//! What a connector's file may say, which is less than the main configuration may.

use std::path::Path;

use collector::settings::{Location, Problem, Problems, Setting, Spanned, Table};

use super::secret::put_secret;
use super::{KINDS, as_table, as_table_mut};
use crate::config::variables;
use crate::secrets::Vault;

/// What this machine is to others: sent to an endpoint of somebody's choice, it would be given away.
const OF_THE_MACHINE: [&str; 2] = ["federated_token", "managed_identity"];

/// Checks a file, and puts its secret in its place.
pub(super) fn connector(
    mut read: Table,
    known: &Table,
    file: &Path,
    vault: &Vault,
) -> Result<Table, Problems> {
    let mut problems = Problems::default();
    forbid(&read, "", &mut problems);
    let mut say = |at: Option<Location>, key: &str, what: &str, fix: &str| {
        problems.push(Problem { at, key: key.to_owned(), what: what.to_owned(), fix: Some(fix.to_owned()) });
    };
    let at = read.at.clone();
    match sole(&mut read) {
        None => say(
            at,
            "",
            "is not one connector",
            "write one table [[sources.ID.microsoft_365]] or [[sources.ID.azure_ad]]",
        ),
        Some((source, connector)) => {
            let stem = file.file_stem().and_then(|stem| stem.to_str());
            if connector.str("name") != stem {
                say(connector.at.clone(), "name", "is not the name of the file", "give both the same name");
            }
            let sources = known.get("sources").and_then(as_table);
            if sources.is_none_or(|sources| sources.get(&source).is_none()) {
                let fix = "add the source to the main configuration, or name one that is there";
                say(
                    connector.at.clone(),
                    &format!("sources.{source}"),
                    "is no source of the configuration",
                    fix,
                );
            }
            if let Some(problem) = put_secret(&source, connector, vault) {
                problems.push(problem);
            }
        }
    }
    problems.or(Some(read))
}

/// The one connector that a file holds, with its source, if it holds nothing else.
pub(crate) fn sole(table: &mut Table) -> Option<(String, &mut Table)> {
    let (key, sources) = only(table)?;
    if key != "sources" {
        return None;
    }
    let (source, kinds) = only(as_table_mut(sources)?)?;
    let source = source.to_owned();
    let (kind, list) = only(as_table_mut(kinds)?)?;
    let Setting::Array(list) = &mut list.setting else { return None };
    match list.as_mut_slice() {
        [connector] if KINDS.contains(&kind) => Some((source, as_table_mut(connector)?)),
        _ => None,
    }
}

fn only(table: &mut Table) -> Option<(&str, &mut Spanned)> {
    let mut entries = table.entries.iter_mut();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key, value)),
        _ => None,
    }
}

/// What only the owner of the main configuration may write.
fn forbid(table: &Table, path: &str, problems: &mut Problems) {
    for (name, value) in &table.entries {
        let key = variables::join(path, name);
        let mut say = |what: &str, fix: &str| {
            let (what, fix) = (what.to_owned(), Some(fix.to_owned()));
            problems.push(Problem { at: value.at.clone(), key: key.clone(), what, fix });
        };
        if name.ends_with("_file") {
            say(
                "names a file, which a connector of this directory may not",
                "write it into the main configuration",
            );
        }
        match &value.setting {
            Setting::String(text) if text.contains("${") => {
                say("holds ${}, which a connector of this directory may not", "write the value itself");
            }
            Setting::String(text) if name == "strategy" && OF_THE_MACHINE.contains(&text.as_str()) => {
                let what = "is an identity of this machine, which a connector of this directory may not use";
                say(what, "write it into the main configuration");
            }
            Setting::Table(table) => forbid(table, &key, problems),
            Setting::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    if let Some(table) = as_table(element) {
                        forbid(table, &format!("{key}[{index}]"), problems);
                    }
                }
            }
            Setting::String(_) | Setting::Integer(_) | Setting::Float(_) | Setting::Boolean(_) => {}
        }
    }
}
