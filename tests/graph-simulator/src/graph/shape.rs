//! What a reader gets of a record: the properties of its version and selection, and enum members it says it knows.

use serde_json::{Map, Value, json};

use super::Version;

/// The properties of v1.0.
const V1_PROPERTIES: [&str; 29] = [
    "id",
    "appDisplayName",
    "appId",
    "appliedConditionalAccessPolicies",
    "authenticationAppDeviceDetails",
    "clientAppUsed",
    "conditionalAccessStatus",
    "correlationId",
    "createdDateTime",
    "deviceDetail",
    "homeTenantId",
    "ipAddress",
    "isInteractive",
    "location",
    "resourceDisplayName",
    "resourceId",
    "resourceTenantId",
    "riskDetail",
    "riskEventTypes_v2",
    "riskLevelAggregated",
    "riskLevelDuringSignIn",
    "riskState",
    "servicePrincipalId",
    "servicePrincipalName",
    "status",
    "userAgent",
    "userDisplayName",
    "userId",
    "userPrincipalName",
];

/// Members that come only to a reader that sends `Prefer: include-unknown-enum-members`.
const NEWER_MEMBERS: [(&str, &[&str]); 7] = [
    (
        "riskDetail",
        &[
            "adminConfirmedServicePrincipalCompromised",
            "adminDismissedAllRiskForServicePrincipal",
            "m365DAdminDismissedDetection",
            "userChangedPasswordOnPremises",
            "adminDismissedRiskForSignIn",
            "adminConfirmedAccountSafe",
        ],
    ),
    ("crossTenantAccessType", &["passthrough"]),
    ("incomingTokenType", &["remoteDesktopToken", "refreshToken"]),
    ("tokenIssuerType", &["AzureADBackupAuth", "ADFederationServicesMFAAdapter", "NPSExtension"]),
    (
        "authenticationProtocol",
        &[
            "authenticationTransfer",
            "nativeAuth",
            "authorizationCodeWithoutPkce",
            "authorizationCodeWithPkce",
            "clientCredentials",
            "refreshTokenGrant",
            "directUserGrant",
            "kerberos",
            "prtGrant",
            "seamlessSso",
            "prtBrokerBased",
            "prtNonBrokerBased",
            "onBehalfOf",
            "samlOnBehalfOf",
        ],
    ),
    ("result", &["reportOnlySuccess", "reportOnlyFailure", "reportOnlyNotApplied", "reportOnlyInterrupted"]),
    ("requirementProvider", &["scopeBasedAuthRequirementPolicy", "authenticationStrengths"]),
];

/// The record as this reader gets it.
pub(super) fn shaped(
    mut record: Map<String, Value>,
    version: Version,
    knows_newer_members: bool,
    select: Option<&[String]>,
) -> Map<String, Value> {
    if !knows_newer_members {
        hide_newer_members(&mut record);
    }
    if version == Version::V1 {
        let types = record.get("riskEventTypes_v2").cloned();
        record.retain(|name, _| V1_PROPERTIES.contains(&name.as_str()));
        record.extend(types.map(|types| ("riskEventTypes".to_owned(), types)));
    }
    if let Some(select) = select {
        record.retain(|name, _| name == "id" || select.iter().any(|selected| selected == name));
    }
    record
}

fn hide_newer_members(record: &mut Map<String, Value>) {
    for (name, value) in record.iter_mut() {
        let newer = NEWER_MEMBERS.iter().find(|(property, _)| property == name);
        match value {
            Value::String(text) if newer.is_some_and(|(_, members)| members.contains(&text.as_str())) => {
                let unknown =
                    if name == "tokenIssuerType" { "UnknownFutureValue" } else { "unknownFutureValue" };
                unknown.clone_into(text);
            }
            Value::Object(inner) => hide_newer_members(inner),
            Value::Array(items) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(hide_newer_members);
            }
            _ => {}
        }
    }
}

/// Gives every enumeration of the record a value that no document lists.
pub(super) fn use_unknown_values(record: &mut Map<String, Value>) {
    let enumerations = [
        "riskLevelDuringSignIn",
        "riskLevelAggregated",
        "riskState",
        "riskDetail",
        "conditionalAccessStatus",
        "incomingTokenType",
        "tokenIssuerType",
        "userType",
        "authenticationProtocol",
        "authenticationRequirement",
    ];
    for name in enumerations {
        if record.contains_key(name) {
            record.insert(name.to_owned(), json!("notYetInvented"));
        }
    }
}
