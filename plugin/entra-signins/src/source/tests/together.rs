//! Both user kinds in one request, once that was seen to equal separate ones.

use graph_simulator::{KindMix, NewSignIn, SignInKind};
use jiff::SignedDuration;

use super::*;

const KINDS: &str = "sign_in_event_types = ['interactiveUser', 'nonInteractiveUser']";

async fn scene() -> Scene {
    let mix = KindMix { service_principal: 0, managed_identity: 0, ..KindMix::default() };
    let tenant = TenantConfig { mix, ..TenantConfig::new(TENANT, "Contoso").history(2_000, 24 * HOUR) };
    Scene::with(SimulatorConfig::with_tenants([tenant]), KINDS).await
}

/// Adds so many sign-ins of each kind that happened within the last seconds.
fn add(scene: &Scene, of_each: u32) {
    let now = scene.simulator.now();
    let new = [SignInKind::InteractiveUser, SignInKind::NonInteractiveUser].into_iter().flat_map(|kind| {
        (0..of_each).map(move |second| NewSignIn {
            created: Some(now - SignedDuration::from_secs(i64::from(second % 5))),
            kind: Some(kind),
            ..NewSignIn::default()
        })
    });
    scene.simulator.tenant(&TENANT).unwrap().add_sign_ins(new);
}

async fn read_together(run: &TestRun, times: u64) -> ConnectorReport {
    let often = |report: &ConnectorReport| report.counters.get("read_together").is_some_and(|n| *n >= times);
    reported(run, "Microsoft Azure AD", often).await
}

/// Scenario: Graph lists both kinds in one request as well as in two; sign-ins of both happen, over several pages. Guarantee: they
/// are read in one request, both kinds keep up, and what was delivered is the truth.
#[tokio::test]
async fn both_kinds_come_in_one_request() {
    let scene = scene().await;
    let mut run = scene.start().await;
    run.stored(2_000).await;
    let before = read_together(&run, 1).await;
    add(&scene, 1_500);
    run.stored(5_000).await;
    let report = read_together(&run, before.counters["read_together"] + 3).await;
    assert_eq!(report.status, ConnectorStatus::Connected);
    for kind in ["interactive_user_lag_seconds", "non_interactive_user_lag_seconds"] {
        assert!(report.counters[kind] < 30, "{kind}: {:?}", report.counters);
    }
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: one request for both kinds lists the first alone. Guarantee: it is never used, and what was delivered is the truth.
#[tokio::test]
async fn a_list_that_lacks_a_kind_is_not_relied_on() {
    let scene = scene().await;
    scene.simulator.tenant(&TENANT).unwrap().inject(Fault::new(FaultKind::FirstKindAlone).always());
    let mut run = scene.start().await;
    run.stored(2_000).await;
    add(&scene, 50);
    run.stored(2_100).await;
    let polled = |report: &ConnectorReport| report.counters.get("requests").is_some_and(|n| *n > 30);
    let report = reported(&run, "Microsoft Azure AD", polled).await;
    assert_eq!(report.counters["read_together"], 0);
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: once it is relied on, such a request begins to list the first kind alone. Guarantee: what it lacks is found by the
/// re-reads, which stay separate.
#[tokio::test]
async fn what_one_request_begins_to_lack_is_found_by_re_reads() {
    let scene = scene().await;
    let mut run = scene.start().await;
    run.stored(2_000).await;
    let before = read_together(&run, 1).await;
    scene.simulator.tenant(&TENANT).unwrap().inject(Fault::new(FaultKind::FirstKindAlone).always());
    read_together(&run, before.counters["read_together"] + 2).await;
    add(&scene, 50);
    run.stored(2_050).await;
    scene.simulator.jump_clock(SignedDuration::from_mins(10));
    run.stored(2_100).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: a request for both kinds fails once it is relied on. Guarantee: each kind is read alone, and nothing waits for the other.
#[tokio::test]
async fn a_failed_request_separates_the_kinds() {
    let scene = scene().await;
    let mut run = scene.start().await;
    run.stored(2_000).await;
    read_together(&run, 1).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    tenant.inject(Fault::new(FaultKind::Status { status: 504, retry_after_secs: None }).times(3));
    add(&scene, 50);
    run.stored(2_100).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}
