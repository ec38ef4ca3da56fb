//! Tests of what a user sees: errors that come and go, and what holds one tenant up and not the others.

use collector::sender::SourceSender;
use graph_simulator::{Endpoint, KindMix, SignInKind};
use tokio::task::JoinSet;

use super::*;
use crate::config::{Credential, Strategy};

const CHILD: &str = "Microsoft Azure AD";

/// Lets time go on, in steps, while the source works in real time; so waits of minutes take no minutes.
async fn meanwhile<T>(work: impl Future<Output = T>) -> T {
    const STEP: Duration = Duration::from_secs(3);
    const MOST_STEPS: u32 = 3_000;
    tokio::pin!(work);
    for _ in 0..MOST_STEPS {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(Duration::from_millis(5)) => {}
        }
        tokio::time::pause();
        tokio::time::advance(STEP).await;
        tokio::time::resume();
    }
    panic!("it takes too long");
}

/// Waits until a connector of this name stands like this.
async fn stands(run: &TestRun, name: &str, reason: &str) -> ConnectorReport {
    let mut health = run.controls.health.clone();
    let found = |report: &&ConnectorReport| report.name == name && report.reason == reason;
    let waiting = async {
        let reports = health.wait_for(|reports| reports.iter().any(|report| found(&report))).await;
        reports.unwrap().iter().find(found).cloned().unwrap()
    };
    meanwhile(waiting).await
}

fn always(tenant: &graph_simulator::TenantHandle, kind: FaultKind) {
    tenant.inject(Fault::new(kind).always());
}

fn forbidden(code: &str) -> FaultKind {
    FaultKind::Forbidden { code: code.to_owned() }
}

/// Scenario: a running connector meets one trouble after the other, each for as long as it takes to show. Guarantee: each shows as
/// what it is, with a way out; each time the connector recovers by itself; in the end nothing is missing and nothing twice.
#[tokio::test]
async fn it_recovers_from_every_trouble_by_itself() {
    let contoso = TenantConfig { mix: KindMix::only(SignInKind::InteractiveUser), ..contoso(100) };
    let simulator = SimulatorConfig::with_tenants([contoso.live(0.2)]);
    let scene = Scene::with(simulator, "sign_in_event_types = ['interactiveUser']").await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    let run = scene.start().await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    let status = |status| FaultKind::Status { status, retry_after_secs: None };
    let throttle = FaultKind::Throttle { retry_after: RetryAfter::Seconds, wait_millis: 20_000 };
    let no_licence = forbidden("Authentication_RequestFromNonPremiumTenantOrB2CTenant");
    for (fault, reason) in [
        (forbidden("Authentication_MSGraphPermissionMissing"), "permission_missing"),
        (forbidden("Authentication_ApplicationHasNoDirectoryReadAccess"), "directory_read_missing"),
        (FaultKind::InvalidFilter, "invalid_filter"),
        (status(503), "graph_unavailable"),
        (throttle, "throttled"),
        (FaultKind::Html, "answer_unreadable"),
        (FaultKind::InvalidToken, "token_rejected"),
        (no_licence, "no_licence"),
    ] {
        always(&tenant, fault);
        let report = stands(&run, "Contoso-sign-ins", reason).await;
        assert!(report.status != ConnectorStatus::Connected && report.way_out.is_some(), "{report:?}");
        tenant.clear_faults();
        stands(&run, "Contoso-sign-ins", "ok").await;
    }
    tenant.set_live_rate(0.0);
    let everything = async {
        while scene.delivered(TENANT) != scene.truth(TENANT) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    meanwhile(everything).await;
    meanwhile(run.stop()).await;
}

/// Scenario: the host takes nothing for a while, then it does. Guarantee: it shows, though Graph answers; then it is connected.
#[tokio::test]
async fn a_host_that_takes_nothing_shows() {
    let scene = Scene::new(vec![contoso(1_500)]).await;
    let mut run = scene.start().await;
    run.stored(1_500).await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    scene.host.answer(BatchStatus::Errored);
    scene.simulator.tenant(&TENANT).unwrap().set_live_rate(50.0);
    let report = stands(&run, "Contoso-sign-ins", "not_delivered").await;
    assert_eq!(report.status, ConnectorStatus::Error);
    scene.host.answer(BatchStatus::Delivered);
    stands(&run, "Contoso-sign-ins", "ok").await;
    meanwhile(run.stop()).await;
}

/// Scenario: a host whose answers never come, as one whose store is full. Guarantee: though nobody complains, it shows that the
/// newest sign-ins are not read.
#[tokio::test]
async fn what_stands_still_shows_though_nobody_complains() {
    let scene = Scene::new(vec![contoso(0).live(20.0)]).await;
    let (out, _never_taken) = SourceSender::new_test_by_hand(1);
    let (context, controls) = SourceContext::new_test(out);
    let mut source = JoinSet::new();
    source.spawn(scene.config.build(context).await.unwrap());
    let mut health = controls.health.clone();
    let stalled = health.wait_for(|reports| reports.iter().any(|report| report.reason == "stalled"));
    let reports = meanwhile(stalled).await.unwrap().clone();
    let report = reports.iter().find(|report| report.reason == "stalled").unwrap();
    assert_eq!((report.application, report.status), (CHILD, ConnectorStatus::Error));
    assert_eq!(report.lag_secs, None);
    assert!(report.notes.iter().any(|note| note.ends_with("has not been read yet")), "{report:?}");
}

/// Scenario: a permission is taken away for half an hour, so that nothing newer is read. Guarantee: what shows is the missing
/// consent all the while, not that nothing is read.
#[tokio::test]
async fn a_known_cause_comes_before_its_effect() {
    let scene = Scene::new(vec![contoso(10)]).await;
    let run = scene.start().await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    always(&tenant, forbidden("Authentication_MSGraphPermissionMissing"));
    let pending = stands(&run, "Contoso-sign-ins", "permission_missing").await;
    meanwhile(tokio::time::sleep(Duration::from_mins(30))).await;
    let report = stands(&run, "Contoso-sign-ins", "permission_missing").await;
    assert_eq!((report.status, report.since), (ConnectorStatus::PendingUserConsent, pending.since));
    meanwhile(run.stop()).await;
}

/// Scenario: four tenants; Microsoft refuses one, throttles one, and lets one wait without an end. Guarantee: the fourth is
/// connected and delivers everything, old and new, all the while.
#[tokio::test]
async fn a_tenant_in_trouble_slows_no_other() {
    let tenant = |number, name: &str| TenantConfig::new(Uuid::from_u128(number), name).history(300, HOUR);
    let good = tenant(1, "Good").live(5.0);
    let bad = [tenant(2, "Refused"), tenant(3, "Throttled"), tenant(4, "Hanging")];
    let scene = Scene::new([vec![good.clone()], bad.to_vec()].concat()).await;
    let throttle = FaultKind::Throttle { retry_after: RetryAfter::Seconds, wait_millis: 60_000 };
    let faults =
        [forbidden("Authorization_RequestDenied"), throttle, FaultKind::Delay { millis: 24 * 3_600 * 1_000 }];
    for (tenant, fault) in bad.iter().zip(faults) {
        always(&scene.simulator.tenant(&tenant.id).unwrap(), fault);
    }
    let run = scene.start().await;
    stands(&run, "Good-sign-ins", "ok").await;
    stands(&run, "Refused-sign-ins", "request_denied").await;
    let good_one = scene.simulator.tenant(&good.id).unwrap();
    good_one.set_live_rate(0.0);
    let everything = async {
        while scene.delivered(good.id) != scene.truth(good.id) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    meanwhile(everything).await;
    for tenant in &bad {
        assert!(!scene.simulator.tenant(&tenant.id).unwrap().requests(Endpoint::SignIns).is_empty());
        assert!(scene.delivered(tenant.id).is_empty());
    }
    assert_eq!(run.controls.health.borrow().iter().filter(|report| report.reason == "ok").count(), 5);
    meanwhile(run.stop()).await;
}

/// Scenario: Graph asks for a token with claims. Guarantee: it gets one, and the connector works without anybody's help.
#[tokio::test]
async fn a_claims_challenge_is_honoured() {
    let scene = Scene::new(vec![contoso(50)]).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#.to_owned();
    always(&tenant, FaultKind::ClaimsChallenge { claims });
    let mut run = scene.start().await;
    run.stored(50).await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    assert_eq!(tenant.requests(Endpoint::Token).len(), 2);
    meanwhile(run.stop()).await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: tokens live for thirty seconds, and each expires while pages are being followed. Guarantee: paging goes on with the
/// next one, and everything is delivered once.
#[tokio::test]
async fn tokens_that_expire_while_paging_are_replaced() {
    let simulator = SimulatorConfig {
        token_life: Duration::from_secs(30),
        ..SimulatorConfig::with_tenants([contoso(3_000)])
    };
    let scene = Scene::with(simulator, "page_size = 20").await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    // So that pages take time.
    always(&tenant, FaultKind::Delay { millis: 2_000 });
    let mut run = scene.start().await;
    meanwhile(run.stored(3_000)).await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    assert!(tenant.requests(Endpoint::Token).len() > 3);
    meanwhile(run.stop()).await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: a configuration is tried out and then run at once, with nothing kept from before. Guarantee: Microsoft's limits hold
/// over both.
#[tokio::test]
async fn a_run_right_after_a_trial_keeps_the_limits() {
    let mut scene = Scene::new(vec![contoso(50)]).await;
    scene.simulator.set_limits(graph_simulator::Limits::default());
    scene.config.microsoft_365[0].unlimited_requests = false;
    let (context, _controls) = scene.host.context();
    let findings = meanwhile(scene.config.probe(&context.key, &context.globals, &context.proxy)).await;
    assert!(findings.iter().all(|finding| finding.problem.is_none()), "{findings:?}");
    let run = scene.start().await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    assert_eq!(scene.simulator.limit_violations(), 0);
    meanwhile(run.stop()).await;
}

/// Scenario: a secret that expires in five days, refused while its successor is taken; both are configured.
/// Guarantee: nothing is missing, and the report says which one is in use, until when, and that the old one can go.
#[tokio::test]
async fn a_rotated_credential_is_reported() {
    let mut scene = Scene::new(vec![contoso(20)]).await;
    let credential = &mut scene.config.microsoft_365[0].credential;
    let expiry = jiff::Timestamp::from_second(Clock::system().now().as_second() + 5 * 86_400 + 60).unwrap();
    let good = Credential { expires_at: Some(expiry), ..credential.clone() };
    *credential = Strategy::ClientSecret("hush".into()).into();
    credential.next = Some(Box::new(good));
    let mut run = scene.start().await;
    run.stored(20).await;
    let parent = reported(&run, "Microsoft 365", |report| report.notes.len() == 2).await;
    let reported = parent.credential.as_ref().expect("is reported");
    assert_eq!((reported.strategy, reported.place), ("client_secret", "auth.next"));
    assert_eq!(reported.expires_at, Some(expiry));
    assert!(parent.notes[0].contains("in auth is refused (client_secret_wrong) and can go"), "{parent:?}");
    assert!(parent.notes[1].contains("in auth.next expires in 5 days"), "{parent:?}");
    run.stop().await;
}

/// Scenario: connector events are wanted; a tenant works, loses its permission, and has it again. Guarantee: each change is an event of type
/// System beside the sign-ins, with Cato's word for the status, and no sign-in is affected.
#[tokio::test]
async fn another_status_is_an_event() {
    let mut scene = Scene::new(vec![contoso(50)]).await;
    scene.config.connector_events = true;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    let run = scene.start().await;
    stands(&run, "Contoso-sign-ins", "ok").await;
    always(&tenant, forbidden("Authentication_MSGraphPermissionMissing"));
    stands(&run, "Contoso-sign-ins", "permission_missing").await;
    tenant.clear_faults();
    stands(&run, "Contoso-sign-ins", "ok").await;
    let changes = || {
        let events = scene.host.events();
        let is_it = |event: &&LogEvent| {
            text(event, "connector_name") == "Contoso-sign-ins" && text(event, "event_type") == "System"
        };
        events.iter().filter(is_it).map(|event| text(event, "connector_status")).collect::<Vec<_>>()
    };
    let wanted = ["Connected", "Pending user consent", "Connected"];
    meanwhile(async {
        while changes() != wanted {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    run.stop().await;
}
