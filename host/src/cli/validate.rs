//! `validate`: what is wrong with a configuration, offline and then with the world around it.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use collector::config::GlobalOptions;

use super::checks::{Check, in_lines};
use super::config_files::ConfigArgs;
use super::exit::{CommandError, Exit};
use super::output::{count, print, say};
use super::run::block_on;
use crate::config::HostConfig;
use crate::printable::line;
use crate::private;
use crate::topology::{DataDirLock, Held};

#[derive(Args, Debug)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Check the files alone: connect to nothing, try no directory.
    #[arg(long)]
    no_environment: bool,
}

impl ValidateArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let (files, config) = self.config.load()?;
        for note in &config.notes {
            say(format_args!("note: {note}"));
        }
        let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        let broken = config.made.problems();
        if !broken.0.is_empty() {
            return Err(broken.into());
        }
        let (sources, sinks) = (config.sources.len(), config.sinks.len());
        let held = format!("{}, {}", count(sources, "source"), count(sinks, "sink"));
        print(&format!("{}: valid ({held})\n", names.join(", ")))?;
        for source in &config.sources {
            let remarks = source.config.remarks();
            let remarks = remarks.iter().map(|remark| format!("{}: {}\n", source.key, line(remark)));
            print(&remarks.collect::<String>())?;
        }
        if self.no_environment {
            return Ok(ExitCode::SUCCESS);
        }
        let checks = block_on(async { Ok(check(&config).await) })?;
        print(&in_lines(&checks))?;
        let failed = checks.iter().any(Check::failed);
        Ok(if failed { Exit::Found.into() } else { ExitCode::SUCCESS })
    }
}

async fn check(config: &HostConfig) -> Vec<Check> {
    let mut checks = vec![data_dir(&config.data_dir)];
    if let Some(held) = DataDirLock::holder(&config.data_dir) {
        checks.push(not_tried(held));
    } else {
        let globals = GlobalOptions { data_dir: config.data_dir.clone() };
        for source in &config.sources {
            say(format_args!("trying source {} ...", source.key));
            let findings = source.config.probe(&source.key, &globals, &config.proxy).await;
            checks.extend(findings.into_iter().map(Check::from));
        }
    }
    for sink in &config.sinks {
        say(format_args!("trying sink {} ...", sink.key));
        let outcome = sink.config.healthcheck(&config.proxy).await;
        checks.push(Check::new(format!("sink {}", sink.key), "reachable", outcome));
    }
    checks
}

fn data_dir(path: &Path) -> Check {
    let outcome = private::check_directory(path);
    let outcome = outcome.map_err(|error| format!("{} cannot be made or written: {error}", path.display()));
    Check::new("data_dir", "writable", outcome)
}

/// Requests to Microsoft count against the same limits as those of the program that runs, and it knows how its
/// connectors stand.
fn not_tried(held: Held) -> Check {
    let why = format!(
        "{held} runs on this data directory, and Microsoft's limits hold for both: see `entra-signins status`"
    );
    Check::skipped("sources", "connectors", why)
}
