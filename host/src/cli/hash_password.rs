//! `hash-password`: what stands in the configuration instead of the console's password.

use std::process::ExitCode;

use clap::Args;

use super::exit::{CommandError, Exit};
use super::output::print;
use super::secret;
use crate::access::hash_password;

#[derive(Args, Debug)]
pub(crate) struct HashPasswordArgs {}

impl HashPasswordArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let Self {} = self;
        let password = secret::ask("Password: ")?;
        if password.inner().is_empty() {
            return Err(CommandError::new(Exit::Data, "an empty password opens nothing".to_owned()));
        }
        let hash = hash_password(&password)
            .ok_or_else(|| CommandError::new(Exit::Internal, "the password cannot be hashed".to_owned()))?;
        print(&format!("{hash}\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}
