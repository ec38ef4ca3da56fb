//! The mapping as one would write it first, over `serde_json::Value`: the page read as a document, fields looked up
//! by name, the event a `serde_json::Map`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use entra_signins::cato::ConnectorFacts;
use icu_locale::locale;
use icu_locale::names::RegionDisplayName;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

type Event = Map<String, Value>;

pub(crate) fn page_to_lines(page: &[u8], connector: &ConnectorFacts, lines: &mut Vec<u8>) {
    let page: Value = serde_json::from_slice(page).unwrap();
    for record in page["value"].as_array().unwrap() {
        serde_json::to_writer(&mut *lines, &event(record, connector)).unwrap();
        lines.push(b'\n');
    }
}

fn event(record: &Value, connector: &ConnectorFacts) -> Event {
    let mut event = Event::new();
    about(&mut event, record, connector);
    outcome(&mut event, record);
    who(&mut event, record);
    place(&mut event, record, connector);
    device(&mut event, &record["deviceDetail"]);
    policies(&mut event, record);
    event
}

fn text(json: &Value) -> Option<&str> {
    json.as_str().filter(|text| !text.is_empty())
}

fn copy(event: &mut Event, name: &str, json: &Value) {
    if let Some(text) = text(json) {
        event.insert(name.to_owned(), json!(text));
    }
}

fn about(event: &mut Event, record: &Value, connector: &ConnectorFacts) {
    let id = record["id"].as_str().unwrap();
    let created = record["createdDateTime"].as_str().unwrap();
    let time: Timestamp = created.parse().unwrap();
    let tenant = connector.tenant_id.unwrap().0;
    event.insert("event_type".to_owned(), json!("Security"));
    event.insert("event_sub_type".to_owned(), json!("Application Sign-in"));
    event.insert("event_id".to_owned(), json!(Uuid::new_v5(&tenant, id.as_bytes()).to_string()));
    event.insert("event_count".to_owned(), json!(1));
    event.insert("time".to_owned(), json!(time.as_millisecond()));
    event.insert("time_str".to_owned(), json!(created));
    event.insert("vendor".to_owned(), json!("Microsoft"));
    event.insert("service_name".to_owned(), json!("Microsoft Entra ID"));
    event.insert("vendor_event_id".to_owned(), json!(id));
    event.insert("tenant_id".to_owned(), json!(tenant.to_string()));
    event.insert("tenant_name".to_owned(), json!(connector.tenant_name));
    event.insert("connector_name".to_owned(), json!(connector.connector_name));
    event.insert("connector_type".to_owned(), json!("Microsoft Azure AD"));
    event.insert("parent_connector_name".to_owned(), json!(connector.parent_connector_name));
    event.insert("account_id".to_owned(), json!(connector.account_id));
    copy(event, "vendor_org_id", &record["homeTenantId"]);
    copy(event, "correlation_id", &record["correlationId"]);
    copy(event, "session_id", &record["sessionId"]);
    if let Some(kinds) = record["signInEventTypes"].as_array().filter(|kinds| !kinds.is_empty()) {
        event.insert("sign_in_event_types".to_owned(), json!(kinds));
    }
}

fn outcome(event: &mut Event, record: &Value) {
    if let Some(level) = text(&record["riskLevelDuringSignIn"]) {
        let level = level[..1].to_uppercase() + &level[1..];
        event.insert("risk_level".to_owned(), json!(level));
    }
    copy(event, "client_class", &record["clientAppUsed"]);
    if let Some(requirement) = text(&record["authenticationRequirement"]) {
        let requirement = match requirement {
            "multiFactorAuthentication" => "MFA",
            "singleFactorAuthentication" => "Single-factor",
            other => other,
        };
        event.insert("authentication_type".to_owned(), json!(requirement));
    }
    let status = &record["status"];
    copy(event, "event_message", &status["additionalDetails"]);
    match status["errorCode"].as_i64() {
        None => {}
        Some(0) => {
            event.insert("action".to_owned(), json!("Succeeded"));
        }
        Some(code) => {
            event.insert("action".to_owned(), json!("Failed"));
            let reason = match text(&status["failureReason"]) {
                None | Some("Other.") => code.to_string(),
                Some(reason) => format!("{code}: {reason}"),
            };
            event.insert("failure_reason".to_owned(), json!(reason));
        }
    }
}

fn who(event: &mut Event, record: &Value) {
    copy(event, "user_name", &record["servicePrincipalName"]);
    copy(event, "user_name", &record["userPrincipalName"]);
    copy(event, "display_name", &record["userDisplayName"]);
    copy(event, "vendor_user_id", &record["servicePrincipalId"]);
    copy(event, "vendor_user_id", &record["userId"]);
    copy(event, "user_origin", &record["userType"]);
    copy(event, "application_name", &record["appDisplayName"]);
    copy(event, "application_id", &record["appId"]);
    copy(event, "resource_id", &record["resourceId"]);
    copy(event, "user_agent", &record["userAgent"]);
    if let Some(resource) = text(&record["resourceDisplayName"]) {
        event.insert("resource_name".to_owned(), json!([resource]));
    }
}

pub(crate) static COUNTRIES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let name = |code: &str| RegionDisplayName::try_new_light(locale!("en").into(), code.parse().ok()?).ok();
    let countries = celes::Country::get_countries();
    let named = countries.iter().filter_map(|country| Some((country.alpha2, name(country.alpha2)?)));
    named.map(|(code, name)| (code.to_owned(), name.as_borrowed().to_string())).collect()
});

fn place(event: &mut Event, record: &Value, connector: &ConnectorFacts) {
    if let Some(address) = text(&record["ipAddress"]) {
        let parsed =
            address.parse().or_else(|_| address.parse::<SocketAddr>().map(|with_port| with_port.ip()));
        let plain = parsed.as_ref().map_or_else(|_| address.to_owned(), IpAddr::to_string);
        event.insert("src_ip".to_owned(), json!(plain));
        if let Ok(address) = parsed {
            let inside = connector.cato_egress_ranges.iter().any(|range| match (range.network, address) {
                (IpAddr::V4(network), IpAddr::V4(address)) => {
                    (network.to_bits() ^ address.to_bits()) >> (32 - range.prefix) == 0
                }
                _ => false,
            });
            event.insert("out_of_band_access".to_owned(), json!(!inside));
        }
    }
    let location = &record["location"];
    copy(event, "src_city", &location["city"]);
    let country = text(&location["countryOrRegion"]).map(str::to_uppercase);
    let mut parts: Vec<&str> = [&location["city"], &location["state"]].into_iter().filter_map(text).collect();
    if let Some(code) = &country {
        event.insert("src_country_code".to_owned(), json!(code));
        if let Some(name) = COUNTRIES.get(code) {
            event.insert("src_country".to_owned(), json!(name));
        }
        parts.push(code);
    }
    if !parts.is_empty() {
        event.insert("vendor_location".to_owned(), json!(parts.join(", ")));
    }
}

fn device(event: &mut Event, device: &Value) {
    if let Some(browser) = text(&device["browser"]) {
        let (name, version) = split_version(browser);
        event.insert("browser_type".to_owned(), json!(name));
        if let Some(version) = version {
            event.insert("browser_version".to_owned(), json!(version));
        }
    }
    if let Some(os) = text(&device["operatingSystem"]) {
        let systems = [
            ("windows", "OS_WINDOWS"),
            ("macos", "OS_MAC"),
            ("ios", "OS_IOS"),
            ("android", "OS_ANDROID"),
            ("linux", "OS_LINUX"),
        ];
        let lower = os.to_lowercase();
        let known = systems.into_iter().find(|(name, _)| lower.starts_with(name));
        let unknown = || ("OS_UNKNOWN", split_version(os).1.unwrap_or_default());
        let (kind, version) = known.map_or_else(unknown, |(name, kind)| (kind, os[name.len()..].trim()));
        event.insert("os_type".to_owned(), json!(kind));
        if !version.is_empty() {
            event.insert("os_version".to_owned(), json!(version));
        }
    }
    for (name, member) in [("is_compliant", "isCompliant"), ("is_managed", "isManaged")] {
        if let Some(truth) = device[member].as_bool() {
            event.insert(name.to_owned(), json!(truth));
        }
    }
    copy(event, "vendor_device_id", &device["deviceId"]);
    copy(event, "vendor_device_name", &device["displayName"]);
    copy(event, "trust_type", &device["trustType"]);
}

fn split_version(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(' ') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => (name, Some(version)),
        _ => (text, None),
    }
}

fn policies(event: &mut Event, record: &Value) {
    let Some(policies) = record["appliedConditionalAccessPolicies"].as_array() else { return };
    let applied: Vec<_> = policies
        .iter()
        .filter(|policy| matches!(policy["result"].as_str(), Some("success" | "failure")))
        .collect();
    if applied.is_empty() {
        return;
    }
    for (name, member) in [
        ("vendor_policy_id", "id"),
        ("vendor_policy_name", "displayName"),
        ("vendor_policy_description", "result"),
    ] {
        let texts: Vec<_> =
            applied.iter().map(|policy| policy[member].as_str().unwrap_or_default()).collect();
        event.insert(name.to_owned(), json!(texts));
    }
}
