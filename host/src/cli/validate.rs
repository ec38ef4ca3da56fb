//! `validate`: what is wrong with a configuration, offline and then with the world around it.

use std::process::ExitCode;

use clap::Args;
use collector::health::Finding;

use super::config_files::ConfigArgs;
use super::exit::{CommandError, Exit};
use super::output::{count, print, say, table};
use super::run::block_on;
use super::status::ask;
use crate::config::{HostConfig, SinkSection};
use crate::sinks::{self, Inputs};
use crate::topology::{DataDirLock, Held};

#[derive(Args, Debug)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Check the files alone; connect to nothing.
    #[arg(long)]
    no_environment: bool,
}

/// One line of the answer.
struct Check {
    subject: String,
    tried: String,
    problem: Option<String>,
    way_out: Option<String>,
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        let way_out = finding.way_out.map(|way_out| match way_out.url {
            Some(url) => format!("{} {url}", way_out.text),
            None => way_out.text,
        });
        Self { subject: finding.subject, tried: finding.tried, problem: finding.problem, way_out }
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
        if self.no_environment {
            return Ok(ExitCode::SUCCESS);
        }
        let checks = block_on(async { Ok(check(&config).await) })?;
        print(&in_lines(&checks))?;
        let failed = checks.iter().any(|check| check.problem.is_some());
        Ok(if failed { Exit::Found.into() } else { ExitCode::SUCCESS })
    }
}

async fn check(config: &HostConfig) -> Vec<Check> {
    let mut checks = Vec::new();
    match DataDirLock::holder(&config.data_dir) {
        // Its requests count against the same limits; it knows how its connectors stand.
        Some(held) => checks.extend(of_running(held).await),
        None => {
            for source in &config.sources {
                say(format_args!("trying source {} ...", source.key));
                checks.extend(source.config.probe(&config.proxy).await.into_iter().map(Check::from));
            }
        }
    }
    for sink in &config.sinks {
        say(format_args!("trying sink {} ...", sink.key));
        let problem = try_sink(sink, config).await.err();
        checks.push(Check {
            subject: format!("sink {}", sink.key),
            tried: "receiver".to_owned(),
            problem,
            way_out: None,
        });
    }
    checks
}

/// What the running program says of its connectors.
async fn of_running(held: Held) -> Vec<Check> {
    let Some(api) = held.api else {
        say("note: another process runs on this data directory; its connectors are not tried, see its log");
        return Vec::new();
    };
    say(format_args!(
        "note: a process runs on this data directory; its connectors are shown as it sees them"
    ));
    match ask(&format!("http://{api}")).await {
        Ok(answer) => answer.connectors.into_iter().map(Check::from).collect(),
        Err(error) => vec![Check {
            subject: "running program".to_owned(),
            tried: "status".to_owned(),
            problem: Some(error.to_string()),
            way_out: None,
        }],
    }
}

impl From<super::status::Connector> for Check {
    fn from(connector: super::status::Connector) -> Self {
        let works = connector.is_connected();
        Self {
            subject: connector.name,
            tried: "connected".to_owned(),
            problem: (!works).then_some(connector.message),
            way_out: connector.way_out.map(|way_out| way_out.to_string()),
        }
    }
}

async fn try_sink(section: &SinkSection, config: &HostConfig) -> Result<(), String> {
    let description = sinks::find(section.kind).ok_or("there is no such kind of sink")?;
    let sources = config.sources.iter().filter(|source| section.inputs.contains(&source.key));
    let inputs: Inputs = sources.map(|source| (source.key.clone(), source.config.schemas())).collect();
    let sink = (description.configure)(&section.table, &inputs).map_err(|problems| problems.to_string())?;
    sink.healthcheck(&config.proxy).await
}

fn in_lines(checks: &[Check]) -> String {
    let mut rows = Vec::new();
    for check in checks {
        let verdict = if check.problem.is_some() { "failed" } else { "ok" };
        let problem = check.problem.clone().unwrap_or_default();
        rows.push(vec![check.subject.clone(), check.tried.clone(), verdict.to_owned(), problem]);
    }
    let ways_out = checks.iter().filter_map(|check| {
        let way_out = check.way_out.as_ref().filter(|_| check.problem.is_some())?;
        Some(format!("\n{}: {way_out}\n", check.subject))
    });
    table(&rows) + &ways_out.collect::<String>()
}
