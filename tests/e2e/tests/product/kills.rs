//! Killed at any moment, sink and journal included.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::support::{Scene, eventually};

/// Scenario: `kill -9` at ten random moments while history and live sign-ins come in. Guarantee: the file holds every sign-in
/// once, and the request limits hold over all starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_kills_lose_and_repeat_nothing() {
    let tenant =
        TenantConfig::new(Uuid::from_u128(21), "Contoso").history(3_000, Duration::from_hours(24)).live(3.0);
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.child += "page_size = 150\n";
    let seed = rand::random();
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..10 {
        let program = scene.run();
        tokio::time::sleep(Duration::from_millis(random.random_range(50..14_000))).await;
        program.kill().await;
    }
    let program = scene.run();
    scene.simulator.tenant(&scene.tenants[0].id).unwrap().set_live_rate(0.0);
    eventually("everything has arrived", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
}
