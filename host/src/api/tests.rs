//! Tests of the HTTP interface, over real connections.

mod authorize;
mod tls;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use collector::config::ComponentKey;
use collector::health::{ConnectorReport, ConnectorStatus, CredentialReport, HealthReporter};
use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Api, ApiState, BindError, JournalLine, Offers, Overview, Phase};
use crate::access::Access;
use crate::config::ApiConfig;
use crate::journal::{JournalHealth, JournalState, JournalStats};
use crate::sinks::{Reporter, console};
use crate::telemetry::metrics_for_tests;

/// Longer than a connection takes requests.
const LONG: Duration = Duration::from_mins(6);

/// A journal of seven events in this state.
fn journal(state: JournalState) -> JournalLine {
    JournalLine {
        health: JournalHealth {
            state,
            since: Timestamp::UNIX_EPOCH,
            damaged: BTreeSet::new(),
            keys_from: None,
        },
        stats: JournalStats {
            events: 7,
            bytes: 700,
            disk_bytes: 4096,
            oldest: 1,
            newest: 7,
            readers: Vec::new(),
            duplicates: 0,
            keys: 7,
            set_aside: 0,
            set_aside_lost: 0,
        },
        max_bytes: 1 << 20,
    }
}

struct Served {
    overview: Overview,
    token: String,
    health: HealthReporter,
    url: String,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    /// An interface with a source `entra`, a sink `out` and a journal.
    async fn start() -> Self {
        let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        let (health, receiver) = HealthReporter::channel();
        overview.show_source(&"entra".into(), "entra_signins", receiver, Offers::default());
        let (_reporter, report) = Reporter::new("out".into(), &console::DESCRIPTION);
        overview.show_sink(&"out".into(), report, vec!["entra".into()]);
        overview.set_journal(|| journal(JournalState::Working));
        let allowed_hosts = vec!["127.0.0.1".to_owned(), "siem.example".to_owned()];
        let config = ApiConfig { allowed_hosts, ..ApiConfig::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))) };
        let api = Api::bind(&config).await.unwrap();
        let url = format!("http://{}", api.address());
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let directory = tempfile::tempdir().unwrap();
        let access = Access::open(&config, directory.path()).unwrap();
        let token = std::fs::read_to_string(access.token_file()).unwrap().trim().to_owned();
        let access = Arc::new(access);
        let state = ApiState { overview: overview.clone(), metrics: metrics_for_tests(), access };
        tasks.spawn(api.serve(state, slow(), stop.clone()));
        tasks.close();
        Self { overview, token, health, url, stop, tasks }
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.get_as(path, None).await
    }

    async fn get_as(&self, path: &str, host: Option<&str>) -> (u16, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.get(format!("{}{path}", self.url));
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

/// A page that takes long to answer, and one whose body takes long.
fn slow() -> Router<ApiState> {
    let late = async || tokio::time::sleep(LONG).await;
    let body = move || {
        let parts = futures::stream::iter(0..3).then(move |part| async move {
            late().await;
            Ok::<_, std::convert::Infallible>(format!("{part}\n"))
        });
        async { axum::body::Body::from_stream(parts) }
    };
    let head = move || async move {
        late().await;
        "late"
    };
    Router::new().route("/slow/head", axum::routing::get(head)).route("/slow/body", axum::routing::get(body))
}

/// Scenario: on a connection that has answered before, an answer begins late, and one comes in parts, each longer than a connection takes requests.
/// Guarantee: both come whole.
#[tokio::test(start_paused = true)]
async fn answers_that_take_long_come_whole() {
    let served = Served::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| client.get(format!("{}{path}", served.url)).send().await.unwrap();
    for (path, expected) in [("/slow/head", "late"), ("/slow/body", "0\n1\n2\n")] {
        get("/health").await.bytes().await.unwrap();
        let answer = get(path).await;
        assert_eq!(answer.text().await.unwrap(), expected, "{path}");
    }
    served.stop().await;
}

/// Scenario: somebody opens more connections than are answered at once and says nothing. Guarantee: the interface answers
/// again once they were silent for too long.
#[tokio::test(start_paused = true)]
async fn silent_connections_do_not_block_it() {
    let served = Served::start().await;
    let address = served.url.trim_start_matches("http://");
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    assert_eq!(served.get("/api/v1/connectors").await.0, 200);
    served.stop().await;
}

/// Scenario: the program goes through its life, its journal fails and its only source fails.
/// Guarantee: it is healthy exactly while it runs and something can make progress, and says why not.
#[tokio::test]
async fn health_follows_progress() {
    let served = Served::start().await;
    assert_eq!(served.get("/health").await, (503, r#"{"ok":false,"reason":"starting"}"#.to_owned()));
    served.overview.enter(Phase::Running);
    assert_eq!(served.get("/health").await, (200, r#"{"ok":true}"#.to_owned()));

    served.overview.set_journal(|| journal(JournalState::Failing { reason: "disk full".into() }));
    let (status, body) = served.get("/health").await;
    assert!(status == 503 && body.contains("disk full"), "{body}");
    served.overview.set_journal(|| journal(JournalState::Closed));
    assert_eq!(served.get("/health").await.0, 503);
    served.overview.set_journal(|| journal(JournalState::Working));
    assert_eq!(served.get("/health").await.0, 200);

    served.overview.set_trouble(&"entra".into(), "panicked");
    assert_eq!(served.get("/health").await.0, 503);
    let (_, receiver) = HealthReporter::channel();
    served.overview.show_source(&"entra".into(), "entra_signins", receiver, Offers::default());
    assert_eq!(served.get("/health").await.0, 200);

    served.overview.enter(Phase::Stopping);
    assert_eq!(served.get("/health").await.0, 503);
    served.stop().await;
}

/// Scenario: a connector is connected, then its source fails.
/// Guarantee: the JSON carries what the source reports, and a source that does not run has no connected connector.
#[tokio::test]
async fn connectors_are_shown() {
    let served = Served::start().await;
    let since = Timestamp::UNIX_EPOCH;
    served.health.report(ConnectorReport::new("contoso", "Microsoft 365", ConnectorStatus::Connected, since));
    let connectors = async || {
        let (status, body) = served.get("/api/v1/connectors").await;
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let shown = connectors().await;
    assert_eq!(shown["connectors"][0]["name"], "contoso");
    assert_eq!(shown["connectors"][0]["source"], "entra");
    assert_eq!(shown["connectors"][0]["status"], "Connected");
    assert_eq!(shown["sinks"][0]["key"], "out");
    assert_eq!(shown["journal"]["events"], 7);
    assert_eq!(shown["started_at"], "1970-01-01T00:00:00Z");

    served.overview.set_trouble(&"entra".into(), "panicked");
    let shown = connectors().await;
    assert_eq!(shown["connectors"][0]["status"], "Error");
    assert_eq!(shown["connectors"][0]["message"], "panicked");
    assert_eq!(shown["sources"][0]["trouble"], "panicked");
    served.stop().await;
}

/// Scenario: two connectors of a source report counters that the host has never heard of, a lag, an expiry and notes; a name holds
/// a quote, a backslash and a mark of direction.
/// Guarantee: `/metrics` has each as one family of samples with Vector's labels of the source, and nothing draws.
#[tokio::test]
async fn whatever_a_connector_counts_is_shown() {
    let served = Served::start().await;
    let report = |name: &str, status| ConnectorReport {
        tenant_id: "t".to_owned(),
        lag_secs: Some(61),
        credential: Some(CredentialReport {
            strategy: "client_secret",
            place: "auth",
            expires_at: Timestamp::from_second(86_400).ok(),
        }),
        counters: [("unproven_seconds", 7), ("zero", 0), ("lag-seconds", 9)].into(),
        notes: vec!["clamped".to_owned()],
        ..ConnectorReport::new(name, "Microsoft Azure AD", status, Timestamp::UNIX_EPOCH)
    };
    served.health.report(report("a", ConnectorStatus::Connected));
    served.health.report(report("b\"\\\u{202e}", ConnectorStatus::Error));
    let (status, text) = served.get("/metrics").await;
    let labels = |name: &str| {
        format!(
            r#"{{component_id="entra",component_kind="source",component_type="entra_signins",connector="{name}",application="Microsoft Azure AD",tenant_id="t"}}"#
        )
    };
    let (a, b) = (labels("a"), labels(r#"b\"\\\\u{202e}"#));
    let expected = format!(
        "# TYPE connector_connected gauge\nconnector_connected{a} 1\nconnector_connected{b} 0\n\
         # TYPE connector_credential_expiry_timestamp_seconds gauge\n\
         connector_credential_expiry_timestamp_seconds{a} 86400\n\
         connector_credential_expiry_timestamp_seconds{b} 86400\n\
         # TYPE connector_lag_seconds gauge\nconnector_lag_seconds{a} 61\nconnector_lag_seconds{b} 61\n\
         # TYPE connector_notes gauge\nconnector_notes{a} 1\nconnector_notes{b} 1\n\
         # TYPE connector_unproven_seconds gauge\nconnector_unproven_seconds{a} 7\nconnector_unproven_seconds{b} 7\n\
         # TYPE connector_zero gauge\nconnector_zero{a} 0\nconnector_zero{b} 0\n"
    );
    assert_eq!(status, 200);
    assert!(text.ends_with(&expected), "{text}");
    served.stop().await;
}

/// Scenario: requests name different hosts: the address, a configured name, a stranger's, one that begins like ours.
/// Guarantee: only names that are allowed are answered, whatever the path.
#[tokio::test]
async fn only_allowed_hosts_are_answered() {
    let served = Served::start().await;
    served.overview.enter(Phase::Running);
    for host in ["siem.example", "SIEM.example:8686", "127.0.0.1:1"] {
        assert_eq!(served.get_as("/health", Some(host)).await.0, 200, "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "siem.example.", "localhost", "user@siem.example"]
    {
        for path in ["/health", "/metrics", "/api/v1/connectors", "/nothing"] {
            let (status, body) = served.get_as(path, Some(host)).await;
            assert!(status == 421 && body.contains("allowed_hosts"), "{host} {path}: {status} {body}");
        }
    }
    served.stop().await;
}

/// Scenario: a path that does not exist, and a method that does not.
/// Guarantee: both are refused in JSON.
#[tokio::test]
async fn other_requests_are_refused_in_json() {
    let served = Served::start().await;
    let (status, body) = served.get("/nothing").await;
    assert_eq!(status, 404);
    assert!(serde_json::from_str::<Value>(&body).unwrap()["error"].is_string());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = client.post(format!("{}/health", served.url)).bearer_auth(&served.token);
    let response = post.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 405);
    assert_eq!(response.headers()["content-type"], "application/json");
    served.stop().await;
}

/// Scenario: something else listens on the address already.
/// Guarantee: it is an error before anything runs.
#[tokio::test]
async fn a_taken_address_is_an_error() {
    let taken = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = taken.local_addr().unwrap();
    let config = ApiConfig { allowed_hosts: Vec::new(), ..ApiConfig::at(address) };
    let error = Api::bind(&config).await.unwrap_err();
    let is_taken = |reason: &std::io::Error| reason.kind() == std::io::ErrorKind::AddrInUse;
    assert!(matches!(&error, BindError::Address { reason, .. } if is_taken(reason)), "{error:?}");
}

/// Scenario: a sink is taken out of the configuration.
/// Guarantee: it is shown no longer.
#[test]
fn removed_components_are_not_shown() {
    let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
    let key = ComponentKey::from("out");
    let (_reporter, report) = Reporter::new(key.clone(), &console::DESCRIPTION);
    overview.show_sink(&key, report, Vec::new());
    assert_eq!(overview.snapshot().sinks.len(), 1);
    overview.remove(&key);
    assert_eq!(overview.snapshot().sinks, []);
}

/// Scenario: somebody asks for a comparison as a page in a browser can send it without asking, with a key that is not known, and rightly,
/// of a program whose source cannot compare. Guarantee: the first two are refused, and the last gets no row.
#[tokio::test]
async fn comparisons_are_asked_for_in_json() {
    let served = Served::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |kind: &str, body: &'static str| {
        let request = client.post(format!("{}/api/v1/reconcile", served.url));
        let response = request.header("content-type", kind).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let hour = r#"{"from":"2026-01-31T00:00:00Z","to":"2026-01-31T01:00:00Z"}"#;
    assert_eq!(ask("text/plain", hour).await.0, 415);
    let (status, body) = ask("application/json", r#"{"frm":1}"#).await;
    assert!(status == 422 && body.contains("frm"), "{status} {body}");
    assert_eq!(ask("application/json", hour).await, (200, String::new()));
    served.stop().await;
}
