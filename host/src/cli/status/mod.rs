//! `status`: what the running program says of itself.

mod answer;
mod lines;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::exit::{CommandError, Exit};
use super::output::{print, print_json_text};
use super::run::block_on;
use super::running::{RunningArgs, Target, ask, unavailable};
use answer::Answer;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Print the program's answer, JSON, with more in it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    program: RunningArgs,
}

impl StatusArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let target = self.program.target();
        let text = block_on(fetch(&target))?;
        let answer = Answer::parse(&text, &target.base)?;
        if self.json {
            print_json_text(&text)?;
        } else {
            print(&lines::of(&answer))?;
        }
        Ok(if answer.is_well() { ExitCode::SUCCESS } else { Exit::Found.into() })
    }
}

async fn fetch(target: &Target) -> Result<String, CommandError> {
    let base = target.base.as_str();
    let client = reqwest::Client::builder().timeout(PATIENCE);
    let response = ask(target, client, |client| client.get(format!("{base}/api/v1/connectors"))).await?;
    response.text().await.map_err(|error| unavailable(base, &error))
}
