//! `connectors add`.

use clap::{Args, Subcommand};

use super::super::exit::CommandError;
use super::super::output::say;
use super::super::secret;
use super::failed;
use crate::connectors::{AzureAd, Connectors, Microsoft365, New};

#[derive(Debug, Subcommand)]
pub(super) enum Add {
    /// A parent connector: the access to one Azure tenant. Its client secret is asked for and kept encrypted.
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
    /// The tenant's name in events. Default: looked up.
    #[arg(long)]
    tenant_name: Option<String>,
    /// global, us_government, us_government_dod or china.
    #[arg(long)]
    cloud: Option<String>,
    /// URL of the identity platform instead of the cloud's.
    #[arg(long)]
    login_endpoint: Option<String>,
    /// URL of Graph instead of the cloud's.
    #[arg(long)]
    graph_endpoint: Option<String>,
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
    /// Kinds to read, with commas between them. Default: all.
    #[arg(long, value_delimiter = ',')]
    sign_in_event_types: Vec<String>,
    /// Where to begin: now, an age such as 24h, or a time.
    #[arg(long)]
    start: Option<String>,
    /// Seconds between reads of the newest sign-ins.
    #[arg(long)]
    poll_interval_secs: Option<i64>,
    /// Id of the source that it belongs to. Default: the only one.
    #[arg(long)]
    source: Option<String>,
}

impl Add {
    pub(super) fn execute(self, connectors: &Connectors) -> Result<(), CommandError> {
        let (new, next) = match self {
            Self::Microsoft365(args) => {
                let name = args.name.clone();
                let next = format!(
                    "Next: entra-signins connectors add azure-ad NAME --connector-tenant {name}. `entra-signins status` says when \
                     an administrator has to consent, and where."
                );
                (New::Microsoft365(Box::new(args.asked()?)), next)
            }
            Self::AzureAd(args) => {
                (New::AzureAd(args.into()), "Next: `entra-signins status` shows how it stands.".to_owned())
            }
        };
        let file = connectors.add(&new).map_err(|error| failed(&error))?;
        say(format_args!(
            "It stands in {}; a running program reads it within seconds.\n{next}",
            file.display()
        ));
        Ok(())
    }
}

impl Microsoft365Args {
    fn asked(self) -> Result<Microsoft365, CommandError> {
        Ok(Microsoft365 {
            name: self.name,
            source: self.source,
            tenant_id: self.tenant_id,
            tenant_name: self.tenant_name,
            client_id: self.client_id,
            client_secret: Some(secret::ask("Client secret: ")?),
            cloud: self.cloud,
            login_endpoint: self.login_endpoint,
            graph_endpoint: self.graph_endpoint,
        })
    }
}

impl From<AzureAdArgs> for AzureAd {
    fn from(args: AzureAdArgs) -> Self {
        Self {
            name: args.name,
            source: args.source,
            connector_tenant: args.connector_tenant,
            sign_in_event_types: args.sign_in_event_types,
            start: args.start,
            poll_interval_secs: args.poll_interval_secs,
        }
    }
}
