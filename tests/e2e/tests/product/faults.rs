//! Microsoft and the network at their worst.

use std::time::Duration;

use graph_simulator::{
    Fault, FaultKind, Flaw, Lateness, LinkPart, RetryAfter, SimulatorConfig, TenantConfig,
};
use uuid::Uuid;

use crate::support::{Scene, eventually};

/// Scenario: every fault at once, tokens that live for 30 seconds, late records, small pages. Guarantee: nothing is missing,
/// nothing comes twice, the limits hold, and the connector shows Connected once the faults are over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_once() {
    let tenant = TenantConfig::new(Uuid::from_u128(11), "Contoso")
        .history(400, Duration::from_hours(6))
        .live(0.5)
        .lateness(Lateness::Uniform(Duration::ZERO, Duration::from_secs(20)));
    let config =
        SimulatorConfig { token_life: Duration::from_secs(30), ..SimulatorConfig::with_tenants([tenant]) };
    let mut scene = Scene::new(config).await;
    scene.child += "page_size = 100\n";
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    for kind in every_fault() {
        tenant.inject(Fault::new(kind).probability(0.5));
    }
    let program = scene.run();
    eventually("history has arrived", async || scene.delivered().len() >= 400).await;
    tenant.clear_faults();
    tenant.set_live_rate(0.0);
    eventually("everything has arrived", async || scene.is_complete()).await;
    eventually("both connectors recover", async || {
        let status = program.status().await.unwrap_or_default();
        let connectors = status["connectors"].as_array().cloned().unwrap_or_default();
        connectors.len() == 2 && connectors.iter().all(|connector| connector["status"] == "Connected")
    })
    .await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
    assert_eq!(scene.simulator.limit_violations(), 0);
}

fn every_fault() -> Vec<FaultKind> {
    let throttles = [RetryAfter::Absent, RetryAfter::Seconds, RetryAfter::Decimal, RetryAfter::HttpDate]
        .map(|retry_after| FaultKind::Throttle { retry_after, wait_millis: 1_128 });
    let statuses = [500, 502, 503, 504].map(|status| FaultKind::Status { status, retry_after_secs: None });
    let links = [LinkPart::Host, LinkPart::Port, LinkPart::Scheme, LinkPart::Path]
        .map(|part| FaultKind::ForeignNextLink { part });
    let flaws = [Flaw::NoId, Flaw::NotAnObject].map(|flaw| FaultKind::FlawedRecords { flaw });
    let tokens = [50_033, 90_024].map(|code| FaultKind::Aadsts { code, suberror: None, claims: None });
    let others = [
        FaultKind::Reset,
        FaultKind::HalfBody,
        FaultKind::CutBody,
        FaultKind::Html,
        FaultKind::BrokenJson,
        FaultKind::WrongShape,
        FaultKind::EmptyBody,
        FaultKind::DeadSkiptoken,
        FaultKind::EmptyPage,
        FaultKind::ShortPage { records: 7 },
        FaultKind::NextLinkLoop,
        FaultKind::RepeatInPage,
        FaultKind::RepeatAcrossPages,
        FaultKind::Descending,
        FaultKind::InvalidToken,
        FaultKind::ClaimsChallenge { claims: r#"{"access_token":{"nbf":{"value":"1"}}}"#.to_owned() },
        FaultKind::WrongContentType,
        FaultKind::UnknownFields,
        FaultKind::UnknownEnumValues,
        FaultKind::NoDate,
        FaultKind::HugePage { mebibytes: 80 },
        FaultKind::Redirect { status: 307, location: "https://elsewhere.example/".to_owned() },
        FaultKind::Delay { millis: 800 },
    ];
    throttles.into_iter().chain(statuses).chain(links).chain(flaws).chain(tokens).chain(others).collect()
}
