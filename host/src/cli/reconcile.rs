//! `reconcile`: whether anything that Microsoft shows now is missing.

mod lines;
#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use super::exit::{CommandError, Exit};
use super::output::{print, print_json_text, say};
use super::run::block_on;
use super::running::{RunningArgs, ask_for_lines};
use crate::api::reconcile::{Ask, Row};

#[derive(Args, Debug)]
pub(crate) struct ReconcileArgs {
    #[command(flatten)]
    program: RunningArgs,
    /// Where to begin: a time such as 2026-01-31T00:00:00Z, or an age such as 24h or 7d.
    #[arg(long, value_name = "TIME", default_value = "24h")]
    from: Moment,
    /// Where to end. What has just happened is still on its way.
    #[arg(long, value_name = "TIME", default_value = "15m")]
    to: Moment,
    /// Names of sign-in connectors. Default: all.
    #[arg(long, value_name = "NAME")]
    connector: Vec<String>,
    /// Fetch what is missing.
    #[arg(long)]
    repair: bool,
    /// Show the account of each hour too: records read, new, late, repeated, changed and set aside, and how often it was read whole.
    #[arg(long, conflicts_with = "json")]
    accounts: bool,
    /// Print every hour as JSON with its account, one object a line, as it is compared.
    #[arg(long)]
    json: bool,
}

/// A time, or an age.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Moment {
    At(Timestamp),
    Ago(SignedDuration),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        let age = text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
        let age =
            age.map_err(|_| "write a time such as 2026-01-31T00:00:00Z, or an age such as 24h".to_owned())?;
        Ok(Self::Ago(age.abs()))
    }
}

impl Moment {
    fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(age) => now.checked_sub(age).unwrap_or(Timestamp::MIN),
        }
    }
}

impl ReconcileArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        #[expect(clippy::disallowed_methods, reason = "a command's now is that of whoever types it")]
        let now = Timestamp::now();
        let (from, to) = (self.from.before(now), self.to.before(now));
        if from >= to {
            return Err(CommandError::new(Exit::Usage, format!("nothing lies between {from} and {to}")));
        }
        let ask = Ask { from, to, connectors: self.connector, repair: self.repair };
        let target = self.program.target();
        let mut rows: Vec<Row> = Vec::new();
        block_on(ask_for_lines(&target, "/api/v1/reconcile", &ask, |line, row: Row| {
            if self.json {
                print_json_text(line)?;
            } else {
                say(lines::progress(&row));
            }
            rows.push(row);
            Ok(())
        }))?;
        if !self.json {
            print(&lines::of(&rows, self.accounts))?;
        }
        if rows.is_empty() && ask.connectors.is_empty() {
            say("not compared: no sign-in connector runs, or none keeps anything of these hours");
        }
        let unheard = unheard_of(&ask.connectors, &rows);
        if !unheard.is_empty() {
            let names = unheard.join(", ");
            say(format_args!(
                "not compared: {names}: no sign-in connector of that name runs, or it keeps nothing of these hours"
            ));
        }
        Ok(verdict(&rows, !unheard.is_empty()))
    }
}

/// The names of connectors of which nothing came.
fn unheard_of<'n>(names: &'n [String], rows: &[Row]) -> Vec<&'n str> {
    let is_heard_of = |name: &str| rows.iter().any(|row| row.connector == name);
    names.iter().map(String::as_str).filter(|name| !is_heard_of(name)).collect()
}

/// What is missing counts most; then what could not be compared, since nobody knows what it hides.
fn verdict(rows: &[Row], lacks_connectors: bool) -> ExitCode {
    if rows.iter().any(|row| row.missing > 0) {
        return Exit::Found.into();
    }
    if lacks_connectors || rows.is_empty() || rows.iter().any(|row| row.error.is_some()) {
        return Exit::Temporary.into();
    }
    ExitCode::SUCCESS
}
