//! What the program costs while nothing happens.

use std::time::Duration;

use crate::scene::{Plan, Scene};

const TIME: Duration = Duration::from_mins(5);
/// Until every tenant has its tokens and has been read once.
const WARM_UP: Duration = Duration::from_mins(1);
/// With more tenants than this there are two app registrations.
const ONE_APP: usize = 100;

#[expect(clippy::cast_precision_loss, reason = "thousands of requests")]
pub(crate) async fn measure(tenants: &[usize]) {
    println!("At rest: five minutes without sign-ins, Microsoft's limits");
    println!("tenants  apps   requests a second   CPU of a core   resident MiB   peak MiB");
    for &tenants in tenants {
        let apps = if tenants > ONE_APP { 2 } else { 1 };
        let scene = Scene::start(&Plan { tenants, apps, ..Plan::default() }).await;
        // A thousand tenants are read for the first time as fast as the limits allow.
        tokio::time::sleep(WARM_UP.max(Duration::from_millis(300 * tenants as u64))).await;
        let (cpu, requests) = (scene.program.cpu_seconds(), scene.simulator.totals().requests);
        tokio::time::sleep(TIME).await;
        let requests = (scene.simulator.totals().requests - requests) as f64;
        println!(
            "{tenants:>7}  {apps:>4}  {:>18.2}  {:>13.2}%  {:>13.0}  {:>9.0}",
            requests / TIME.as_secs_f64(),
            100.0 * (scene.program.cpu_seconds() - cpu) / TIME.as_secs_f64(),
            scene.program.resident_mib(),
            scene.program.peak_mib()
        );
        scene.end().await;
    }
}
