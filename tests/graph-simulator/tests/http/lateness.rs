//! Records that come late, change, hide, and happen while one watches; and the clock they go by.

use std::collections::HashSet;
use std::time::Duration;

use graph_simulator::{
    Instability, Lateness, Limits, NewSignIn, RetryAfter, Revisions, SignInKind, Simulator, SimulatorConfig,
    TenantConfig, TruthFilter,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{ALL_KINDS, HOUR, Scene, contoso, ids, scene, scene_with};

const EVERYTHING: [(&str, &str); 1] = [("$filter", ALL_KINDS)];

async fn seen(scene: &Scene) -> HashSet<String> {
    ids(&scene.walk(&EVERYTHING).await).into_iter().collect()
}

/// Scenario: a history in which records come up to an hour late.
/// Guarantees: at any time a walk sees exactly what the truth says has appeared, and in the end everything.
#[tokio::test]
async fn late_records_appear_when_the_truth_says() {
    let lateness = Lateness::HeavyTail { median: Duration::from_mins(2), max: HOUR };
    let scene = scene(contoso().history(600, HOUR).lateness(lateness)).await;
    let mut before = 0;
    for _ in 0..4 {
        // The clock runs between the walk and the truth, so what appears in between may be in either.
        let early = TruthFilter { appeared_by: Some(scene.simulator.now()), ..TruthFilter::default() };
        let seen = seen(&scene).await;
        let late = TruthFilter { appeared_by: Some(scene.simulator.now()), ..TruthFilter::default() };
        let appeared = |filter| -> HashSet<String> {
            scene.tenant.truth_where(filter).into_iter().map(|s| s.id).collect()
        };
        assert!(appeared(&early).is_subset(&seen) && seen.is_subset(&appeared(&late)));
        assert!(seen.len() > before, "more has appeared");
        before = seen.len();
        scene.simulator.jump_clock(SignedDuration::from_mins(15));
    }
    scene.simulator.jump_clock(SignedDuration::from_hours(1));
    assert_eq!(seen(&scene).await.len(), 600);
}

/// Scenario: sign-ins whose appearance is given, one of them behind the place where a walk stands.
/// Guarantees: a record is invisible until then; a walk meets it only if it has not passed its place.
#[tokio::test]
async fn records_appear_in_the_middle_of_a_walk() {
    let scene = scene(contoso()).await;
    let now = scene.simulator.now();
    let at = |age: i64, appears: i64| NewSignIn {
        created: Some(now - SignedDuration::from_secs(age)),
        appears_at: Some(now + SignedDuration::from_secs(appears)),
        kind: Some(SignInKind::InteractiveUser),
        ..NewSignIn::default()
    };
    let made = scene.tenant.add_sign_ins([at(90, 0), at(80, 60), at(70, 0), at(60, 60), at(50, 0)]);
    let options = [("$orderby", "createdDateTime asc"), ("$top", "2")];
    let first: Value = scene.list(&options).await.json().await.expect("is JSON");
    assert_eq!(ids(first["value"].as_array().expect("is a list")), [made[0].as_str(), &made[2]]);
    scene.simulator.jump_clock(SignedDuration::from_mins(1));
    let next = first["@odata.nextLink"].as_str().expect("has a next page");
    let second: Value = scene.get(next).send().await.expect("answers").json().await.expect("is JSON");
    assert_eq!(ids(second["value"].as_array().expect("is a list")), [made[3].as_str(), &made[4]]);
    assert_eq!(ids(&scene.walk(&options).await), made);
}

/// Scenario: a record that is changed at a stated time, and records that change by themselves.
/// Guarantees: before the time the old value, after it the new; a revised record differs and keeps its id.
#[tokio::test]
async fn records_change_in_place() {
    let tenant =
        TenantConfig { revisions: Revisions { share: 0.5, after: Duration::from_mins(10) }, ..contoso() };
    let scene = scene(tenant).await;
    let now = scene.simulator.now();
    let made =
        scene.tenant.add_spread(SignInKind::InteractiveUser, 40, now - SignedDuration::from_mins(5), now);
    let change = json!({"riskState": "dismissed"}).as_object().expect("is an object").clone();
    assert!(scene.tenant.change_sign_in(&made[0], Some(now + SignedDuration::from_mins(1)), change));
    let before = scene.walk(&EVERYTHING).await;
    scene.simulator.jump_clock(SignedDuration::from_mins(2));
    let changed = scene.walk(&EVERYTHING).await;
    let differing = |a: &[Value], b: &[Value]| -> Vec<String> {
        assert_eq!(ids(a), ids(b));
        a.iter()
            .zip(b)
            .filter(|(a, b)| a != b)
            .map(|(a, _)| a["id"].as_str().expect("is a string").to_owned())
            .collect()
    };
    assert_eq!(differing(&before, &changed), [made[0].clone()]);
    assert_eq!(scene.tenant.record(&made[0]).expect("exists")["riskState"], "dismissed");
    scene.simulator.jump_clock(SignedDuration::from_mins(10));
    let revised = differing(&changed, &scene.walk(&EVERYTHING).await).len();
    assert!((5..35).contains(&revised), "{revised} of 40 are revised");
}

/// Scenario: reads that leave out unsettled records.
/// Guarantees: equal reads differ and miss some; once settled they are complete.
#[tokio::test]
async fn unstable_reads_settle() {
    let instability = Instability { missing: 0.3, settles_after: HOUR };
    let scene = scene(TenantConfig { instability, ..contoso().history(300, HOUR / 2) }).await;
    let (one, two) = (seen(&scene).await, seen(&scene).await);
    assert_ne!(one, two);
    assert!(one.len() < 300 && two.len() < 300);
    assert_eq!(scene.tenant.truth().len(), 300);
    scene.simulator.jump_clock(SignedDuration::from_hours(1));
    assert_eq!(seen(&scene).await.len(), 300);
}

/// Scenario: live sign-ins while time passes, the rate changes, and time passes again.
/// Guarantees: as many as the rate says, visible in reads, the same for the same seed.
#[tokio::test(start_paused = true)]
async fn live_sign_ins_happen_at_their_rate() {
    let start = async || {
        let start_at = Some("2026-11-23T12:00:00Z".parse().expect("is a time"));
        let config = SimulatorConfig { start_at, ..SimulatorConfig::with_tenants([contoso().live(10.0)]) };
        let scene = scene_with(SimulatorConfig { limits: Limits::off(), ..config }).await;
        scene.simulator.jump_clock(SignedDuration::from_secs(60));
        let truth = scene.tenant.truth();
        (scene, truth)
    };
    let (scene, truth) = start().await;
    assert!((600..=620).contains(&truth.len()), "{}", truth.len());
    assert_eq!(seen(&scene).await.len(), scene.tenant.sign_in_count());
    let (_, again) = start().await;
    assert_eq!(again[..600], truth[..600]);
    scene.tenant.set_live_rate(0.0);
    let stopped = scene.tenant.sign_in_count();
    scene.simulator.jump_clock(SignedDuration::from_secs(60));
    assert_eq!(scene.tenant.sign_in_count(), stopped);
}

/// Scenario: a client that asks too fast, with each form of `Retry-After`, then waits.
/// Guarantees: the sixth request is refused and counted; after the wait requests pass; other tenants are not affected.
#[tokio::test(start_paused = true)]
async fn limits_hold_over_http() {
    for form in [RetryAfter::Seconds, RetryAfter::Decimal, RetryAfter::HttpDate, RetryAfter::Absent] {
        let limits = Limits { retry_after: form, ..Limits::default() };
        let scene =
            scene_with(SimulatorConfig { limits, ..SimulatorConfig::with_tenants([contoso()]) }).await;
        for _ in 0..5 {
            assert_eq!(scene.list(&[]).await.status(), 200);
        }
        assert_eq!(scene.simulator.limit_violations(), 0);
        let response = scene.list(&[]).await;
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers().contains_key("Retry-After"), form != RetryAfter::Absent);
        let body: Value = response.json().await.expect("is JSON");
        assert_eq!(body["error"]["code"], "TooManyRequests");
        assert_eq!(scene.simulator.limit_violations(), 1);
        tokio::time::sleep(Duration::from_secs(11)).await;
        assert_eq!(scene.list(&[]).await.status(), 200);
    }
}

/// Scenario: two simulators with the same seed and start.
/// Guarantees: they have the same records, byte for byte; another seed has others.
#[tokio::test]
async fn the_seed_decides_everything() {
    let walk = async |seed| {
        let start_at = Some("2026-11-23T12:00:00Z".parse().expect("is a time"));
        let config = SimulatorConfig {
            start_at,
            seed,
            ..SimulatorConfig::with_tenants([contoso().history(200, HOUR)])
        };
        scene_with(config).await.walk(&EVERYTHING).await
    };
    let one = walk(1).await;
    assert_eq!(one, walk(1).await);
    assert_ne!(ids(&one), ids(&walk(2).await));
}

/// Scenario: a simulator is stopped while an answer is stalled.
/// Guarantees: it stops, and its address can be taken again.
#[tokio::test]
async fn stops_while_an_answer_is_stalled() {
    let scene = scene(contoso().history(100, HOUR)).await;
    scene.tenant.inject(graph_simulator::FaultKind::StalledBody);
    let stalled = scene.list(&[]).await;
    assert_eq!(stalled.status(), 200);
    let url = scene.simulator.graph_endpoint();
    let address = url.socket_addrs(|| None).expect("has an address")[0];
    scene.simulator.shutdown().await;
    assert!(stalled.bytes().await.is_err());
    let again = SimulatorConfig { address, ..SimulatorConfig::with_tenants([contoso()]) };
    assert_eq!(Simulator::start(again).await.expect("starts").graph_endpoint(), url);
}
