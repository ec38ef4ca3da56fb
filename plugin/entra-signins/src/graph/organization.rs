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
}

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
            verified_domains: domains.into_iter().filter_map(|domain| domain.name).collect(),
        })
    }
}
