//! A receiver that fails, refuses and recovers.

use std::time::Duration;

use graph_simulator::{NewSignIn, SimulatorConfig, TenantConfig};
use serde_json::Map;
use uuid::Uuid;

use crate::support::{Answer, Receiver, Scene, eventually, ids_in};

async fn scene(receiver: &Receiver) -> Scene {
    let tenant = TenantConfig::new(Uuid::from_u128(31), "Contoso").history(800, Duration::from_hours(1));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.sinks = receiver.sink();
    scene
}

/// Scenario: the receiver answers 500 for a while, then Vector's 400 for a sink of its own, then recovers. Guarantee: all arrives,
/// and the source was never held up: everything was in the journal meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_recovers_has_everything() {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::Refuse(500));
    let scene = scene(&receiver).await;
    let program = scene.run();
    eventually("the source reads on", async || {
        let status = program.status().await.unwrap_or_default();
        let connectors = status["connectors"].as_array().cloned().unwrap_or_default();
        connectors.iter().any(|connector| connector["counters"]["delivered"] == 800)
    })
    .await;
    let tried = receiver.requests();
    eventually("it tries again", async || receiver.requests() > tried + 1).await;
    receiver.answer(Answer::NotDelivered);
    let tried = receiver.requests();
    eventually("it tries again", async || receiver.requests() > tried + 1).await;
    assert_eq!(receiver.events().len(), 0);
    receiver.answer(Answer::Accept);
    eventually("everything has arrived", async || receiver.events().len() >= 800).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&receiver.events());
}

/// Scenario: one event is poison to the receiver. Guarantee: it alone is set aside, with the receiver's reason in the status, and
/// every other event arrives once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_event_is_set_aside_alone() {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::Poison("poisoned-agent"));
    let scene = scene(&receiver).await;
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let properties = Map::from_iter([("userAgent".to_owned(), "poisoned-agent".into())]);
    let created = scene.simulator.now() - jiff::SignedDuration::from_mins(30);
    let poisoned =
        tenant.add_sign_ins([NewSignIn { created: Some(created), properties, ..NewSignIn::default() }]);
    let program = scene.run();
    eventually("all others have arrived", async || receiver.events().len() >= 800).await;
    eventually("the status says so", async || {
        let status = program.status().await.unwrap_or_default();
        status["sinks"].as_array().is_some_and(|sinks| sinks.iter().any(|sink| sink["set_aside"] == 1))
    })
    .await;
    assert!(program.stop().await.status.success());
    let arrived = ids_in(&receiver.events());
    assert_eq!(arrived.len(), 800);
    assert!(arrived.iter().all(|(_, id)| *id != poisoned[0]));
}

/// Scenario: a receiver that takes five seconds for each of many batches, and the program is asked to stop. Guarantee: it ends
/// by itself with what is in flight, not with all that waits, and the next start delivers the rest, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_does_not_wait_for_a_slow_receiver() {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::Slow(Duration::from_secs(5)));
    let mut scene = scene(&receiver).await;
    scene.sinks = scene.sinks.replace("max_events = 100", "max_events = 10");
    let program = scene.run();
    eventually("the journal has it all", async || {
        program.counters("Contoso-sign-ins").await["delivered"] == 800 && !receiver.events().is_empty()
    })
    .await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    assert!(receiver.events().len() < 800, "it has waited for all of it");
    receiver.answer(Answer::Accept);
    let program = scene.run();
    eventually("everything has arrived", async || receiver.events().len() >= 800).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&receiver.events());
}
