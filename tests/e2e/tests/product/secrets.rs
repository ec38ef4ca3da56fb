//! Nothing that the program writes or serves holds a secret.

use std::path::Path;
use std::time::Duration;

use graph_simulator::{Fault, FaultKind, SimulatorConfig, TenantConfig};
use uuid::Uuid;

use crate::support::{Answer, Program, Receiver, Scene, eventually};

const SINK_PASSWORD: &str = "sink-password-7c1f";
/// User, colon and password as the `Authorization` header has them.
const SINK_CREDENTIALS: &str = "ZW50cmE6c2luay1wYXNzd29yZC03YzFm";
const TENANT_SECRET: &str = "tenant-secret-91ab";

/// Scenario: a run at the most talkative log level with failing tokens, failing pages and an authenticated sink, whose receiver
/// repeats the credentials in its errors. Guarantee: client secret, sink password and access tokens are in no log, no answer of the API, no journal and no state file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_written_anywhere() {
    let receiver = Receiver::start().await;
    let mut tenant = TenantConfig::new(Uuid::from_u128(81), "Contoso").history(200, Duration::from_hours(1));
    tenant.client_secret = TENANT_SECRET.to_owned();
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    scene.sinks = format!(
        "{}auth.strategy = \"basic\"\nauth.user = \"entra\"\nauth.password = \"{SINK_PASSWORD}\"\n",
        receiver.sink()
    );
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    tenant.inject(FaultKind::Aadsts { code: 90_024, suberror: None, claims: None });
    tenant.inject(FaultKind::InvalidToken);
    tenant.inject(Fault::new(FaultKind::BrokenJson).times(2));
    let config = scene.write();
    let program = Program::start(&scene, &["run", "-vvv", "-c", config.to_str().unwrap()]);
    receiver.answer(Answer::Repeat(SINK_PASSWORD));
    eventually("the receiver's word is shown", async || {
        program.get("/").await.is_some_and(|(_, page)| page.contains("500"))
            && program.log().contains("REDACTED")
    })
    .await;
    let mut served = served_by(&program).await;
    receiver.answer(Answer::Accept);
    eventually("everything has arrived", async || receiver.events().len() >= 200).await;
    served += &served_by(&program).await;
    let status = scene.command(&["status"]).await;
    served += &String::from_utf8_lossy(&status.stdout);
    let ended = program.stop().await;
    let tokens = ["eyJ", "Bearer e"];
    for (what, text) in [("the log", &ended.stderr), ("the API", &served)] {
        for secret in [TENANT_SECRET, SINK_PASSWORD, SINK_CREDENTIALS].into_iter().chain(tokens) {
            assert!(!text.contains(secret), "{what} holds {secret}");
        }
    }
    assert!(!ended.stderr.is_empty());
    let data = scene.path("data");
    assert!(data.join("journal").exists() && data.join("entra").exists());
    for file in files_below(&data) {
        let bytes = std::fs::read(&file).unwrap();
        for secret in [TENANT_SECRET, SINK_PASSWORD, SINK_CREDENTIALS, "Bearer "] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds {secret}", file.display());
        }
    }
}

async fn served_by(program: &Program) -> String {
    let mut served = String::new();
    for path in ["/", "/health", "/metrics", "/api/v1/connectors"] {
        served += &program.get(path).await.unwrap().1;
    }
    served
}

fn files_below(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
