//! `validate`, and the requests that it costs.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use uuid::Uuid;

use crate::support::{Scene, eventually};

/// Scenario: a configuration is validated, run at once, validated again while it runs, stopped and run again. Guarantee: it is found
/// good each time, and Microsoft's limits hold over all of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validating_and_running_keep_the_limits_together() {
    let tenant = TenantConfig::new(Uuid::from_u128(131), "Contoso").history(300, Duration::from_hours(12));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.child += "page_size = 50\n";
    scene.write();
    for _ in 0..2 {
        let valid = scene.command(&["validate"]).await;
        assert!(valid.status.success(), "{}", String::from_utf8_lossy(&valid.stderr));
        let program = scene.run();
        eventually("it reads", async || {
            program.counters("Contoso-sign-ins").await["fetched"].as_u64() > Some(0)
        })
        .await;
        let valid = scene.command(&["validate"]).await;
        assert!(valid.status.success(), "{}", String::from_utf8_lossy(&valid.stderr));
        assert!(program.stop().await.status.success());
    }
    let program = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}
