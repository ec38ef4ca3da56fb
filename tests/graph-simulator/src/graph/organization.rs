//! The organization: name, domains and plans of a tenant.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access::require_role;
use super::{CONTENT_TYPE, Version, guarded};
use crate::config::DIRECTORY_READ_ALL;
use crate::faults::Endpoint;
use crate::server::Shared;
use crate::tenant::lock;
use crate::wire::{Incoming, Reply};

/// `GET /{version}/organization`
pub(crate) fn organization(shared: &Shared, version: Version, request: &Incoming) -> Reply {
    guarded(shared, Endpoint::Organization, request, |caller, _| {
        let tenant = &caller.tenant;
        if !["Organization.Read.All", "Directory.ReadWrite.All"].iter().any(|role| caller.has_role(role)) {
            require_role(caller, DIRECTORY_READ_ALL, "Authorization_RequestDenied")?;
        }
        let domain = |(index, name)| {
            json!({
                "name": name,
                "isDefault": index == 0,
                "isInitial": index == 0,
                "type": "Managed",
                "capabilities": "Email, OfficeCommunicationsOnline",
            })
        };
        let domains: Vec<Value> = tenant.domains.iter().enumerate().map(domain).collect();
        let plan = if lock(&tenant.access).premium { "Enabled" } else { "Deleted" };
        let body = json!({
            "@odata.context": format!("{}/{}/$metadata#organization", request.origin(), version.as_str()),
            "value": [{
                "id": tenant.id,
                "displayName": tenant.display_name,
                "tenantType": "AAD",
                "countryLetterCode": "US",
                "createdDateTime": "2019-03-04T05:06:07Z",
                "verifiedDomains": domains,
                "assignedPlans": [{
                    "servicePlanId": "eec0eb4f-6444-4f95-aba0-50c24d67f998",
                    "service": "AADPremiumService",
                    "capabilityStatus": plan,
                    "assignedDateTime": "2024-01-01T00:00:00Z",
                }],
            }],
        });
        Ok(Reply::new(StatusCode::OK, CONTENT_TYPE, body.to_string()))
    })
}
