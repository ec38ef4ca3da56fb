//! The simulator as somebody uses it who wants to try the product.

use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig, configuration};
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::support::{Program, Scene, eventually, lines_in, program_path};

/// Scenario: the configuration that the simulator hands over is run as it is, and a fault is switched on and off over HTTP.
/// Guarantee: all sign-ins of all tenants are on standard output, and the status follows the fault.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_configuration_runs_and_its_faults_show() {
    let tenant = |(name, number)| {
        TenantConfig::new(Uuid::from_u128(number), name).history(200, Duration::from_hours(12))
    };
    let config = SimulatorConfig::with_tenants([("Contoso", 141), ("Tailspin Toys", 142)].map(tenant));
    let scene = Scene::new(config).await;
    let (config, api) = (scene.path("try.toml"), scene.path("api.toml"));
    std::fs::write(&config, configuration(&scene.simulator, &scene.tenants)).unwrap();
    std::fs::write(&api, "[api]\naddress = \"127.0.0.1:0\"\n").unwrap();
    let mut command = Command::new(program_path());
    command.arg("run").arg("-c").arg(config).arg("-c").arg(api);
    let program = Program::spawn(&scene, command);
    let written = || lines_in(&scene.path("stdout.ndjson"));
    eventually("all sign-ins are written", async || written().len() >= 400).await;

    let faults = format!("{}_simulator/faults?tenant=contoso.example", scene.simulator.graph_endpoint());
    let client = reqwest::Client::new();
    let code = "Authentication_MSGraphPermissionMissing";
    let fault = json!({"kind": {"forbidden": {"code": code}}, "times": null});
    assert!(client.post(&faults).json(&fault).send().await.unwrap().status().is_success());
    eventually("the status shows it", async || {
        let status = program.status().await.unwrap_or_default();
        shows(&status, "contoso-sign-ins", "Pending user consent")
            && shows(&status, "tailspin-toys-sign-ins", "Connected")
    })
    .await;
    assert!(client.delete(&faults).send().await.unwrap().status().is_success());
    eventually("the status is good", async || {
        shows(&program.status().await.unwrap_or_default(), "contoso-sign-ins", "Connected")
    })
    .await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&written());
}

fn shows(status: &Value, connector: &str, word: &str) -> bool {
    let connectors = status["connectors"].as_array().into_iter().flatten();
    connectors.into_iter().any(|line| line["name"] == connector && line["status"] == word)
}
