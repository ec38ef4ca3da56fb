//! Sign-ins of applications: `servicePrincipal` and `managedIdentity`.

use super::draw::Draw;
use super::json::Object;
use super::parts::{location, no_list, no_object, no_string, policies, status};
use super::vocabulary::{RESOURCES, WORKLOAD_FAILURES};
use super::{Population, View};
use crate::sign_ins::{Entry, SignInKind};

impl Population {
    pub(super) fn workload(&self, o: &mut Object<'_>, draw: &mut Draw, entry: &Entry, view: View) {
        let managed = entry.kind == SignInKind::ManagedIdentity;
        let workload = draw.pick(&self.workloads);
        let failure = draw.one_in(if managed { 200 } else { 15 }).then(|| draw.pick(&WORKLOAD_FAILURES));
        for absent in ["userDisplayName", "userPrincipalName", "userId", "appDisplayName", "clientAppUsed"] {
            no_string(o, draw, absent);
        }
        o.string("servicePrincipalName", workload.name);
        o.plain("servicePrincipalId", workload.id);
        o.plain("appId", workload.app_id);
        o.literal("isInteractive", false);
        o.strings("signInEventTypes", &[entry.kind.as_str()]);
        self.resource(o, draw);
        self.credential(o, draw, managed, workload.key_id.to_string().as_str());
        o.plain("correlationId", draw.guid());
        o.plain("uniqueTokenIdentifier", draw.guid().simple());
        status(o, draw, failure);
        workload_risk(o, draw, failure.is_some_and(|failure| failure.code == 53003));
        if managed {
            o.raw("ipAddress", "\"\"");
            o.raw("location", r#"{"city":"","state":"","countryOrRegion":"","geoCoordinates":{"latitude":0,"longitude":0}}"#);
        } else {
            o.plain("ipAddress", &workload.address);
            o.literal("autonomousSystemNumber", workload.place.asn);
            location(o, draw, workload.place);
            o.plain("resourceTenantId", self.tenant_id);
            if view.policies {
                policies(
                    o,
                    &mut self.policy_draw(entry),
                    self.seed,
                    failure.is_some_and(|failure| failure.code == 53003),
                );
            }
        }
        for absent in ["userAgent", "homeTenantId", "homeTenantName", "sessionId", "originalRequestId"] {
            no_string(o, draw, absent);
        }
        no_object(o, draw, "deviceDetail");
        no_list(o, draw, "authenticationDetails");
        no_list(o, draw, "networkLocationDetails");
        o.raw("authenticationProcessingDetails", r#"[{"key":"Azure AD App Authentication Library","value":"Family: MSAL Library: MSAL.NetCore 4.61.3 Platform: Linux"},{"key":"Is CAE Token","value":"False"}]"#);
        o.literal("processingTimeInMilliseconds", draw.below(300));
        o.literal("flaggedForReview", false);
        o.literal("isTenantRestricted", false);
        o.plain("crossTenantAccessType", "none");
        o.plain("tokenIssuerType", "AzureAD");
        o.plain("incomingTokenType", "none");
    }

    fn resource(&self, o: &mut Object<'_>, draw: &mut Draw) {
        let which = draw.below(RESOURCES.len());
        let (name, id) = RESOURCES[which];
        o.string("resourceDisplayName", name);
        o.plain("resourceId", id);
        o.plain("resourceServicePrincipalId", self.resource_principals[which]);
        o.plain("appOwnerTenantId", self.tenant_id);
        o.raw("resourceOwnerTenantId", "\"f8cdef31-a31e-4b4a-93e4-5f571e91255a\"");
    }

    fn credential(&self, o: &mut Object<'_>, draw: &mut Draw, managed: bool, key_id: &str) {
        if managed {
            no_string(o, draw, "servicePrincipalCredentialKeyId");
            let resource = format!(
                "/subscriptions/{}/resourcegroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm-web-01",
                self.tenant_id
            );
            o.string("azureResourceId", &resource);
            o.object("managedServiceIdentity", |o| {
                o.plain("msiType", draw.pick(&["systemAssigned", "userAssigned"]));
                o.string("associatedResourceId", &resource);
                o.raw("federatedTokenId", "null");
                o.raw("federatedTokenIssuer", "null");
            });
            o.plain("clientCredentialType", "managedIdentity");
        } else {
            o.plain("servicePrincipalCredentialKeyId", key_id);
            no_string(o, draw, "servicePrincipalCredentialThumbprint");
            no_string(o, draw, "federatedCredentialId");
            o.plain("clientCredentialType", draw.pick(&["clientSecret", "certificate", "clientAssertion"]));
            o.plain("authenticationProtocol", draw.pick(&["none", "clientCredentials", "onBehalfOf"]));
        }
    }
}

fn workload_risk(o: &mut Object<'_>, draw: &mut Draw, blocked: bool) {
    let level = if draw.one_in(10) { "low" } else { "none" };
    o.plain("riskLevelDuringSignIn", level);
    o.plain("riskLevelAggregated", level);
    o.plain("riskState", "none");
    o.plain("riskDetail", "none");
    o.plain("conditionalAccessStatus", if blocked { "failure" } else { "notApplied" });
}
