//! Killed at any moment, sink and journal included.

use std::collections::BTreeMap;
use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Answer, Receiver, Scene, eventually};

/// By default; `ENTRA_TESTS_KILLS` is another number.
const KILLS: usize = 10;

fn kills() -> usize {
    std::env::var("ENTRA_TESTS_KILLS").map_or(KILLS, |kills| kills.parse().unwrap())
}

async fn scene(number: u128) -> Scene {
    let tenant = TenantConfig::new(Uuid::from_u128(number), "Contoso");
    let tenant = tenant.history(3_000, Duration::from_hours(24)).live(3.0);
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.child += "page_size = 150\n";
    scene
}

/// Starts the program and kills it, again and again. `ENTRA_TESTS_SEED` repeats the moments of another run.
async fn kill_at_random_moments(scene: &Scene) {
    let seed =
        std::env::var("ENTRA_TESTS_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    eprintln!("ENTRA_TESTS_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..kills() {
        let mut program = scene.run();
        tokio::time::sleep(Duration::from_millis(random.random_range(50..14_000))).await;
        assert!(program.is_running(), "it ended by itself");
        program.kill().await;
    }
}

/// Scenario: `kill -9` at random moments while history and live sign-ins come in. Guarantee: the file holds every sign-in
/// once, and the request limits hold over all starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_and_repeat_nothing() {
    let scene = scene(21).await;
    kill_at_random_moments(&scene).await;
    let program = scene.run();
    scene.simulator.tenant(&scene.tenants[0].id).unwrap().set_live_rate(0.0);
    eventually("everything has arrived", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
}

/// Scenario: the same with a receiver that takes its time for each batch. Guarantee: it gets every sign-in; what comes again is a
/// batch in flight at a kill, once for each kill, as the same events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_sees_no_more_again_than_was_in_flight() {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::Slow(Duration::from_millis(300)));
    let mut scene = scene(22).await;
    scene.sinks = receiver.sink();
    kill_at_random_moments(&scene).await;
    receiver.answer(Answer::Accept);
    let program = scene.run();
    scene.simulator.tenant(&scene.tenants[0].id).unwrap().set_live_rate(0.0);
    let grouped = || {
        let mut by_id: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for event in receiver.events() {
            by_id.entry(event["event_id"].as_str().unwrap().to_owned()).or_default().push(event);
        }
        by_id
    };
    eventually("everything has arrived", async || grouped().len() >= scene.truth().len()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    let by_id = grouped();
    let first: Vec<_> = by_id.values().map(|copies| copies[0].clone()).collect();
    scene.assert_exact(&first);
    assert!(by_id.values().all(|copies| copies.iter().all(|copy| *copy == copies[0])));
    let repeated = receiver.events().len() - by_id.len();
    assert!(repeated <= kills() * Receiver::BATCH, "{repeated} came again");
}
