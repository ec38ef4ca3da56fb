//! The kinds of components that this program is built with: the one place that names a source.

use collector::config::SourceDescription;
use collector::settings::{Problem, Problems, Table};

use crate::config::{Components, Environment, HostConfig};
use crate::encoding::Inputs;
use crate::sinks;

/// Kinds of sources.
pub(crate) const SOURCES: &[SourceDescription] = &[entra_signins::source::DESCRIPTION];

/// Reads these files with every kind of component known.
pub(crate) fn load(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
) -> Result<HostConfig, Problems> {
    let sinks: Vec<_> = sinks::DESCRIPTIONS.iter().map(|sink| sink.name).collect();
    HostConfig::load(
        files,
        environment,
        Components { sources: SOURCES, sinks: &sinks, check_sink: &check_sink },
    )
}

fn check_sink(kind: &str, table: &Table, inputs: &Inputs) -> Problems {
    match sinks::find(kind) {
        Some(sink) => (sink.configure)(table, inputs).err().unwrap_or_default(),
        None => Problems(vec![Problem {
            at: table.at.clone(),
            key: "type".to_owned(),
            what: "is no kind of sink".to_owned(),
            fix: None,
        }]),
    }
}
