//! `connectors authorize`: having somebody sign in for a connector of the running program.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use crate::api::authorize::{Ask, Step};
use crate::cli::config_files::ConfigArgs;
use crate::cli::exit::{CommandError, Exit};
use crate::cli::output::{print, say};
use crate::cli::run::block_on;
use crate::cli::running::{Target, ask_for_lines, for_people};

#[derive(Args, Debug)]
pub(super) struct AuthorizeArgs {
    /// The connector's name.
    name: String,
    /// Sign in with a code, though a browser that comes back to the console would do as well.
    #[arg(long)]
    device_code: bool,
    /// Where the program listens, as for `status`.
    #[arg(long, value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    api: Option<String>,
}

impl AuthorizeArgs {
    pub(super) fn execute(self, config: &ConfigArgs) -> Result<ExitCode, CommandError> {
        let target = Target::of(config, self.api.as_deref());
        let ask = Ask { connector: self.name, application: None, device_code: self.device_code };
        let mut last = None;
        block_on(ask_for_lines(&target, "/api/v1/authorize", &ask, |_, step: Step| {
            if let Step::EnterCode { open, user_code, expires_in_secs } = &step {
                print(&format!("Open {open} in any browser and enter the code {user_code}\n"))?;
                let minutes = Duration::from_secs(*expires_in_secs).as_secs().div_ceil(60);
                say(format_args!("Waiting, for {minutes} minutes at most ..."));
            }
            last = Some(step);
            Ok(())
        }))?;
        ended(last, &ask.connector, &target.base)
    }
}

fn ended(last: Option<Step>, name: &str, base: &str) -> Result<ExitCode, CommandError> {
    let not_authorized = |message: String| Err(CommandError::new(Exit::Found, message));
    match last {
        Some(Step::Granted { tenant_id, permissions, missing }) if missing.is_empty() => {
            print(&format!("{name} is authorized: tenant {tenant_id}, {}\n", permissions.join(", ")))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Step::Granted { missing, .. }) => not_authorized(format!(
            "{name} lacks {}: add it to the app registration as a delegated permission of Microsoft Graph, and authorize again",
            missing.join(", ")
        )),
        Some(Step::OpenConsole) => {
            print(&format!(
                "Open {}/ in a browser, log in, open the connector {name} and press Authorize\n",
                for_people(base)
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Step::Unknown) => {
            let message = format!("no source runs that has a connector {name} to be authorized");
            Err(CommandError::new(Exit::Usage, message))
        }
        Some(Step::Failed { message, way_out }) => {
            let way_out = way_out.map(|way_out| format!("; {}", way_out.text)).unwrap_or_default();
            not_authorized(format!("{name} is not authorized: {message}{way_out}"))
        }
        Some(Step::EnterCode { .. }) | None => {
            not_authorized(format!("{name} is not authorized: the program has stopped meanwhile"))
        }
    }
}
