//! Hours that are counted instead of being read again. A server's clock that leaps is believed after a minute, which is how long
//! these tests take.

use graph_simulator::{KindMix, NewSignIn, SignInKind};
use jiff::SignedDuration;

use super::*;

const PAGE: &str = "page_size = 10\nstart = '50h'\nsign_in_event_types = ['interactiveUser']";

/// Two days of history with more sign-ins in each hour than a page holds.
async fn scene() -> Scene {
    let mix =
        KindMix { non_interactive_user: 0, service_principal: 0, managed_identity: 0, ..KindMix::default() };
    let tenant = TenantConfig { mix, ..TenantConfig::new(TENANT, "Contoso").history(4_800, 48 * HOUR) };
    Scene::with(SimulatorConfig::with_tenants([tenant]), PAGE).await
}

/// Scenario: two days of back-fill, due to be proven; Graph counts well; one sign-in of an old hour shows only now. Guarantee: most
/// hours are counted, the late one is found, and what was delivered is the truth.
#[tokio::test]
async fn back_fill_is_proven_by_counts() {
    let scene = scene().await;
    let mut run = scene.start().await;
    run.stored(4_800).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    let now = scene.simulator.now();
    tenant.add_sign_ins([NewSignIn {
        created: Some(now - SignedDuration::from_hours(46)),
        appears_at: Some(now),
        kind: Some(SignInKind::InteractiveUser),
        ..NewSignIn::default()
    }]);
    scene.simulator.jump_clock(SignedDuration::from_mins(90));
    run.stored(4_801).await;
    let counted = |report: &ConnectorReport| report.counters.get("counted_hours").is_some_and(|n| *n > 8);
    let report = reported(&run, "Microsoft Azure AD", counted).await;
    assert_eq!(report.counters["late"], 1);
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: the same, but Graph counts one too many, or does not count at all. Guarantee: no hour is counted, all are read again, and
/// the connector is well.
#[tokio::test]
async fn wrong_counts_are_not_relied_on() {
    tokio::join!(is_not_relied_on(FaultKind::WrongCount { more: 1 }), is_not_relied_on(FaultKind::NoCount));
}

async fn is_not_relied_on(count: FaultKind) {
    let scene = scene().await;
    scene.simulator.tenant(&TENANT).unwrap().inject(Fault::new(count).always());
    let mut run = scene.start().await;
    run.stored(4_800).await;
    scene.simulator.jump_clock(SignedDuration::from_mins(90));
    let all_again = |report: &ConnectorReport| report.counters.get("repeated").is_some_and(|n| *n > 2_500);
    let report = reported(&run, "Microsoft Azure AD", all_again).await;
    assert_eq!(report.counters["counted_hours"], 0);
    assert_eq!(report.status, ConnectorStatus::Connected);
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}
