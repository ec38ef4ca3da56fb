//! Which configuration files a command reads.

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{CommandError, Exit};
use super::registry;
use crate::config::{HostConfig, process_environment};

/// Where the configuration is looked for if nobody says.
const PLACES: [&str; 2] = ["entra-signins.toml", "/etc/entra-signins/entra-signins.toml"];

#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    /// Configuration file. Several (-c again, or with commas between them) are read as one. Default: entra-signins.toml
    /// here, else /etc/entra-signins/entra-signins.toml.
    #[arg(
        short,
        long = "config",
        global = true,
        value_name = "FILE",
        env = "ENTRA_SIGNINS_CONFIG",
        value_delimiter = ','
    )]
    pub(crate) config: Vec<PathBuf>,
}

impl ConfigArgs {
    /// The files that were named, or the first of the usual ones that is there; none is an error.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, CommandError> {
        self.files_if_any().ok_or_else(|| {
            let places = PLACES.join(" nor ");
            let message = format!(
                "there is no configuration: neither {places} exists; name one with -c FILE, \
                 or write one with `entra-signins generate > entra-signins.toml`"
            );
            CommandError::new(Exit::Config, message)
        })
    }

    /// The same, where a command can do without.
    pub(crate) fn files_if_any(&self) -> Option<Vec<PathBuf>> {
        if !self.config.is_empty() {
            return Some(self.config.clone());
        }
        PLACES.into_iter().map(Path::new).find(|place| place.exists()).map(|place| vec![place.to_owned()])
    }

    /// Reads and checks them.
    pub(crate) fn load(&self) -> Result<(Vec<PathBuf>, HostConfig), CommandError> {
        let files = self.files()?;
        let config = registry::load(&files, &process_environment)?;
        Ok((files, config))
    }
}
