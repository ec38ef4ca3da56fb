//! How much of what Microsoft's limits allow one app registration a back-fill of ten minutes takes, and how often it goes beyond.

use std::time::Duration;

use graph_simulator::{Endpoint, Limits};

use crate::lines::Lines;
use crate::scene::{Plan, Scene};

const TIME: Duration = Duration::from_mins(10);
/// Until there are tokens and the first requests have shown how full windows are.
const WARM_UP: Duration = Duration::from_secs(30);
/// Graph's largest page.
const PAGE: usize = 1_000;
/// More than can be read in the time.
const ENOUGH: f64 = 1.2;
/// An answer takes as long as this, and the time to make it.
const ANSWER_MILLIS: u64 = 120;

pub(crate) async fn measure(tenants: &[usize]) {
    println!(
        "Ceiling: ten minutes of back-fill, one app registration, Microsoft's limits, answers after {ANSWER_MILLIS} ms"
    );
    println!("tenants  requests   allowed   share   sign-ins    per page    429s   peak MiB");
    for &tenants in tenants {
        run(tenants).await;
    }
}

/// Requests that the limits allow the app in this time.
#[expect(clippy::cast_precision_loss, reason = "thousands of requests")]
fn allowed(tenants: usize, time: Duration) -> f64 {
    let limits = Limits::default();
    let by_tenant = limits.per_app_and_tenant.unwrap() * tenants;
    let in_window = by_tenant.min(limits.per_app.unwrap());
    in_window as f64 * time.as_secs_f64() / limits.window.as_secs_f64()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of sign-ins are far below 2^52"
)]
async fn run(tenants: usize) {
    let history = (allowed(tenants, TIME + WARM_UP) * ENOUGH) as usize * PAGE;
    let plan = Plan { tenants, history, answer_millis: ANSWER_MILLIS, ..Plan::default() };
    let scene = Scene::start(&plan).await;
    tokio::time::sleep(WARM_UP).await;
    let mut lines = Lines::default();
    lines.look(&scene.out());
    let (already, from) = (lines.count, scene.simulator.now());
    tokio::time::sleep(TIME).await;
    let to = scene.simulator.now();
    lines.look(&scene.out());
    let requests = scene.simulator.requests();
    let listed = requests.iter().filter(|request| request.endpoint == Endpoint::SignIns);
    let sent = listed.filter(|request| request.at >= from && request.at < to).count() as f64;
    let (allowed, sign_ins) = (allowed(tenants, TIME), (lines.count - already) as f64);
    println!(
        "{tenants:>7}  {sent:>8}  {allowed:>8}  {:>5.1}%  {sign_ins:>9}  {:>10.0}  {:>6}  {:>9.0}",
        100.0 * sent / allowed,
        sign_ins / sent,
        scene.simulator.limit_violations(),
        scene.program.peak_mib()
    );
    scene.end().await;
}
