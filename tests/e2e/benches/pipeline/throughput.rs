//! How fast a day of history comes in where nothing limits the requests.

use crate::lines::Lines;
use crate::scene::{Plan, Scene};

/// Sign-ins over all tenants.
const SIGN_INS: usize = 300_000;
const RUNS: usize = 3;

/// Every line is a run.
pub(crate) async fn measure(tenants: &[usize]) {
    println!("Throughput: a day of history, without request limits, each tenant with an app of its own");
    println!("tenants  sign-ins     per second   CPU us each   peak MiB");
    for &tenants in tenants {
        for _ in 0..RUNS {
            run(tenants).await;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of sign-ins are far below 2^52")]
async fn run(tenants: usize) {
    let plan = Plan { tenants, apps: tenants, history: SIGN_INS, limits: false, ..Plan::default() };
    let scene = Scene::start(&plan).await;
    let mut lines = Lines::default();
    let (begin, cpu) = (lines.reach(&scene.out(), 1).await, scene.program.cpu_seconds());
    let already = lines.count;
    let end = lines.reach(&scene.out(), scene.sign_ins()).await;
    let measured = (lines.count - already) as f64;
    println!(
        "{tenants:>7}  {:>8}  {:>13.0}  {:>12.1}  {:>9.0}",
        lines.count,
        measured / (end - begin).as_secs_f64(),
        (scene.program.cpu_seconds() - cpu) * 1e6 / measured,
        scene.program.peak_mib()
    );
    scene.end().await;
}
