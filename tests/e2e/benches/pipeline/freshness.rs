//! How old a sign-in is when the receiver has confirmed it, counted from when Graph first showed it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::scene::{Plan, Scene};

/// Poll interval, the kinds that are read so often, and for how long.
///
/// Polls may take half of the five requests in ten seconds that Microsoft allows for a tenant: every five seconds there is room for one
/// kind.
const WAYS: [(u64, &str, Duration); 2] = [
    (60, "", Duration::from_mins(10)),
    (5, "sign_in_event_types = [\"nonInteractiveUser\"]\n", Duration::from_mins(3)),
];
/// Sign-ins per second of all tenants.
const RATE: f64 = 20.0;
/// The first reads are back-fill, the last sign-ins have not arrived yet: both do not count.
const MARGIN: Duration = Duration::from_secs(70);

/// Graph ids by when they were answered for, on the simulator's clock once shifted.
type Seen = Arc<Mutex<HashMap<String, tokio::time::Instant>>>;

#[derive(Deserialize)]
struct Arrived {
    vendor_event_id: String,
}

pub(crate) async fn measure(tenants: &[usize]) {
    println!("Freshness: from shown by Graph to confirmed by an HTTP receiver, batch time-out 1 s");
    println!("tenants  interval   sign-ins      p50 s      p99 s      max s");
    for &tenants in tenants {
        for (interval, kinds, time) in WAYS {
            run(tenants, interval, kinds, time).await;
        }
    }
}

async fn run(tenants: usize, interval: u64, kinds: &str, time: Duration) {
    let seen = Seen::default();
    let (_serving, sink) = receive(Arc::clone(&seen)).await;
    let plan = Plan {
        tenants,
        live: RATE,
        child: format!("poll_interval_secs = {interval}\n{kinds}"),
        sink: Some(sink),
        ..Plan::default()
    };
    let scene = Scene::start(&plan).await;
    tokio::time::sleep(MARGIN).await;
    let from = scene.simulator.now();
    tokio::time::sleep(time).await;
    let to = scene.simulator.now();
    tokio::time::sleep(MARGIN).await;
    let (now, here) = (scene.simulator.now(), tokio::time::Instant::now());
    let mut ages: Vec<Duration> = Vec::new();
    {
        let seen = seen.lock().unwrap();
        for tenant in scene.simulator.tenants() {
            let shown = tenant.truth().into_iter().filter(|sign_in| (from..to).contains(&sign_in.appears_at));
            let wanted = shown.filter(|sign_in| kinds.is_empty() || kinds.contains(&wire_name(sign_in)));
            ages.extend(wanted.map(|sign_in| {
                let confirmed =
                    seen.get(&sign_in.id).unwrap_or_else(|| panic!("{sign_in:?} has not arrived"));
                age(now, sign_in.appears_at).saturating_sub(here - *confirmed)
            }));
        }
    }
    ages.sort_unstable();
    let at = |share: usize| ages[(ages.len() - 1) * share / 100].as_secs_f64();
    println!(
        "{tenants:>7}  {interval:>6} s  {:>9}  {:>9.2}  {:>9.2}  {:>9.2}",
        ages.len(),
        at(50),
        at(99),
        at(100)
    );
    scene.end().await;
}

/// As `sign_in_event_types` has it.
fn wire_name(sign_in: &graph_simulator::TrueSignIn) -> String {
    serde_json::to_value(sign_in.kind).unwrap().as_str().unwrap().to_owned()
}

fn age(now: Timestamp, then: Timestamp) -> Duration {
    now.duration_since(then).try_into().unwrap()
}

/// A receiver that notes when it answers for each sign-in, and the sink's table that delivers to it.
async fn receive(seen: Seen) -> (JoinSet<()>, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", post(note)).with_state(seen);
    let mut serving = JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let sink = format!(
        "[sinks.out]\ntype = \"http\"\ninputs = [\"entra\"]\nendpoint = \"http://{address}/\"\ncompression = \"none\"\n"
    );
    (serving, sink)
}

async fn note(State(seen): State<Seen>, body: Bytes) {
    let now = tokio::time::Instant::now();
    let mut seen = seen.lock().unwrap();
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Arrived { vendor_event_id } = serde_json::from_slice(line).unwrap();
        seen.entry(vendor_event_id).or_insert(now);
    }
}
