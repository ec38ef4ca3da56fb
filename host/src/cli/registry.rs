//! The kinds of components that this program is built with: the one place that names a source.

use collector::config::SourceDescription;
use collector::settings::Problems;

use crate::config::connectors::{Candidate, Made, Using};
use crate::config::{Components, Environment, HostConfig};
use crate::sinks;

/// Kinds of sources.
pub(crate) const SOURCES: &[SourceDescription] = &[entra_signins::source::DESCRIPTION];

/// The same, as it would be with this file of a connector.
pub(crate) fn load_with(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
    candidate: Option<&Candidate>,
) -> Result<HostConfig, Problems> {
    load_using(files, environment, candidate.map_or(Using::AsTheyAre, Using::Candidate))
}

/// The same, again: a connector whose file has got a mistake stays as it was before.
pub(crate) fn load_again(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
    before: &Made,
) -> Result<HostConfig, Problems> {
    load_using(files, environment, Using::Before(before))
}

fn load_using(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
    using: Using<'_>,
) -> Result<HostConfig, Problems> {
    let known = Components { sources: SOURCES, sinks: sinks::DESCRIPTIONS };
    HostConfig::load_using(files, environment, known, using)
}

/// Reads these files with every kind of component known.
pub(crate) fn load(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
) -> Result<HostConfig, Problems> {
    load_with(files, environment, None)
}
