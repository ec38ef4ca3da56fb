//! The kinds of components that this program is built with: the one place that names a source.

use collector::config::SourceDescription;
use collector::settings::Problems;

use crate::config::connectors::Candidate;
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
    let known = Components { sources: SOURCES, sinks: sinks::DESCRIPTIONS };
    HostConfig::load_with(files, environment, known, candidate)
}

/// Reads these files with every kind of component known.
pub(crate) fn load(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
) -> Result<HostConfig, Problems> {
    load_with(files, environment, None)
}
