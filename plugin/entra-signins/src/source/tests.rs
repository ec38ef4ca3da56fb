//! Tests of the whole source against the simulated Microsoft, in a host that the tests hold in their hands.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use collector::event::LogEvent;
use collector::finalization::BatchStatus;
use collector::health::{ConnectorReport, ConnectorStatus};
use collector::testing::{TestHost, TestRun, run_and_assert_source_compliance};
use graph_simulator::{
    Fault, FaultKind, Flaw, Lateness, LinkPart, RetryAfter, Simulator, SimulatorConfig, TenantConfig,
};
use uuid::Uuid;

use super::*;
use crate::config::{EventId, TenantId};

mod authorize;
mod counts;
mod examine;
mod memory;
mod pressure;
mod reconcile;
mod sign_in;
mod status;
mod together;
mod unreadable;

const TENANT: Uuid = Uuid::from_u128(0xc0);
const HOUR: Duration = Duration::from_hours(1);

/// A simulated Microsoft and a host.
struct Scene {
    simulator: Simulator,
    host: TestHost,
    config: EntraSigninsConfig,
}

impl Scene {
    async fn new(tenants: Vec<TenantConfig>) -> Self {
        Self::with(SimulatorConfig::with_tenants(tenants), "").await
    }

    /// Limits are off on both sides, so that tests need not wait for requests to age.
    async fn with(mut simulator: SimulatorConfig, child: &str) -> Self {
        simulator.limits = graph_simulator::Limits::off();
        let tenants = simulator.tenants.clone();
        let simulator = Simulator::start(simulator).await.unwrap();
        let config = config(&simulator, &tenants, child);
        Self { simulator, host: TestHost::new(NAME), config }
    }

    async fn start(&self) -> TestRun {
        self.host.start(&self.config).await.unwrap()
    }

    /// What the tenant's log holds, as event ids.
    fn truth(&self, tenant: Uuid) -> Vec<String> {
        let truth = self.simulator.tenant(&tenant).unwrap().truth();
        let mut ids: Vec<_> =
            truth.iter().map(|sign_in| EventId::of(TenantId(tenant), &sign_in.id).to_string()).collect();
        ids.sort();
        ids
    }

    fn delivered(&self, tenant: Uuid) -> Vec<String> {
        let events = self.host.events();
        let of_tenant = |event: &&LogEvent| text(event, "tenant_id") == tenant.to_string();
        let mut ids: Vec<_> = events.iter().filter(of_tenant).map(|event| text(event, "event_id")).collect();
        ids.sort();
        ids
    }
}

fn text(event: &LogEvent, field: &str) -> String {
    event.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

fn config(simulator: &Simulator, tenants: &[TenantConfig], child: &str) -> EntraSigninsConfig {
    let mut toml = String::new();
    let start = if child.contains("start =") { "" } else { "start = '25h'" };
    for tenant in tenants {
        let (name, url) = (&tenant.display_name, simulator.login_endpoint());
        write!(
            toml,
            "[[microsoft_365]]\nname = '{name}'\ntenant_id = '{}'\nlogin_endpoint = '{url}'\ngraph_endpoint = '{url}'\n\
             unlimited_requests = true\nclient_id = '{}'\nauth = {{ strategy = 'client_secret', client_secret = '{}' }}\n\
             [[azure_ad]]\nname = '{name}-sign-ins'\nconnector_tenant = '{name}'\npoll_interval_secs = 1\n{start}\n{child}\n",
            tenant.id, tenant.client_id, tenant.client_secret
        )
        .unwrap();
    }
    let table: toml::Table = toml.parse().unwrap();
    let serde_json::Value::Object(table) = serde_json::to_value(table).unwrap() else { panic!("a table") };
    EntraSigninsConfig::from_table(&Table::from_json(table)).unwrap()
}

fn contoso(sign_ins: usize) -> TenantConfig {
    TenantConfig::new(TENANT, "Contoso").history(sign_ins, 24 * HOUR)
}

/// Waits until a connector's report passes.
async fn reported(
    run: &TestRun,
    application: &str,
    passes: impl Fn(&ConnectorReport) -> bool,
) -> ConnectorReport {
    let wanted = |reports: &Vec<ConnectorReport>| {
        reports.iter().any(|report| report.application == application && passes(report))
    };
    let mut health = run.controls.health.clone();
    let found = tokio::time::timeout(Duration::from_mins(3), health.wait_for(wanted)).await;
    let reports = found.map(|reports| reports.unwrap().clone());
    let reports = reports.unwrap_or_else(|_| panic!("never reported: {:#?}", run.controls.health.borrow()));
    reports.into_iter().find(|report| report.application == application && passes(report)).unwrap()
}

/// Scenario: three tenants, four kinds, a day of history. Guarantee: what was delivered is the truth, each sign-in once.
#[tokio::test]
async fn every_sign_in_is_delivered_once() {
    let tenants: Vec<_> = ["Contoso", "Fabrikam", "Tailspin"]
        .into_iter()
        .zip(1..)
        .map(|(name, number)| TenantConfig::new(Uuid::from_u128(number), name).history(2_500, 24 * HOUR))
        .collect();
    let ids: Vec<_> = tenants.iter().map(|tenant| tenant.id).collect();
    let scene = Scene::new(tenants).await;
    let mut run = scene.start().await;
    run.stored(7_500).await;
    let child =
        reported(&run, "Microsoft Azure AD", |report| report.status == ConnectorStatus::Connected).await;
    assert_eq!(child.reason, "ok");
    run.stop().await;
    for id in ids {
        assert_eq!(scene.delivered(id), scene.truth(id));
    }
}

/// Scenario: sign-ins happen while the source runs, some of them late. Guarantee: all are delivered, each once, and how late they
/// were is told.
#[tokio::test]
async fn live_and_late_sign_ins_are_delivered_once() {
    let tenant = contoso(100).live(20.0).lateness(Lateness::Uniform(Duration::ZERO, Duration::from_secs(3)));
    let scene = Scene::new(vec![tenant]).await;
    let mut run = scene.start().await;
    run.stored(220).await;
    scene.simulator.tenant(&TENANT).unwrap().set_live_rate(0.0);
    let all = scene.truth(TENANT).len();
    run.stored(all).await;
    let told = |report: &ConnectorReport| {
        let secs = |name| report.counters.get(name).copied().unwrap_or_default();
        0 < secs("lateness_p50_seconds") && secs("lateness_p50_seconds") <= secs("lateness_max_seconds")
    };
    reported(&run, "Microsoft Azure AD", told).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: the host refuses batches for a while. Guarantee: the source goes back, nothing moves past what was refused, and
/// in the end each sign-in is stored once.
#[tokio::test]
async fn a_host_that_refuses_gets_it_again() {
    let scene = Scene::new(vec![contoso(1_500)]).await;
    for refusal in [BatchStatus::Errored, BatchStatus::Rejected] {
        scene.host.answer(refusal);
        let run = scene.start().await;
        reported(&run, "Microsoft Azure AD", |report| {
            report.counters.get("not_delivered").is_some_and(|n| *n > 2)
        })
        .await;
        assert_eq!(scene.host.events().len(), 0);
        run.stop().await;
    }
    scene.host.answer(BatchStatus::Delivered);
    let mut run = scene.start().await;
    run.stored(1_500).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: the source is killed at some point and started again. Guarantee: it goes on where it was: nothing missing, nothing
/// twice that was acknowledged and stored.
#[tokio::test]
async fn a_killed_source_goes_on() {
    let scene = Scene::new(vec![contoso(3_000)]).await;
    for stored in [1, 1_000, 2_000] {
        let mut run = scene.start().await;
        run.stored(stored).await;
        run.kill().await;
    }
    let mut run = scene.start().await;
    reported(&run, "Microsoft Azure AD", |report| report.counters.get("repeated").is_some_and(|n| *n > 0))
        .await;
    run.stored(3_000).await;
    run.stop().await;
    let mut delivered = scene.delivered(TENANT);
    delivered.dedup();
    assert_eq!(delivered, scene.truth(TENANT));
}

/// Scenario: the host's store is lost between two runs. Guarantee: everything acknowledged by the lost store is delivered to the
/// new one.
#[tokio::test]
async fn a_lost_store_is_filled_again() {
    let scene = Scene::new(vec![contoso(1_200)]).await;
    let mut run = scene.start().await;
    run.stored(1_200).await;
    run.stop().await;
    scene.host.replace_store();
    let mut run = scene.start().await;
    run.stored(1_200).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: every fault of the network and of Graph, all switched on for a share of the requests. Guarantee: all sign-ins are
/// delivered, each once, and records that are no sign-ins are set aside.
#[tokio::test]
async fn no_fault_loses_or_repeats_a_sign_in() {
    let simulator = SimulatorConfig {
        token_life: Duration::from_secs(30),
        ..SimulatorConfig::with_tenants([contoso(1_500)])
    };
    let scene = Scene::with(simulator, "page_size = 100").await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    for kind in faults() {
        tenant.inject(Fault::new(kind).probability(0.3));
    }
    let mut run = scene.start().await;
    run.stored(1_500).await;
    tenant.clear_faults();
    reported(&run, "Microsoft Azure AD", |report| report.status == ConnectorStatus::Connected).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

fn faults() -> Vec<FaultKind> {
    let throttles = [RetryAfter::Absent, RetryAfter::Seconds, RetryAfter::Decimal, RetryAfter::HttpDate]
        .map(|retry_after| FaultKind::Throttle { retry_after, wait_millis: 700 });
    let statuses = [500, 502, 503, 504].map(|status| FaultKind::Status { status, retry_after_secs: None });
    let links = [LinkPart::Host, LinkPart::Port, LinkPart::Scheme, LinkPart::Path]
        .map(|part| FaultKind::ForeignNextLink { part });
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
        FaultKind::FlawedRecords { flaw: Flaw::NoId },
        FaultKind::NoDate,
        FaultKind::Redirect { status: 302, location: "https://elsewhere.example/".to_owned() },
        FaultKind::Delay { millis: 300 },
    ];
    throttles.into_iter().chain(statuses).chain(links).chain(others).collect()
}

/// Scenario: the app has the wrong secret, and one tenant of two is affected. Guarantee: that tenant's connectors show an error
/// with a way out, the other works; with the right secret it recovers by itself.
#[tokio::test]
async fn one_tenants_failure_leaves_the_other_alone() {
    let good = TenantConfig::new(Uuid::from_u128(9), "Fabrikam").history(50, HOUR);
    let scene = Scene::new(vec![contoso(50), good.clone()]).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    tenant.set_client_secrets(["another".to_owned()]);
    let mut run = scene.start().await;
    run.stored(50).await;
    let failed = |report: &ConnectorReport| report.status == ConnectorStatus::Error;
    let parent = reported(&run, "Microsoft 365", failed).await;
    assert_eq!((parent.name.as_str(), parent.reason.as_str()), ("Contoso", "client_secret_wrong"));
    assert!(parent.way_out.is_some());
    let child = reported(&run, "Microsoft Azure AD", failed).await;
    assert_eq!(child.name, "Contoso-sign-ins");
    tenant.set_client_secrets([contoso(0).client_secret]);
    run.stored(100).await;
    run.stop().await;
    assert_eq!(scene.delivered(good.id), scene.truth(good.id));
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: nobody has granted AuditLog.Read.All, then somebody does. Guarantee: the parent is connected, the child pends with
/// the consent page as its way out, no sign-in is asked for in vain, and it recovers by itself.
#[tokio::test]
async fn a_missing_permission_pends_until_it_is_granted() {
    let scene = Scene::new(vec![contoso(30)]).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    tenant.set_roles([graph_simulator::DIRECTORY_READ_ALL.to_owned()]);
    let mut run = scene.start().await;
    let child = reported(&run, "Microsoft Azure AD", |report| report.reason == "permission_missing").await;
    assert_eq!(child.status, ConnectorStatus::PendingUserConsent);
    let page = child.way_out.unwrap().url.unwrap();
    assert!(page.contains(&format!("{TENANT}/adminconsent?client_id=")), "{page}");
    reported(&run, "Microsoft 365", |report| report.status == ConnectorStatus::Connected).await;
    assert_eq!(tenant.requests(graph_simulator::Endpoint::SignIns).len(), 0);
    tenant.set_roles([graph_simulator::AUDIT_LOG_READ_ALL.to_owned()]);
    run.stored(30).await;
    run.stop().await;
}

/// Scenario: a record without an id stands on every page. Guarantee: it is counted, kept once in the dead-letter file, and all
/// others are delivered.
#[tokio::test]
async fn a_record_that_is_no_sign_in_is_set_aside_once() {
    let scene = Scene::new(vec![contoso(40)]).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    tenant.inject(Fault::new(FaultKind::FlawedRecords { flaw: Flaw::NotAnObject }).always());
    let mut run = scene.start().await;
    run.stored(40).await;
    let child = reported(&run, "Microsoft Azure AD", |report| {
        report.counters.get("set_aside").is_some_and(|n| *n > 0)
    })
    .await;
    assert!(child.notes.iter().any(|note| note.contains("set aside")), "{:?}", child.notes);
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: the source runs as any host runs it. Guarantee: it counts what Vector's dashboards expect.
#[tokio::test]
async fn it_counts_what_vector_counts() {
    let scene = Scene::new(vec![contoso(20)]).await;
    run_and_assert_source_compliance(&scene.config, NAME, 20).await;
}

/// Scenario: the example that `generate` prints. Guarantee: what it shows is offered as fields and schemas.
#[test]
fn it_says_what_comes_out() {
    let outputs = EntraSigninsConfig {
        microsoft_365: vec![],
        app_budget_share: 1.0,
        dedupe_max_bytes: 0,
        connector_events: false,
    }
    .outputs();
    let names: BTreeMap<_, _> = outputs[0].fields.iter().copied().collect();
    assert!(names.contains_key("event_id") && names.contains_key("sign_in_event_types"));
}
