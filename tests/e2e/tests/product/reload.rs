//! A configuration that changes while the program runs.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use uuid::Uuid;

use crate::support::{Scene, eventually, lines_in};

/// Scenario: SIGHUP with a second tenant and a second file added, then with a broken file, then mended. Guarantee: what was added
/// starts, what was there goes on where it was, a broken file changes nothing and is said to be broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_is_reloaded_and_a_broken_file_is_not() {
    let tenant = |(name, number)| {
        TenantConfig::new(Uuid::from_u128(number), name).history(300, Duration::from_hours(1)).live(1.0)
    };
    let config = SimulatorConfig::with_tenants([("Contoso", 61), ("Fabrikam", 62)].map(tenant));
    let mut scene = Scene::new(config).await;
    let second = scene.tenants.pop().unwrap();
    let mut program = scene.run_with_secrets_of(std::slice::from_ref(&second));
    eventually("the first tenant arrives", async || scene.delivered().len() >= 300).await;

    scene.tenants.push(second);
    scene.sinks += "\n[sinks.copy]\ntype = \"file\"\ninputs = [\"entra\"]\npath = \"copy.ndjson\"\n";
    scene.write();
    program.signal("-HUP");
    eventually("the second tenant arrives", async || scene.delivered().len() >= 600).await;
    eventually("the second sink has it all", async || lines_in(&scene.path("copy.ndjson")).len() >= 600)
        .await;

    let good = scene.toml();
    std::fs::write(scene.path("entra-signins.toml"), good.replace("poll_interval_secs", "pol_interval_secs"))
        .unwrap();
    program.signal("-HUP");
    eventually("the broken file is named", async || {
        program.log().contains("did you mean poll_interval_secs?")
    })
    .await;
    let before = scene.delivered().len();
    eventually("sign-ins go on coming", async || scene.delivered().len() > before).await;
    assert!(program.is_running());

    scene.write();
    program.signal("-HUP");
    for tenant in &scene.tenants {
        scene.simulator.tenant(&tenant.id).unwrap().set_live_rate(0.0);
    }
    eventually("everything has arrived", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
}

/// Scenario: a filter that lets one application in, then none, with SIGHUP in between. Guarantee: what the filter left out arrives
/// now, back to the start, and what it let in does not come again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_filter_reads_again_and_repeats_nothing() {
    let tenant = TenantConfig::new(Uuid::from_u128(63), "Contoso").history(600, Duration::from_hours(6));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let child = scene.child.clone();
    scene.child += "filter = \"appDisplayName eq 'Microsoft Teams'\"\n";
    let expected = {
        let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
        let records = tenant.truth().into_iter().map(|sign_in| tenant.record(&sign_in.id).unwrap());
        records.filter(|record| record["appDisplayName"] == "Microsoft Teams").count()
    };
    let program = scene.run();
    eventually("one application's sign-ins arrive", async || scene.delivered().len() >= expected).await;
    assert_eq!(scene.delivered().len(), expected);
    assert!((1..600).contains(&expected), "{expected}");

    scene.child = child;
    scene.write();
    program.signal("-HUP");
    eventually("the others arrive", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
}
