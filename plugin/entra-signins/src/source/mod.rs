//! The source as a host sees it: configuration in, a future that runs until it is asked to stop out.

mod access;
mod asked;
mod authorize;
mod examine;
mod facts;
mod herald;
mod hours;
mod housekeeper;
mod late_log;
mod parent;
mod plan;
mod probe;
mod progress;
mod reconcile;
mod reporter;
mod shared;
mod supervisor;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use collector::config::{
    BuildError, ComponentKey, GlobalOptions, ProxyConfig, Source, SourceConfig, SourceContext,
    SourceDescription, SourceOutput,
};
use collector::health::Finding;
use collector::schema::Schemas;
use collector::settings::{Problems, Table};

use crate::cato;
use crate::clock::Clock;
use crate::config::{EXAMPLE, EntraSigninsConfig};
use crate::schedule::Limits;
use crate::schema;
use crate::state::State;
use plan::Plan;
use supervisor::Supervisor;

/// The source's `type`.
pub const NAME: &str = "entra_signins";

/// The application of parents, in Cato's words.
const PARENT: &str = "Microsoft 365";
/// That of the connectors below them.
const CHILD: &str = "Microsoft Azure AD";

/// What a host registers.
pub const DESCRIPTION: SourceDescription = SourceDescription {
    name: NAME,
    description: "Microsoft Entra ID sign-ins of any number of tenants, as Cato Application Sign-in events",
    example: EXAMPLE,
    configure,
};

fn configure(table: &Table) -> Result<Box<dyn SourceConfig>, Problems> {
    Ok(Box::new(EntraSigninsConfig::from_table(table)?))
}

#[async_trait]
impl SourceConfig for EntraSigninsConfig {
    async fn build(&self, cx: SourceContext) -> Result<Source, BuildError> {
        let directory = cx.globals.resolve_and_make_data_subdir(&cx.key)?;
        let state = State::open(&directory.join("state.db"))?;
        let supervisor =
            Supervisor::new(self.clone(), cx, state, Clock::system(), self.limits(), &directory)?;
        Ok(Box::pin(supervisor.run()))
    }

    async fn probe(&self, key: &ComponentKey, globals: &GlobalOptions, proxy: &ProxyConfig) -> Vec<Finding> {
        probe::probe(self, key, globals, proxy).await
    }

    fn outputs(&self) -> Vec<SourceOutput> {
        let fields = cato::fields().iter().map(|field| (field.name, field.meaning));
        vec![SourceOutput::new_logs(fields.collect())]
    }

    fn can_acknowledge(&self) -> bool {
        true
    }

    fn remarks(&self) -> Vec<String> {
        let nothing =
            "nothing is read yet; add a connector: entra-signins connectors add microsoft-365, then azure-ad";
        let is_idle = self.microsoft_365.iter().all(|parent| parent.azure_ad.is_empty());
        is_idle.then(|| nothing.to_owned()).into_iter().chain(Plan::of(self).remarks()).collect()
    }

    fn schemas(&self) -> Schemas {
        schema::schemas()
    }
}

impl EntraSigninsConfig {
    fn limits(&self) -> Limits {
        Limits::MICROSOFT.share(self.app_budget_share)
    }
}
