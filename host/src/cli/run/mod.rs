//! `run`: everything that is configured, until it is asked to stop.

mod operation;
mod signals;
mod watch;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tracing::{error, warn};

use super::config_files::ConfigArgs;
use super::exit::CommandError;
use super::registry;
use crate::config::connectors::{Candidate, Places};
use crate::config::{HostConfig, process_environment};
use crate::connectors::Connectors;
use crate::console::Console;
pub(crate) use operation::{Operation, bind, block_on, take};
pub(crate) use watch::Watch;

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    stop: StopArgs,
}

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct StopArgs {
    /// How long a stop may take; what has not ended by then is cut off, and the exit code is 75. Nothing acknowledged is
    /// lost.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        env = "ENTRA_SIGNINS_GRACEFUL_SHUTDOWN_LIMIT_SECS"
    )]
    graceful_shutdown_limit_secs: u64,
}

impl StopArgs {
    pub(crate) fn limit(self) -> Duration {
        Duration::from_secs(self.graceful_shutdown_limit_secs)
    }
}

impl RunArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let watch = Watch::new(self.config.files()?);
        let config = registry::load(watch.files(), &process_environment)?;
        let watch = watch.beside(config.connectors_dir());
        for note in &config.notes {
            warn!("{note}");
        }
        for aside in config.made.aside() {
            error!("{aside}");
        }
        let lock = take(&config)?;
        block_on(async move {
            let api = if config.api.enabled { Some(bind(&config.api).await?) } else { None };
            let console = console(watch.files(), &config);
            Operation { config, lock, watch, limit: self.stop.limit(), max_events: None, api, console }
                .run()
                .await
        })
    }
}

/// Pages with which connectors of these files' configuration can be made.
pub(crate) fn console(files: &[PathBuf], config: &HostConfig) -> Console {
    let files = files.to_vec();
    let load =
        move |candidate: Option<&Candidate>| registry::load_with(&files, &process_environment, candidate);
    let connectors = Connectors::new(Places::of_config(config), load);
    Console::new(Some(Arc::new(connectors)), config.api.public_url.clone())
}
