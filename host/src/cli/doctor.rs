//! `doctor`: whether all is well that the running program's connectors and sinks depend on, with a way out where it is not.

use std::process::ExitCode;

use clap::Args;
use collector::health::Finding;

use super::checks::{Check, in_lines};
use super::exit::{CommandError, Exit};
use super::output::{print, print_json_text, say};
use super::run::block_on;
use super::running::{RunningArgs, ask_for_lines};
use crate::api::doctor::Ask;

#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    program: RunningArgs,
    /// Names of connectors. Default: all, and the sinks.
    #[arg(value_name = "NAME")]
    connectors: Vec<String>,
    /// Print every finding as JSON, one object a line, as it is made.
    #[arg(long)]
    json: bool,
}

impl DoctorArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let (target, ask) = (self.program.target(), Ask { connectors: self.connectors });
        let mut findings: Vec<Finding> = Vec::new();
        block_on(ask_for_lines(&target, "/api/v1/doctor", &ask, |line, finding: Finding| {
            if self.json {
                print_json_text(line)?;
            } else {
                say(format_args!("{}: {}", finding.subject, finding.tried));
            }
            findings.push(finding);
            Ok(())
        }))?;
        if findings.is_empty() {
            let named = ask.connectors.join(", ");
            return Err(CommandError::new(
                Exit::Temporary,
                format!("no source runs that has a connector {named}"),
            ));
        }
        // Those of one connector came in order; those of others in between.
        findings.sort_by(|a, b| a.subject.cmp(&b.subject));
        let checks: Vec<_> = findings.into_iter().map(Check::from).collect();
        if !self.json {
            print(&in_lines(&checks))?;
        }
        let failed = checks.iter().any(Check::failed);
        Ok(if failed { Exit::Found.into() } else { ExitCode::SUCCESS })
    }
}
