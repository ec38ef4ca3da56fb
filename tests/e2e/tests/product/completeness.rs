//! Everything that happened comes out, once, with every field right.

use std::collections::BTreeMap;
use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Scene, eventually};

const DAY: Duration = Duration::from_hours(24);

fn tenants(sign_ins: usize, live: f64) -> Vec<TenantConfig> {
    let tenant =
        |(name, number)| TenantConfig::new(Uuid::from_u128(number), name).history(sign_ins, DAY).live(live);
    [("Contoso", 1), ("Fabrikam", 2), ("Tailspin", 3)].map(tenant).into()
}

/// Scenario: three tenants with four kinds, a day of history, sign-ins going on. Guarantee: the file holds the truth, none twice;
/// the limits were never exceeded; each event says what its record says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_kinds_of_three_tenants() {
    let scene = Scene::new(SimulatorConfig::with_tenants(tenants(2_000, 1.0))).await;
    let program = scene.run();
    eventually("history has arrived", async || scene.delivered().len() >= 6_000).await;
    for tenant in &scene.tenants {
        scene.simulator.tenant(&tenant.id).unwrap().set_live_rate(0.0);
    }
    eventually("everything has arrived", async || scene.is_complete()).await;
    let status = program.status().await.unwrap();
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
    assert_eq!(scene.simulator.limit_violations(), 0);
    assert_all_connected(&status);
    for event in scene.delivered() {
        assert_says_what_the_record_says(&scene, &event);
    }
}

fn assert_all_connected(status: &Value) {
    let connectors = status["connectors"].as_array().unwrap();
    assert_eq!(connectors.len(), 6, "{status:#}");
    for connector in connectors {
        assert_eq!(connector["status"], "Connected", "{connector:#}");
    }
}

fn assert_says_what_the_record_says(scene: &Scene, event: &Value) {
    let tenant: Uuid = event["tenant_id"].as_str().unwrap().parse().unwrap();
    let id = event["vendor_event_id"].as_str().unwrap();
    let record = scene.simulator.tenant(&tenant).unwrap().record(id).unwrap();
    let name = scene.tenants.iter().find(|config| config.id == tenant).unwrap().display_name.as_str();
    let expected = BTreeMap::from([
        ("event_type", Some("Security".into())),
        ("event_sub_type", Some("Application Sign-in".into())),
        ("event_id", Some(Uuid::new_v5(&tenant, id.as_bytes()).to_string().into())),
        ("tenant_name", Some(name.into())),
        ("connector_name", Some(format!("{name}-sign-ins").into())),
        ("parent_connector_name", Some(name.into())),
        ("sign_in_event_types", something(&record["signInEventTypes"])),
        ("application_name", something(&record["appDisplayName"])),
        ("correlation_id", something(&record["correlationId"])),
        ("display_name", something(&record["userDisplayName"])),
        ("is_compliant", something(&record["deviceDetail"]["isCompliant"])),
        ("is_managed", something(&record["deviceDetail"]["isManaged"])),
        ("client_class", something(&record["clientAppUsed"])),
        ("action", action(&record)),
    ]);
    for (field, expected) in expected {
        assert_eq!(event.get(field), expected.as_ref(), "{field} of {record:#}");
    }
}

/// What Graph says, unless it says nothing.
fn something(value: &Value) -> Option<Value> {
    let nothing = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    (!nothing).then(|| value.clone())
}

fn action(record: &Value) -> Option<Value> {
    let code = record["status"].get("errorCode")?.as_i64()?;
    Some(if code == 0 { "Succeeded" } else { "Failed" }.into())
}
