//! What a parent connector's status says besides: what was granted and what not, the tenant's licence, what is left of the budget.

use std::collections::BTreeMap;

use crate::collect::access::Access;
use crate::graph::Organization;
use crate::schedule::Limits;

/// Permissions that are of use, and for what where it can be done without.
const PERMISSIONS: [(&str, Option<&str>); 3] = [
    ("AuditLog.Read.All", None),
    ("Policy.Read.ConditionalAccess", Some("policy fields")),
    ("Directory.Read.All", Some("tenant name, licence")),
];

/// By stable names, in words.
pub(super) async fn of_access(
    access: &Access,
    limits: Limits,
    licence: Option<String>,
) -> BTreeMap<&'static str, String> {
    let budget = format!("{} of {} requests within 10 s", access.schedule.spent(), limits.per_app);
    let mut facts = BTreeMap::from([("request_budget", budget)]);
    facts.extend(licence.map(|licence| ("licence", licence)));
    if let Ok(token) = access.tokens.token().await
        && !token.permissions().is_empty()
    {
        facts.insert("permissions_granted", token.permissions().join(", "));
        let missing = missing(token.permissions());
        if !missing.is_empty() {
            facts.insert("permissions_missing", missing.join(", "));
        }
    }
    facts
}

/// What a tenant has of the licences that sign-ins need; `None` if this app may not see them.
pub(super) fn licence(organization: &Organization) -> Option<String> {
    let licences = organization.licences.as_ref()?;
    Some(if licences.is_empty() { "neither Entra ID P1 nor P2".to_owned() } else { licences.join(", ") })
}

fn missing(granted: &[String]) -> Vec<String> {
    let is_missing = |permission: &str| !granted.iter().any(|granted| granted == permission);
    let lacking = PERMISSIONS.iter().filter(|(permission, _)| is_missing(permission));
    let told = lacking.map(|(permission, of_use)| match of_use {
        None => (*permission).to_owned(),
        Some(of_use) => format!("{permission} (optional: {of_use})"),
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: some permissions are granted, all are, none is. Guarantee: what is missing is told, and which of it can be done without.
    #[test]
    fn what_is_missing_is_told() {
        let granted =
            |names: &[&str]| missing(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(granted(&PERMISSIONS.map(|(permission, _)| permission)), [""; 0]);
        assert_eq!(
            granted(&["AuditLog.Read.All", "Directory.Read.All"]),
            ["Policy.Read.ConditionalAccess (optional: policy fields)"]
        );
        assert_eq!(granted(&["User.Read"])[0], "AuditLog.Read.All");
    }
}
