//! What `/health` says of a program whose journal cannot write, is full or has ended.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Ground, PATIENCE, one, sink, source};
use crate::access::Access;
use crate::api::{Api, ApiState, Health};
use crate::config::ApiConfig;
use crate::telemetry::metrics_for_tests;

/// Asks until the answer has this status; its body.
async fn wait_for(url: &str, status: u16) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asking = async {
        loop {
            let answer = client.get(url).send().await.unwrap();
            if answer.status().as_u16() == status {
                return answer.text().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap()
}

/// Scenario: of two sinks one never delivers, and the source fills the journal; then the program is asked to stop, while the source
/// waits for room. Guarantee: the program is not healthy and names that sink alone; the stop waits for nothing that cannot come.
#[tokio::test]
async fn a_full_journal_is_named_and_does_not_delay_a_stop() {
    let ground = Ground::new();
    std::fs::write(ground.file("file"), "").unwrap();
    let dead = sink("dead", "a").replace("dead.ndjson", "file/dead.ndjson");
    let small = "[journal]\nmax_bytes = 1048576\n";
    let text = format!("{small}{}{}{}", source("a", "fills"), sink("out", "a"), dead);
    let topology = ground.start(&text).await.unwrap();
    let reason = "the journal is full, and what holds it does not deliver: dead";
    let failing = Health::Failing(reason.to_owned());
    ground.shown("it is full", |shown| shown.health() == failing).await;
    assert!(topology.stop(PATIENCE).await, "in time");
}

/// Scenario: the journal ends while the program runs. Guarantee: the program is not healthy and gives up, so that it is started
/// again, instead of looking as if it had nothing to do.
#[tokio::test]
async fn the_end_of_the_journal_is_no_success() {
    let ground = Ground::new();
    let topology = ground.start(&one("steady")).await.unwrap();
    topology.host.journal.close().await;
    tokio::time::timeout(PATIENCE, topology.hopeless()).await.unwrap();
    let failing = Health::Failing("the journal has ended".to_owned());
    assert_eq!(ground.overview.snapshot().health(), failing);
    topology.stop(PATIENCE).await;
}

/// Scenario: the journal's file refuses events while a source keeps sending, and then takes them again.
/// Guarantee: `/health` is 200, then 503 with what the file said, then 200 again by itself, and events arrive again.
#[tokio::test]
async fn health_follows_the_journal() {
    let ground = Ground::new();
    let topology = ground.start(&one("keeps sending")).await.unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = ApiConfig::at(address);
    let api = Api::bind(&config).await.unwrap();
    let url = format!("http://{}/health", api.address());
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let state = ApiState {
        overview: ground.overview.clone(),
        metrics: metrics_for_tests(),
        access: Access::for_tests(&config),
    };
    tasks.spawn(api.serve(state, axum::Router::new(), stop.clone()));
    tasks.close();
    wait_for(&url, 200).await;

    let file = rusqlite::Connection::open(ground.file("data/journal/journal.db")).unwrap();
    file.busy_timeout(PATIENCE).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON block BEGIN SELECT raise(ABORT, 'as told'); END";
    file.execute_batch(refuse).unwrap();
    let body = wait_for(&url, 503).await;
    assert!(body.contains("the journal does not work") && body.contains("as told"), "{body}");
    let arrived = ground.lines("out.ndjson").len();

    file.execute_batch("DROP TRIGGER refuse").unwrap();
    drop(file);
    wait_for(&url, 200).await;
    ground.wait("events arrive again", || ground.lines("out.ndjson").len() > arrived).await;
    assert!(topology.stop(PATIENCE).await);
    stop.cancel();
    tasks.wait().await;
}
