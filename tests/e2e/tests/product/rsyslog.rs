//! A real pipeline: rsyslog tails the file sink.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use tokio::process::Command;
use uuid::Uuid;

use crate::support::{Scene, eventually, have, ids_in, lines_in};

/// Scenario: rsyslog reads the file sink's file with `imfile` while it is written. Guarantee: every sign-in arrives behind rsyslog.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rsyslog_tails_the_file() {
    if !have("rsyslogd", &["-v"]) {
        return;
    }
    let tenant =
        TenantConfig::new(Uuid::from_u128(71), "Contoso").history(1_000, Duration::from_hours(1)).live(5.0);
    let scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let config = scene.path("rsyslog.conf");
    std::fs::write(&config, rsyslog_config(&scene)).unwrap();
    std::fs::create_dir(scene.path("rsyslog")).unwrap();
    let mut rsyslog = Command::new("rsyslogd")
        .args(["-n", "-f", config.to_str().unwrap(), "-i", scene.path("rsyslog.pid").to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let program = scene.run();
    let behind = scene.path("behind-rsyslog.ndjson");
    eventually("history is behind rsyslog", async || lines_in(&behind).len() >= 1_000).await;
    scene.simulator.tenant(&scene.tenants[0].id).unwrap().set_live_rate(0.0);
    eventually("everything is behind rsyslog", async || {
        ids_in(&lines_in(&behind)).into_iter().collect::<BTreeSet<_>>() == scene.truth()
    })
    .await;
    assert!(program.stop().await.status.success());
    rsyslog.kill().await.unwrap();
    scene.assert_exact(&lines_in(&behind));
}

fn rsyslog_config(scene: &Scene) -> String {
    let path = |name: &str| scene.path(name).display().to_string();
    format!(
        r#"global(workDirectory="{work}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
template(name="line" type="string" string="%msg%\n")
input(type="imfile" file="{out}" tag="entra" ruleset="entra" persistStateInterval="1")
ruleset(name="entra") {{ action(type="omfile" file="{behind}" template="line") }}
"#,
        work = path("rsyslog"),
        out = path("out.ndjson"),
        behind = path("behind-rsyslog.ndjson"),
    )
}
