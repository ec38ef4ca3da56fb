//! What scripts can tell by the program's exit codes.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use uuid::Uuid;

use crate::support::{Answer, Program, Receiver, Scene, eventually};

async fn scene(number: u128) -> Scene {
    let tenant = TenantConfig::new(Uuid::from_u128(number), "Contoso").history(20, Duration::from_hours(1));
    Scene::new(SimulatorConfig::with_tenants([tenant])).await
}

async fn exit_code(scene: &Scene) -> Option<i32> {
    scene.command(&["status"]).await.status.code()
}

/// Scenario: nothing runs; all is well; the receiver is down; it recovers. Guarantee: `status` says so by its exit code.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_receiver_shows_in_the_exit_code() {
    let receiver = Receiver::start().await;
    let mut scene = scene(111).await;
    scene.sinks = receiver.sink();
    scene.write();
    assert_eq!(exit_code(&scene).await, Some(69));
    let program = scene.run();
    eventually("all is well", async || exit_code(&scene).await == Some(0)).await;
    eventually("everything has arrived", async || receiver.events().len() >= 20).await;
    receiver.answer(Answer::Refuse(503));
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    tenant.add_sign_ins([graph_simulator::NewSignIn::default()]);
    eventually("something is wrong", async || exit_code(&scene).await == Some(1)).await;
    receiver.answer(Answer::Accept);
    eventually("all is well again", async || exit_code(&scene).await == Some(0)).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&receiver.events());
}

/// Scenario: the program is started twice with one data directory. Guarantee: the second ends at once with the exit code of "try
/// again later" and names the first, which goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_instance_is_refused() {
    let scene = scene(112).await;
    let mut first = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    let config = scene.path("entra-signins.toml");
    let mut second = Program::start(&scene, &["run", "-c", config.to_str().unwrap()]);
    let ended = second.ended().await;
    assert_eq!(ended.status.code(), Some(75), "{}", ended.stderr);
    assert!(ended.stderr.contains("is in use by process"), "{}", ended.stderr);
    assert!(first.is_running());
    assert!(first.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}
