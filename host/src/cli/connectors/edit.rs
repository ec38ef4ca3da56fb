//! `connectors edit`.

use clap::Args;

use super::super::exit::CommandError;
use super::super::output::say;
use super::super::secret;
use super::settings::{OfChild, OfParent};
use super::{failed, with_secret};
use crate::connectors::{Connectors, Settings};

#[derive(Args, Debug)]
pub(super) struct EditArgs {
    /// Its name.
    name: String,
    /// Of a Microsoft 365 connector: the tenant, its GUID or a verified domain.
    #[arg(long)]
    tenant_id: Option<String>,
    /// GUID of the app registration.
    #[arg(long)]
    client_id: Option<String>,
    #[command(flatten)]
    parent: OfParent,
    /// Of a Microsoft Azure AD connector: name of its parent.
    #[arg(long)]
    connector_tenant: Option<String>,
    #[command(flatten)]
    child: OfChild,
    /// Ask for a client secret, though the change does not need one.
    #[arg(long)]
    with_secret: bool,
}

impl EditArgs {
    pub(super) fn execute(self, connectors: &Connectors) -> Result<(), CommandError> {
        let Self { name, tenant_id, client_id, parent, connector_tenant, child, with_secret: asks } = self;
        let settings = Settings { tenant_id, client_id, connector_tenant, ..Settings::default() };
        let settings = child.put_into(parent.put_into(settings));
        let secret = if asks { Some(secret::ask_for_client_secret()?) } else { None };
        let edited = with_secret(secret.as_ref(), |secret| connectors.edit(&name, None, &settings, secret))?;
        let file = edited.map_err(|error| failed(&error))?;
        say(format_args!(
            "{name}: {} is changed; a running program reads it within seconds.",
            file.display()
        ));
        Ok(())
    }
}
