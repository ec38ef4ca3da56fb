//! The kinds of components that this program is built with: the one place that names a source.

use collector::config::SourceDescription;
use collector::settings::Problems;

use crate::config::{Components, Environment, HostConfig};
use crate::sinks;

/// Kinds of sources.
pub(crate) const SOURCES: &[SourceDescription] = &[entra_signins::source::DESCRIPTION];

/// Reads these files with every kind of component known.
pub(crate) fn load(
    files: &[std::path::PathBuf],
    environment: Environment<'_>,
) -> Result<HostConfig, Problems> {
    HostConfig::load(files, environment, Components { sources: SOURCES, sinks: sinks::DESCRIPTIONS })
}
