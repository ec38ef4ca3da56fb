//! `GET /v1.0/organization`: who the tenant is. Needs more than AuditLog.Read.All, so it may well be refused.

use serde::Deserialize;

use crate::config::TenantId;

/// The tenant as it calls itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Organization {
    /// The tenant's GUID.
    pub id: Option<TenantId>,
    /// Its name.
    pub display_name: Option<String>,
    /// Its verified domains, the default one first.
    pub verified_domains: Vec<String>,
    /// Its licences of those that sign-ins need, `None` if it does not say: `Entra ID P1`, `Entra ID P2`.
    pub licences: Option<Vec<&'static str>>,
}

/// The service plans with which a tenant may read sign-ins.
const PREMIUM: [(&str, &str); 2] = [
    ("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "Entra ID P1"),
    ("eec0eb4f-6444-4f95-aba0-50c24d67f998", "Entra ID P2"),
];
/// A plan in these states is one that the tenant has; `Warning` is a time of grace.
const IN_FORCE: [&str; 2] = ["Enabled", "Warning"];

#[derive(Deserialize)]
struct Envelope {
    value: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    id: Option<String>,
    display_name: Option<String>,
    verified_domains: Option<Vec<Domain>>,
    assigned_plans: Option<Vec<Plan>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    service_plan_id: Option<String>,
    capability_status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    name: Option<String>,
    is_default: Option<bool>,
}

impl Organization {
    /// The one organization of an answer's body; `None` if the body is no such answer.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let written = serde_json::from_slice::<Envelope>(body).ok()?.value.into_iter().next()?;
        let mut domains = written.verified_domains.unwrap_or_default();
        domains.sort_by_key(|domain| domain.is_default != Some(true));
        Some(Self {
            id: written.id.and_then(|id| id.parse().ok()),
            display_name: written.display_name.filter(|name| !name.trim().is_empty()),
            licences: written.assigned_plans.map(|plans| licences(&plans)),
            verified_domains: domains.into_iter().filter_map(|domain| domain.name).collect(),
        })
    }
}

fn licences(plans: &[Plan]) -> Vec<&'static str> {
    let has = |id: &str| {
        let in_force =
            |plan: &&Plan| plan.capability_status.as_deref().is_some_and(|word| IN_FORCE.contains(&word));
        let mut plans = plans.iter().filter(in_force);
        plans.any(|plan| plan.service_plan_id.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(id)))
    };
    PREMIUM.iter().filter(|(id, _)| has(id)).map(|(_, name)| *name).collect()
}
