//! How often each connector can be polled, so that everything fits into Microsoft's limits: settled and said before anything runs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{AzureAd, EntraSigninsConfig, Microsoft365, Strategy, WhichIdentity};
use crate::schedule::{AppKey, Demand, Limits, Polls};

#[cfg(test)]
mod tests;

/// The intervals of a source.
#[derive(Debug)]
pub(super) struct Plan {
    limits: Limits,
    apps: BTreeMap<AppKey, Demand>,
    /// What each is called.
    names: BTreeMap<AppKey, String>,
}

impl Plan {
    pub(super) fn of(config: &EntraSigninsConfig) -> Self {
        let limits = config.limits();
        let mut tenants: BTreeMap<AppKey, Vec<Vec<Polls>>> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for parent in config.microsoft_365.iter().filter(|parent| !parent.unlimited_requests) {
            let polls = |child: &AzureAd| Polls {
                streams: child.sign_in_event_types.len(),
                interval: child.poll_interval,
            };
            names.entry(app(parent)).or_insert_with(|| name(parent));
            tenants.entry(app(parent)).or_default().push(parent.azure_ad.iter().map(polls).collect());
        }
        let apps = tenants.into_iter().map(|(app, tenants)| (app, limits.demand(&tenants)));
        Self { limits, apps: apps.collect(), names }
    }

    /// The configured interval or, with a remark, the shortest that fits.
    pub(super) fn interval(&self, parent: &Microsoft365, child: &AzureAd) -> (Duration, Option<String>) {
        let configured = child.poll_interval;
        let Some(demand) = self.apps.get(&app(parent)).filter(|_| !parent.unlimited_requests) else {
            return (configured, None);
        };
        let of_tenant = self.limits.shortest_poll(streams(parent));
        let of_app = demand.shortest.unwrap_or_default();
        let shortest = of_tenant.max(of_app);
        if configured >= shortest {
            return (configured, None);
        }
        let whose = if of_app > of_tenant { "app registration" } else { "tenant" };
        let remark = format!(
            "poll_interval_secs is stretched to {}: shorter ones would use up Microsoft's requests for this {whose}",
            shortest.as_secs()
        );
        (shortest, Some(remark))
    }

    /// What the app registration of this parent has to do and may do; `None` where nothing limits it.
    pub(super) fn remark_of(&self, parent: &Microsoft365) -> Option<String> {
        let app = app(parent);
        self.apps.get(&app).filter(|_| !parent.unlimited_requests).map(|demand| remark(&name(parent), demand))
    }

    /// What each app registration has to do and may do, a sentence each.
    pub(super) fn remarks(&self) -> Vec<String> {
        self.apps.iter().zip(self.names.values()).map(|((_, demand), name)| remark(name, demand)).collect()
    }
}

fn app(parent: &Microsoft365) -> AppKey {
    AppKey {
        graph_origin: parent.endpoints.graph.origin().ascii_serialization(),
        client_id: parent.client_id,
    }
}

/// What somebody who reads the configuration knows it by.
fn name(parent: &Microsoft365) -> String {
    match &parent.credential.strategy {
        Strategy::ManagedIdentity(identity) if !matches!(identity.which, WhichIdentity::ClientId(_)) => {
            format!("managed identity of {}", parent.name)
        }
        _ => format!("app registration {}", parent.client_id),
    }
}

fn streams(parent: &Microsoft365) -> usize {
    parent.azure_ad.iter().map(|child| child.sign_in_event_types.len()).sum()
}

fn remark(name: &str, demand: &Demand) -> String {
    let Demand { tenants, streams, needed, allowed, shortest } = demand;
    let fits = match shortest {
        None => "which fits; the rest is for history and re-reads".to_owned(),
        Some(shortest) => format!(
            "which is more than the half that polls may take: intervals below {} s are stretched to it. Spread the tenants over more \
             app registrations, or raise poll_interval_secs where that is good enough; several hosts that read with one app \
             registration each need their app_budget_share",
            shortest.as_secs()
        ),
    };
    format!(
        "{name}: {tenants} {} with {streams} kinds of sign-in; polling takes {needed:.2} of the {allowed:.2} requests a \
         second that Microsoft allows, {fits}.",
        if *tenants == 1 { "tenant" } else { "tenants" },
    )
}
