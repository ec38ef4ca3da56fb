//! `validate`: what is wrong with a configuration, offline and then with the world around it.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use collector::config::GlobalOptions;
use collector::health::Finding;

use super::config_files::ConfigArgs;
use super::exit::{CommandError, Exit};
use super::output::{count, print, say, table};
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

/// One line of the answer.
struct Check {
    subject: String,
    tried: String,
    verdict: Verdict,
    way_out: Option<String>,
}

enum Verdict {
    Works,
    Failed(String),
    /// It was not tried, for this reason.
    Skipped(String),
}

impl Check {
    fn new(subject: impl Into<String>, tried: &str, outcome: Result<(), String>) -> Self {
        let verdict = outcome.err().map_or(Verdict::Works, Verdict::Failed);
        Self { subject: subject.into(), tried: tried.to_owned(), verdict, way_out: None }
    }

    fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        let way_out = finding.way_out.map(|way_out| match way_out.url {
            Some(url) => format!("{} {url}", way_out.text),
            None => way_out.text,
        });
        let outcome = finding.problem.map_or(Ok(()), Err);
        Self { way_out, ..Self::new(finding.subject, &finding.tried, outcome) }
    }
}

impl ValidateArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let (files, config) = self.config.load()?;
        for note in &config.notes {
            say(format_args!("note: {note}"));
        }
        let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
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
    Check { verdict: Verdict::Skipped(why), ..Check::new("sources", "connectors", Ok(())) }
}

fn in_lines(checks: &[Check]) -> String {
    let row = |check: &Check| {
        let (verdict, why) = match &check.verdict {
            Verdict::Works => ("ok", ""),
            Verdict::Failed(problem) => ("failed", problem.as_str()),
            Verdict::Skipped(why) => ("not tried", why.as_str()),
        };
        vec![check.subject.clone(), check.tried.clone(), verdict.to_owned(), why.to_owned()]
    };
    let rows: Vec<_> = checks.iter().map(row).collect();
    table(&rows) + &ways_out(checks)
}

/// Each way out once, with everything that it helps.
fn ways_out(checks: &[Check]) -> String {
    let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in checks.iter().filter(|check| check.failed()) {
        let Some(way_out) = check.way_out.as_deref() else { continue };
        match known.iter_mut().find(|(known, _)| *known == way_out) {
            Some((_, subjects)) if subjects.contains(&check.subject.as_str()) => {}
            Some((_, subjects)) => subjects.push(&check.subject),
            None => known.push((way_out, vec![&check.subject])),
        }
    }
    let shown = |(way_out, subjects): (&str, Vec<&str>)| {
        format!("\n{}: {}\n", line(&subjects.join(", ")), line(way_out))
    };
    known.into_iter().map(shown).collect()
}
