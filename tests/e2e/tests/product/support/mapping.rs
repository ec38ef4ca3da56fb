//! What an event must say of a record, worked out here anew from the table of fields, with nothing of the product in it.
//!
//! Names of systems, browsers and countries are written down as pairs: whatever else the simulator may say fails a test.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What is configured and looked up, not read from a record.
pub struct Facts {
    pub tenant: Uuid,
    pub tenant_name: String,
    pub connector: String,
    pub parent: String,
    /// `account_id` of the parent connector.
    pub account: Option<i64>,
    /// Begin of the addresses in `cato_egress_ranges`, if that is configured.
    pub cato_addresses: Option<&'static str>,
    pub include_raw: bool,
}

/// Asserts that an event is, field by field, what its record makes of it.
pub fn assert_event(event: &Value, record: &Value, facts: &Facts) {
    let (event, expected) = (event.as_object().unwrap(), event_of(record, facts));
    let names: BTreeSet<_> = event.keys().chain(expected.keys()).collect();
    let differing = names.into_iter().filter(|name| event.get(*name) != expected.get(*name));
    let differing: Vec<_> = differing
        .map(|name| format!("{name}: {:?}, expected {:?}", event.get(name), expected.get(name)))
        .collect();
    assert!(differing.is_empty(), "{}\nof {record:#}", differing.join("\n"));
}

fn event_of(record: &Value, facts: &Facts) -> Map<String, Value> {
    let mut event = Map::new();
    for (name, value) in [constants(facts), who(record), outcome(record), place(record, facts)].concat() {
        event.insert(name.to_owned(), value);
    }
    for (name, value) in [device(record), policies(record), identity(record, facts)].concat() {
        event.insert(name.to_owned(), value);
    }
    event.retain(|_, value| !is_nothing(value));
    event
}

type Fields = Vec<(&'static str, Value)>;

fn constants(facts: &Facts) -> Fields {
    vec![
        ("event_type", json!("Security")),
        ("event_sub_type", json!("Application Sign-in")),
        ("event_count", json!(1)),
        ("vendor", json!("Microsoft")),
        ("service_name", json!("Microsoft Entra ID")),
        ("tenant_id", json!(facts.tenant)),
        ("tenant_name", json!(facts.tenant_name)),
        ("connector_name", json!(facts.connector)),
        ("connector_type", json!("Microsoft Azure AD")),
        ("parent_connector_name", json!(facts.parent)),
        ("account_id", json!(facts.account)),
    ]
}

fn identity(record: &Value, facts: &Facts) -> Fields {
    let id = record["id"].as_str().unwrap();
    let created: Timestamp = record["createdDateTime"].as_str().unwrap().parse().unwrap();
    let raw = facts.include_raw.then(|| without_nulls(record.clone()));
    vec![
        ("event_id", json!(Uuid::new_v5(&facts.tenant, id.as_bytes()))),
        ("vendor_event_id", json!(id)),
        ("time", json!(created.as_millisecond())),
        ("time_str", record["createdDateTime"].clone()),
        ("raw_data", json!(raw)),
    ]
}

fn who(record: &Value) -> Fields {
    let resource = &record["resourceDisplayName"];
    vec![
        ("user_name", first([&record["userPrincipalName"], &record["servicePrincipalName"]])),
        ("vendor_user_id", first([&record["userId"], &record["servicePrincipalId"]])),
        ("display_name", record["userDisplayName"].clone()),
        ("user_origin", record["userType"].clone()),
        ("vendor_org_id", record["homeTenantId"].clone()),
        ("application_name", record["appDisplayName"].clone()),
        ("application_id", record["appId"].clone()),
        ("resource_name", if is_nothing(resource) { Value::Null } else { json!([resource]) }),
        ("resource_id", record["resourceId"].clone()),
        ("sign_in_event_types", record["signInEventTypes"].clone()),
        ("correlation_id", record["correlationId"].clone()),
        ("session_id", record["sessionId"].clone()),
        ("client_class", record["clientAppUsed"].clone()),
        ("user_agent", record["userAgent"].clone()),
    ]
}

fn outcome(record: &Value) -> Fields {
    let status = &record["status"];
    let code = status["errorCode"].as_i64();
    let reason = match (code, status["failureReason"].as_str()) {
        (None | Some(0), _) => Value::Null,
        (Some(code), None | Some("" | "Other.")) => json!(code.to_string()),
        (Some(code), Some(reason)) => json!(format!("{code}: {reason}")),
    };
    let risk = record["riskLevelDuringSignIn"].as_str().map(|level| match level {
        "none" => "None",
        "low" => "Low",
        "medium" => "Medium",
        "high" => "High",
        "hidden" => "Hidden",
        "notYetInvented" => "NotYetInvented",
        other => panic!("what is the risk level {other}?"),
    });
    let factors = record["authenticationRequirement"].as_str().map(|requirement| match requirement {
        "multiFactorAuthentication" => "MFA",
        "singleFactorAuthentication" => "Single-factor",
        other => other,
    });
    vec![
        ("action", json!(code.map(|code| if code == 0 { "Succeeded" } else { "Failed" }))),
        ("failure_reason", reason),
        ("event_message", status["additionalDetails"].clone()),
        ("risk_level", json!(risk)),
        ("authentication_type", json!(factors)),
    ]
}

fn place(record: &Value, facts: &Facts) -> Fields {
    let location = &record["location"];
    let address = record["ipAddress"].as_str().filter(|address| !address.is_empty()).map(without_port);
    let outside = facts.cato_addresses.zip(address).map(|(inside, address)| !address.starts_with(inside));
    let country = location["countryOrRegion"].as_str().filter(|code| !code.is_empty());
    let parts = [location["city"].as_str(), location["state"].as_str(), country];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    vec![
        ("src_ip", json!(address)),
        ("out_of_band_access", json!(outside)),
        ("src_country_code", json!(country)),
        ("src_country", json!(country.map(country_name))),
        ("src_city", location["city"].clone()),
        ("vendor_location", json!(parts.join(", "))),
    ]
}

fn without_port(address: &str) -> &str {
    match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap(),
        None if address.matches(':').count() == 1 => address.split(':').next().unwrap(),
        None => address,
    }
}

fn country_name(code: &str) -> &'static str {
    match code {
        "AU" => "Australia",
        "BR" => "Brazil",
        "CA" => "Canada",
        "CR" => "Costa Rica",
        "DE" => "Germany",
        "FR" => "France",
        "GB" => "United Kingdom",
        "IL" => "Israel",
        "IN" => "India",
        "JP" => "Japan",
        "KE" => "Kenya",
        "NG" => "Nigeria",
        "PL" => "Poland",
        "SG" => "Singapore",
        "US" => "United States",
        other => panic!("which country is {other}?"),
    }
}

fn device(record: &Value) -> Fields {
    let device = &record["deviceDetail"];
    let (os, os_version) = operating_system(device["operatingSystem"].as_str().unwrap_or(""));
    let (browser, browser_version) = browser(device["browser"].as_str().unwrap_or(""));
    vec![
        ("os_type", json!(os)),
        ("os_version", json!(os_version)),
        ("browser_type", json!(browser)),
        ("browser_version", json!(browser_version)),
        ("is_compliant", device["isCompliant"].clone()),
        ("is_managed", device["isManaged"].clone()),
        ("vendor_device_id", device["deviceId"].clone()),
        ("vendor_device_name", device["displayName"].clone()),
        ("trust_type", device["trustType"].clone()),
    ]
}

fn operating_system(text: &str) -> (&'static str, &'static str) {
    match text {
        "" => ("", ""),
        "Windows" => ("OS_WINDOWS", ""),
        "Windows 10" | "Windows10" => ("OS_WINDOWS", "10"),
        "Windows 11" => ("OS_WINDOWS", "11"),
        "MacOs 14.1" => ("OS_MAC", "14.1"),
        "Linux" => ("OS_LINUX", ""),
        "Ios 18.1.1" => ("OS_IOS", "18.1.1"),
        "Android 14" => ("OS_ANDROID", "14"),
        "ChromeOS 16002.51" => ("OS_UNKNOWN", "16002.51"),
        other => panic!("which system is {other}?"),
    }
}

fn browser(text: &str) -> (&'static str, &'static str) {
    match text {
        "" => ("", ""),
        "Chrome 130.0.0" => ("Chrome", "130.0.0"),
        "Chrome 131.0.0" => ("Chrome", "131.0.0"),
        "Chrome Mobile 130.0.6723" => ("Chrome Mobile", "130.0.6723"),
        "Edge 119.0.0" => ("Edge", "119.0.0"),
        "Firefox 133.0" => ("Firefox", "133.0"),
        "Mobile Safari" => ("Mobile Safari", ""),
        "Rich Client 4.61.0.0" => ("Rich Client", "4.61.0.0"),
        "Safari 17.1" => ("Safari", "17.1"),
        "Unknown" => ("Unknown", ""),
        other => panic!("which browser is {other}?"),
    }
}

/// Policies that were applied, in three lists of equal length.
fn policies(record: &Value) -> Fields {
    let all = record["appliedConditionalAccessPolicies"].as_array().cloned().unwrap_or_default();
    let applied = |policy: &&Value| ["success", "failure"].map(Value::from).contains(&policy["result"]);
    let list =
        |member: &str| all.iter().filter(applied).map(|policy| policy[member].clone()).collect::<Value>();
    vec![
        ("vendor_policy_id", list("id")),
        ("vendor_policy_name", list("displayName")),
        ("vendor_policy_description", list("result")),
    ]
}

fn first(values: [&Value; 2]) -> Value {
    values.into_iter().find(|value| !is_nothing(value)).cloned().unwrap_or_default()
}

/// Graph's ways to say nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        Value::Array(elements) => {
            elements.into_iter().filter(|element| !element.is_null()).map(without_nulls).collect()
        }
        other => other,
    }
}
