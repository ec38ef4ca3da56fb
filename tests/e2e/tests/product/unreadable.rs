//! Seconds that Graph never serves.

use std::collections::BTreeSet;
use std::time::Duration;

use graph_simulator::{Fault, FaultKind, SignInKind, SimulatorConfig, TenantConfig};
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Program, Scene, eventually};

/// Scenario: Graph answers 500 whenever a window holds certain seconds of history, and one day serves them. Guarantee: all other
/// sign-ins arrive, old and new; the status names the seconds; once they are served, they arrive too, and the status is good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seconds_that_are_never_served_hold_up_nothing_else() {
    let tenant =
        TenantConfig::new(Uuid::from_u128(121), "Contoso").history(600, Duration::from_mins(20)).live(0.2);
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.child = "start = \"20m\"\nsign_in_event_types = [\"nonInteractiveUser\"]\n".to_owned();
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let from = scene.simulator.now() - SignedDuration::from_mins(12);
    let to = from + SignedDuration::from_secs(1);
    for instant in [from, to] {
        let unavailable = FaultKind::Status { status: 500, retry_after_secs: None };
        tenant.inject(Fault::new(unavailable).always().asking_for(instant));
    }
    let wanted = || {
        let kinds =
            tenant.truth().into_iter().filter(|sign_in| sign_in.kind == SignInKind::NonInteractiveUser);
        kinds.map(|sign_in| (sign_in.id, sign_in.created)).collect::<Vec<_>>()
    };
    let arrived = || -> Vec<String> {
        let id = |event: &Value| event["vendor_event_id"].as_str().unwrap().to_owned();
        scene.delivered().iter().map(id).collect()
    };
    let program = scene.run();
    eventually("the seconds are named", async || {
        let connector = child(&program).await;
        connector["reason"] == "unreadable_interval" && connector["status"] == "Error"
    })
    .await;
    eventually("all others arrive", async || {
        let arrived: BTreeSet<_> = arrived().into_iter().collect();
        let mut missing = wanted().into_iter().filter(|(id, _)| !arrived.contains(id));
        missing.all(|(_, created)| created >= from - SignedDuration::from_secs(1) && created <= to)
    })
    .await;
    tenant.set_live_rate(0.0);
    tenant.clear_faults();
    eventually("the seconds arrive", async || {
        let arrived: BTreeSet<_> = arrived().into_iter().collect();
        wanted().into_iter().all(|(id, _)| arrived.contains(&id))
    })
    .await;
    eventually("the status is good", async || child(&program).await["status"] == "Connected").await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(arrived().len(), wanted().len(), "some came twice");
}

async fn child(program: &Program) -> Value {
    program.status().await.unwrap_or_default()["connectors"][1].clone()
}
