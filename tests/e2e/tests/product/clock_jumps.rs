//! A machine whose clock is wrong, and jumps.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use tokio::process::Command;
use uuid::Uuid;

use crate::support::{Program, Scene, eventually, program_path, skip_unless};

/// Scenario: the machine's clock is two hours wrong at the start and jumps by hours while the program runs, forwards and backwards.
/// Guarantee: reading goes on by the server's clock: nothing is missing, nothing comes twice, the limits hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jumping_clock_loses_nothing() {
    let library = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ];
    let library = library.into_iter().find(|path| std::path::Path::new(path).exists());
    if !skip_unless(library.is_some(), "libfaketime is not installed") {
        return;
    }
    let tenant =
        TenantConfig::new(Uuid::from_u128(51), "Contoso").history(600, Duration::from_hours(24)).live(2.0);
    let scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let offset = scene.path("offset");
    std::fs::write(&offset, "+2h").unwrap();
    let mut command = Command::new(program_path());
    command
        .args(["run", "-c", scene.write().to_str().unwrap()])
        .env("LD_PRELOAD", library.unwrap())
        .env("FAKETIME_TIMESTAMP_FILE", &offset)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let program = Program::spawn(&scene, command);
    for jump in ["-3h", "+26h", "-40d", "+0"] {
        let before = scene.delivered().len();
        eventually("sign-ins go on coming", async || scene.delivered().len() > before + 10).await;
        std::fs::write(&offset, jump).unwrap();
    }
    scene.simulator.tenant(&scene.tenants[0].id).unwrap().set_live_rate(0.0);
    eventually("everything has arrived", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
}
