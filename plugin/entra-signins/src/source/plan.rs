//! How often each connector can be polled, so that everything fits into Microsoft's limits: settled and said before anything runs.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::collect::together::USER_KINDS;
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

/// How often the kinds of a connector are polled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Intervals {
    /// While each is read in a request of its own.
    pub(super) apart: Duration,
    /// While one request lists both user kinds.
    pub(super) together: Duration,
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
    pub(super) fn intervals(&self, parent: &Microsoft365, child: &AzureAd) -> (Intervals, Option<String>) {
        let configured = child.poll_interval;
        let Some(demand) = self.apps.get(&app(parent)).filter(|_| !parent.unlimited_requests) else {
            return (Intervals { apart: configured, together: configured }, None);
        };
        let (streams, of_app) = (streams(parent), demand.shortest.unwrap_or_default());
        let of_tenant = self.limits.shortest_poll(streams);
        let of_tenant_together = self.limits.shortest_poll(streams - usize::from(has_pair(child)));
        let intervals = Intervals {
            apart: configured.max(of_tenant).max(of_app),
            together: configured.max(of_tenant_together).max(of_app),
        };
        let remark = (intervals.apart > configured).then(|| {
            let whose = if of_app > of_tenant { "app registration" } else { "tenant" };
            stretched(intervals, whose)
        });
        (intervals, remark)
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

/// Whether it reads both kinds of user sign-in.
fn has_pair(child: &AzureAd) -> bool {
    USER_KINDS.iter().all(|kind| child.sign_in_event_types.contains(kind))
}

fn stretched(intervals: Intervals, whose: &str) -> String {
    let Intervals { apart, together } = intervals;
    let less = if together < apart {
        format!(" ({} once one request has been seen to list both user kinds)", together.as_secs())
    } else {
        String::new()
    };
    format!(
        "poll_interval_secs is stretched to {}{less}: shorter ones would use up Microsoft's requests for this {whose}",
        apart.as_secs()
    )
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
