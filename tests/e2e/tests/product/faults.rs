//! Microsoft and the network at their worst.

use std::collections::BTreeSet;
use std::time::Duration;

use graph_simulator::{
    Endpoint, Fault, FaultKind, Flaw, Instability, Lateness, LinkPart, RetryAfter, Revisions,
    SimulatorConfig, TenantConfig,
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Scene, assert_event, eventually, ids_in, is_flawed};

/// Over how many requests the faults are spread.
const SPREAD: u32 = 30;

/// Scenario: every kind of fault that the simulator has, several at once, while reads of the same seconds differ, records come
/// late and change, tokens live for 30 seconds and pages are small. Guarantee: nothing is missing, nothing comes twice, every
/// field is right, the limits hold, and the connectors show Connected once the faults are over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_once() {
    let tenant = TenantConfig {
        instability: Instability { missing: 0.3, settles_after: Duration::from_secs(45) },
        revisions: Revisions { share: 0.5, after: Duration::from_secs(5) },
        ..TenantConfig::new(Uuid::from_u128(11), "Contoso")
            .history(400, Duration::from_hours(6))
            .live(0.5)
            .lateness(Lateness::Uniform(Duration::ZERO, Duration::from_secs(20)))
    };
    let config =
        SimulatorConfig { token_life: Duration::from_secs(30), ..SimulatorConfig::with_tenants([tenant]) };
    let mut scene = Scene::new(config).await;
    scene.child += "page_size = 25\n";
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    for fault in every_fault() {
        tenant.inject(fault);
    }
    let program = scene.run();
    eventually("every fault has happened", async || tenant.faults().is_empty()).await;
    let happened: BTreeSet<_> = tenant.faults_happened().into_keys().collect();
    assert_eq!(happened, FaultKind::examples().iter().map(FaultKind::name).collect());
    tenant.set_live_rate(0.0);
    eventually("everything has arrived", async || {
        let arrived: BTreeSet<_> = ids_in(&scene.delivered()).into_iter().collect();
        arrived.is_superset(&scene.truth())
    })
    .await;
    eventually("both connectors recover", async || {
        let status = program.status().await.unwrap_or_default();
        let connectors = status["connectors"].as_array().cloned().unwrap_or_default();
        connectors.len() == 2 && connectors.iter().all(|connector| connector["status"] == "Connected")
    })
    .await;
    assert!(program.counters("Contoso-sign-ins").await["set_aside"].as_u64() > Some(0));
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let (flawed, good): (Vec<_>, Vec<_>) = scene.delivered().into_iter().partition(is_flawed);
    scene.assert_exact(&good);
    for event in &good {
        assert_right(&scene, event);
    }
    assert!(!flawed.is_empty(), "records with a flaw that have id and time are sign-ins");
    let flawed = ids_in(&flawed);
    assert_eq!(flawed.iter().collect::<BTreeSet<_>>().len(), flawed.len(), "some came twice");
}

fn assert_right(scene: &Scene, event: &Value) {
    let (facts, mut record) = scene.origin(event);
    if event["risk_level"] == "NotYetInvented" {
        for name in ["riskLevelDuringSignIn", "authenticationRequirement", "userType"] {
            if record.get(name).is_some() {
                record[name] = "notYetInvented".into();
            }
        }
    }
    assert_event(event, &record, &facts);
}

/// Each kind of fault, and each of its forms that matters; so spread that a few meet a request, different ones together.
fn every_fault() -> Vec<Fault> {
    let throttles = [RetryAfter::Absent, RetryAfter::Seconds, RetryAfter::HttpDate]
        .map(|retry_after| FaultKind::Throttle { retry_after, wait_millis: 1_128 });
    let statuses = [500, 502, 504].map(|status| FaultKind::Status { status, retry_after_secs: None });
    let links = [LinkPart::Port, LinkPart::Scheme, LinkPart::Path, LinkPart::Garbage]
        .map(|part| FaultKind::ForeignNextLink { part });
    let flaws = Flaw::ALL.map(|flaw| FaultKind::FlawedRecords { flaw });
    let clocks = [-90, 3_600].map(|seconds| FaultKind::DateOffset { seconds });
    let kinds = FaultKind::examples().into_iter().chain(throttles).chain(statuses).chain(links).chain(flaws);
    let at_graph = kinds.chain(clocks).zip(0..).map(|(kind, index)| match kind {
        // What lasts for minutes, or meets few requests, comes first.
        FaultKind::StalledBody | FaultKind::DeadSkiptoken | FaultKind::Aadsts { .. } => Fault::new(kind),
        kind => Fault::new(kind).after(index * 7 % SPREAD),
    });
    let refusals = [90_024, 50_087].map(|code| FaultKind::Aadsts { code, suberror: None, claims: None });
    let breaks = [FaultKind::Reset, FaultKind::HalfBody, FaultKind::Html, FaultKind::EmptyBody];
    let at_login = refusals.into_iter().chain(breaks).map(|kind| Fault::new(kind).on(Endpoint::Token));
    at_graph.chain(at_login).collect()
}
