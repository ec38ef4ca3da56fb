//! Everything that happened comes out, once, with every field right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graph_simulator::{NewSignIn, SimulatorConfig, TenantConfig};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::support::{Facts, Scene, assert_event, eventually};

const DAY: Duration = Duration::from_hours(24);

/// What the simulator's addresses of one of its networks begin with.
const CATO: &str = "198.51.100.";

fn tenants(sign_ins: usize, live: f64) -> Vec<TenantConfig> {
    let tenant = |(name, number)| TenantConfig {
        fractional_seconds: 0.5,
        ..TenantConfig::new(Uuid::from_u128(number), name).history(sign_ins, DAY).live(live)
    };
    [("Contoso", 1), ("Fabrikam", 2), ("Tailspin", 3)].map(tenant).into()
}

/// Scenario: three tenants with four kinds, a day of history, sign-ins going on; everything is configured that adds a field.
/// Guarantee: the file holds the truth, none twice; each event has exactly the fields that its record gives, with their values.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_kinds_of_three_tenants() {
    let mut scene = Scene::new(SimulatorConfig::with_tenants(tenants(2_000, 1.0))).await;
    scene.parent = format!("account_id = 1714\ncato_egress_ranges = [\"{CATO}0/24\"]\n");
    scene.child += "include_raw = true\n";
    let program = scene.run();
    eventually("history has arrived", async || scene.delivered().len() >= 6_000).await;
    for tenant in &scene.tenants {
        scene.simulator.tenant(&tenant.id).unwrap().set_live_rate(0.0);
    }
    eventually("everything has arrived", async || scene.is_complete()).await;
    let status = program.status().await.unwrap();
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let delivered = scene.delivered();
    scene.assert_exact(&delivered);
    assert_all_connected(&status);
    for tenant in scene.simulator.tenants() {
        let kinds: BTreeSet<_> = tenant.truth().into_iter().map(|sign_in| sign_in.kind).collect();
        assert_eq!(kinds.len(), 4, "{kinds:?}");
    }
    for event in &delivered {
        let (facts, record) = scene.origin(event);
        let facts = Facts { account: Some(1714), cato_addresses: Some(CATO), include_raw: true, ..facts };
        assert_event(event, &record, &facts);
    }
}

fn assert_all_connected(status: &Value) {
    let connectors = status["connectors"].as_array().unwrap();
    assert_eq!(connectors.len(), 6, "{status:#}");
    for connector in connectors {
        assert_eq!(connector["status"], "Connected", "{connector:#}");
    }
}

/// Scenario: Microsoft changes records that were delivered a moment ago, and reads of the live edge see them again. Guarantee: each
/// came once, as it first was; the changes are counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_changes_comes_once() {
    let tenant = TenantConfig::new(Uuid::from_u128(4), "Contoso").history(40, Duration::from_mins(1));
    let scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let program = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    let before = scene.delivered();
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let changed = Map::from_iter([("appDisplayName".to_owned(), "Renamed since".into())]);
    for sign_in in tenant.truth() {
        assert!(tenant.change_sign_in(&sign_in.id, None, changed.clone()));
    }
    eventually("the changes are counted", async || {
        program.counters("Contoso-sign-ins").await["changed"].as_u64() > Some(0)
    })
    .await;
    tenant.add_sign_ins([NewSignIn::default()]);
    eventually("what happens now arrives", async || scene.is_complete()).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
    assert_eq!(scene.delivered()[..before.len()], before[..]);
}

/// Scenario: the same where changes are wanted. Guarantee: each record came as it was, and once more as it is now, with the same
/// `event_id` and nothing else different.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_changes_comes_again_where_that_is_wanted() {
    let tenant = TenantConfig::new(Uuid::from_u128(5), "Contoso").history(40, Duration::from_mins(1));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.child += "emit_updates = true\n";
    let program = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    let before = scene.delivered();
    scene.assert_exact(&before);
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let changed = Map::from_iter([("appDisplayName".to_owned(), "Renamed since".into())]);
    for sign_in in tenant.truth() {
        assert!(tenant.change_sign_in(&sign_in.id, None, changed.clone()));
    }
    eventually("the changes arrive", async || scene.delivered().len() >= 2 * before.len()).await;
    assert!(program.stop().await.status.success());
    let delivered = scene.delivered();
    assert_eq!(delivered[..before.len()], before[..]);
    let by_id = |events: &[Value]| -> BTreeMap<String, Value> {
        events.iter().map(|event| (event["event_id"].to_string(), event.clone())).collect()
    };
    let mut expected = by_id(&before);
    for event in expected.values_mut() {
        event["application_name"] = "Renamed since".into();
    }
    assert_eq!(delivered.len(), 2 * before.len());
    assert_eq!(by_id(&delivered[before.len()..]), expected);
}
