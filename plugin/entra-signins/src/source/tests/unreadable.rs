//! A test of sign-ins that Graph does not serve.

use graph_simulator::{NewSignIn, SignInKind};
use jiff::{SignedDuration, Timestamp};

use super::*;

fn sign_in(created: Timestamp) -> NewSignIn {
    NewSignIn { created: Some(created), kind: Some(SignInKind::InteractiveUser), ..NewSignIn::default() }
}

/// Scenario: Graph fails every request that asks for a certain second, at the live edge, until it is mended. Guarantee: later
/// sign-ins are delivered meanwhile and the connector says which seconds are missing; afterwards they are delivered too, each once,
/// and it says so.
#[tokio::test]
async fn a_second_that_graph_does_not_serve_holds_up_nothing() {
    let second = Timestamp::from_second(Clock::system().now().as_second()).unwrap();
    let child = format!("start = '{second}'\nsign_in_event_types = ['interactiveUser']");
    let scene = Scene::with(SimulatorConfig::with_tenants([contoso(0)]), &child).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    let later = second + SignedDuration::from_secs(8);
    let failing = FaultKind::Status { status: 500, retry_after_secs: None };
    tenant.inject(Fault::new(failing).always().asking_for(second));
    let ids = tenant.add_sign_ins([sign_in(second), sign_in(later)]);
    let mut run = scene.start().await;
    run.stored(1).await;
    assert_eq!(scene.delivered(TENANT), [EventId::of(TenantId(TENANT), &ids[1]).to_string()]);
    let child = reported(&run, "Microsoft Azure AD", |report| report.reason == "unreadable_interval").await;
    assert_eq!(child.status, ConnectorStatus::Error);
    let named = format!("interactiveUser sign-ins of {second} to {}", second + SignedDuration::from_secs(1));
    assert!(child.message.contains(&named), "{child:?}");
    tenant.clear_faults();
    // Its time to be tried again comes.
    scene.simulator.jump_clock(SignedDuration::from_mins(2));
    run.stored(2).await;
    reported(&run, "Microsoft Azure AD", |report| report.status == ConnectorStatus::Connected).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}
