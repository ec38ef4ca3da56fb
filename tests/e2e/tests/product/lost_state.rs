//! Files of the data directory that are lost or broken.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use uuid::Uuid;

use crate::support::{Answer, Program, Receiver, Scene, eventually};

const SIGN_INS: u64 = 500;

async fn scene(number: u128) -> Scene {
    let tenant = TenantConfig::new(Uuid::from_u128(number), "Contoso").history(500, Duration::from_hours(12));
    Scene::new(SimulatorConfig::with_tenants([tenant])).await
}

/// How many sign-ins the source has handed over since it started.
async fn reads(program: &Program) -> u64 {
    program.counters("Contoso-sign-ins").await["delivered"].as_u64().unwrap_or(0)
}

/// Runs until the file holds everything, and stops.
async fn run_to_the_end(scene: &Scene) {
    let program = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    assert!(program.stop().await.status.success());
}

/// Scenario: what the source remembers is deleted between two runs. Guarantee: everything is read again, and the journal lets
/// nothing through a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_state_is_read_again_without_a_repeat() {
    let scene = scene(101).await;
    run_to_the_end(&scene).await;
    std::fs::remove_dir_all(scene.path("data/entra")).unwrap();
    let program = scene.run();
    eventually("it has all been read again", async || reads(&program).await >= SIGN_INS).await;
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    tenant.add_sign_ins([graph_simulator::NewSignIn::default()]);
    eventually("what happens now arrives", async || scene.is_complete()).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}

/// Scenario: the state file is damaged; somebody moves it away, as he is told. Guarantee: the program refuses to run and says what to
/// do; then everything is read again, and the journal lets nothing through a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_state_is_said_and_can_be_moved_away() {
    let scene = scene(102).await;
    run_to_the_end(&scene).await;
    let file = scene.path("data/entra/state.db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..64].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    let ended = scene.run().ended().await;
    assert!(!ended.status.success());
    for said in [file.to_str().unwrap(), "is damaged", "move it away"] {
        assert!(ended.stderr.contains(said), "{said} in {}", ended.stderr);
    }
    std::fs::rename(&file, scene.path("moved-away.db")).unwrap();
    let program = scene.run();
    eventually("it has all been read again", async || reads(&program).await >= SIGN_INS).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}

/// Scenario: the journal is deleted while a receiver that was down has nothing of it yet. Guarantee: the source reads again what it
/// had handed to the lost journal, and the receiver gets everything, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lost_journal_held_is_read_again() {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::Refuse(503));
    let mut scene = scene(103).await;
    scene.sinks = receiver.sink();
    let program = scene.run();
    eventually("the journal has it all", async || reads(&program).await >= SIGN_INS).await;
    assert!(program.stop().await.status.success());
    std::fs::remove_dir_all(scene.path("data/journal")).unwrap();
    receiver.answer(Answer::Accept);
    let program = scene.run();
    eventually("everything has arrived", async || receiver.events().len() >= 500).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&receiver.events());
}

/// Scenario: the journal is damaged while a receiver that was down has nothing of it yet; somebody moves it away, as he is told.
/// Guarantee: the program refuses to run and says what to do; then the receiver gets everything, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_said_and_can_be_moved_away() {
    let receiver = Receiver::start().await;
    receiver.answer(Answer::Refuse(503));
    let mut scene = scene(104).await;
    scene.sinks = receiver.sink();
    let program = scene.run();
    eventually("the journal has it all", async || reads(&program).await >= SIGN_INS).await;
    assert!(program.stop().await.status.success());
    let file = scene.path("data/journal/journal.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let first_page_after_the_header = 100..4_096;
    bytes[first_page_after_the_header].fill(0xff);
    std::fs::write(&file, bytes).unwrap();
    receiver.answer(Answer::Accept);
    let ended = scene.run().ended().await;
    assert_eq!(ended.status.code(), Some(74), "{}", ended.stderr);
    for said in [file.to_str().unwrap(), "is damaged", "move its whole directory away"] {
        assert!(ended.stderr.contains(said), "{said} in {}", ended.stderr);
    }
    std::fs::rename(scene.path("data/journal"), scene.path("moved-away")).unwrap();
    let program = scene.run();
    eventually("everything has arrived", async || receiver.events().len() >= 500).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&receiver.events());
}
