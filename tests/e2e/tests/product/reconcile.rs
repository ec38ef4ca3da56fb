//! Showing that nothing is missing, and finding what is.

use std::time::Duration;

use graph_simulator::{NewSignIn, SignInKind, SimulatorConfig, TenantConfig, TrueSignIn};
use jiff::SignedDuration;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Scene, eventually};

/// The rows that `reconcile` gives of the hours from three to one ago, and its exit code.
async fn reconcile(scene: &Scene, more: &[&str]) -> (Option<i32>, Vec<Value>) {
    let config = scene.path("entra-signins.toml");
    let mut arguments =
        vec!["reconcile", "-c", config.to_str().unwrap(), "--from", "3h", "--to", "1h", "--json"];
    arguments.extend(more);
    let output = scene.command(&arguments).await;
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (output.status.code(), rows)
}

fn sum(rows: &[Value], pointer: &str) -> u64 {
    rows.iter().map(|row| row.pointer(pointer).and_then(Value::as_u64).unwrap()).sum()
}

/// Scenario: everything is delivered; then a sign-in of two hours ago appears, which no re-read is due to find for hours. Guarantee: what
/// was delivered is shown to be whole, in Graph, journal and sink alike; the new one is a gap, and named; a repair fetches it, once; and
/// then all is whole again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_found_and_filled() {
    let tenant = TenantConfig::new(Uuid::from_u128(131), "Contoso").history(900, Duration::from_hours(6));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.child += "sign_in_event_types = ['interactiveUser']\n";
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let kind = |sign_in: &TrueSignIn| sign_in.kind == SignInKind::InteractiveUser;
    let expected = tenant.truth().iter().filter(|sign_in| kind(sign_in)).count();
    let program = scene.run();
    eventually("everything has arrived", async || scene.delivered().len() >= expected).await;

    let (code, rows) = reconcile(&scene, &[]).await;
    assert_eq!(code, Some(0), "{rows:#?}");
    let counts = ["/shown", "/journal", "/sinks/out", "/missing"].map(|name| sum(&rows, name));
    let [shown, ..] = counts;
    assert!(shown > 0);
    assert_eq!(counts, [shown, shown, shown, 0], "{rows:#?}");
    let whole: Vec<_> = rows.iter().filter(|row| row["account"].is_object()).cloned().collect();
    assert_eq!(sum(&whole, "/account/delivered"), sum(&whole, "/shown"));
    assert!(whole.len() >= 2 && rows.iter().all(|row| row["unstable"] == false), "{rows:#?}");

    let created = scene.simulator.now() - SignedDuration::from_hours(2);
    let kind = Some(SignInKind::InteractiveUser);
    tenant.add_sign_ins([NewSignIn { created: Some(created), kind, ..NewSignIn::default() }]);
    let (code, rows) = reconcile(&scene, &[]).await;
    assert_eq!((code, sum(&rows, "/missing"), sum(&rows, "/shown")), (Some(1), 1, shown + 1));
    let (code, rows) = reconcile(&scene, &["--repair"]).await;
    assert_eq!((code, sum(&rows, "/missing")), (Some(1), 1));
    let named = rows.iter().find_map(|row| row.pointer("/missing_ids/0")).unwrap().clone();
    let arrived = |event: &Value| event["event_id"] == named;
    eventually("it is fetched", async || scene.delivered().iter().any(arrived)).await;
    eventually("all is whole", async || {
        let (code, rows) = reconcile(&scene, &[]).await;
        code == Some(0) && sum(&rows, "/sinks/out") == shown + 1
    })
    .await;
    assert!(program.stop().await.status.success());
    assert_eq!(scene.delivered().len(), expected + 1);
}
