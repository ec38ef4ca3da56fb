//! `connectors add`.

use clap::{Args, Subcommand};

use super::super::exit::CommandError;
use super::super::output::say;
use super::super::secret;
use super::settings::{OfChild, OfParent};
use super::{failed, with_secret};
use crate::connectors::{Application, Connectors, New, Settings};

#[derive(Debug, Subcommand)]
pub(super) enum Add {
    /// A parent connector: the access to one Azure tenant. A client secret, if it needs one, is asked for and kept encrypted.
    #[command(name = "microsoft-365")]
    Microsoft365(Microsoft365Args),
    /// A sign-in connector under a parent.
    AzureAd(AzureAdArgs),
}

#[derive(Args, Debug)]
pub(super) struct Microsoft365Args {
    /// Its name, which its file has too.
    name: String,
    /// The tenant: its GUID or a verified domain.
    #[arg(long)]
    tenant_id: String,
    /// GUID of the app registration.
    #[arg(long)]
    client_id: String,
    #[command(flatten)]
    more: OfParent,
    /// With authorization_code, too, ask for a client secret: that of an app which is registered for the web.
    #[arg(long)]
    with_secret: bool,
    /// Id of the source that it belongs to. Default: the only one.
    #[arg(long)]
    source: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct AzureAdArgs {
    /// Its name, which its file has too.
    name: String,
    /// Name of its parent connector.
    #[arg(long)]
    connector_tenant: String,
    #[command(flatten)]
    more: OfChild,
    /// Id of the source that it belongs to. Default: the only one.
    #[arg(long)]
    source: Option<String>,
}

impl Add {
    pub(super) fn execute(self, connectors: &Connectors) -> Result<(), CommandError> {
        let asks = matches!(&self, Self::Microsoft365(args) if args.with_secret);
        let (new, next) = self.asked();
        let secret = if asks { Some(secret::ask_for_client_secret()?) } else { None };
        let file = with_secret(secret.as_ref(), |secret| connectors.add(&new, secret))?
            .map_err(|error| failed(&error))?;
        say(format_args!(
            "It stands in {}; a running program reads it within seconds.\n{next}",
            file.display()
        ));
        Ok(())
    }

    fn asked(self) -> (New, String) {
        match self {
            Self::Microsoft365(args) => {
                let next = format!(
                    "Next: entra-signins connectors add azure-ad NAME --connector-tenant {}. `entra-signins status` says when an \
                     administrator has to consent or a user to sign in, and where.",
                    args.name
                );
                (args.into(), next)
            }
            Self::AzureAd(args) => {
                (args.into(), "Next: `entra-signins status` shows how it stands.".to_owned())
            }
        }
    }
}

impl From<Microsoft365Args> for New {
    fn from(args: Microsoft365Args) -> Self {
        let settings = Settings {
            tenant_id: Some(args.tenant_id),
            client_id: Some(args.client_id),
            ..Settings::default()
        };
        Self {
            application: Application::Microsoft365,
            name: args.name,
            source: args.source,
            settings: args.more.put_into(settings),
        }
    }
}

impl From<AzureAdArgs> for New {
    fn from(args: AzureAdArgs) -> Self {
        let settings = Settings { connector_tenant: Some(args.connector_tenant), ..Settings::default() };
        Self {
            application: Application::AzureAd,
            name: args.name,
            source: args.source,
            settings: args.more.put_into(settings),
        }
    }
}
