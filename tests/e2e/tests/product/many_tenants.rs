//! Many tenants behind one application registration.

use std::collections::VecDeque;
use std::time::Duration;

use graph_simulator::{RequestRecord, SimulatorConfig, TenantConfig};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::support::{Scene, eventually};

/// As many as would ask for more than the application may, if each had all that a tenant may have.
const TENANTS: u128 = 30;

/// Scenario: thirty tenants share an application, each with more pages to read than there are requests for; in the midst of it the
/// program is killed and started again at once. Guarantee: the limit of the application binds and is never exceeded, also
/// over the kill; no tenant is left behind: everything arrives, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_that_share_an_application_share_its_limit() {
    let tenant = |number| TenantConfig {
        client_id: Uuid::from_u128(0xa99).to_string(),
        ..TenantConfig::new(Uuid::from_u128(1_000 + number), &format!("Tenant{number}"))
            .history(250, Duration::from_hours(6))
    };
    let mut scene = Scene::new(SimulatorConfig::with_tenants((0..TENANTS).map(tenant))).await;
    scene.child += "page_size = 25\n";
    let program = scene.run();
    eventually("the application's limit binds", async || peak(&scene.simulator.requests()) >= NEARLY_ALL)
        .await;
    program.kill().await;
    let program = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
}

/// Of the 122 requests in 10 seconds.
const NEARLY_ALL: usize = 110;

/// Most requests in any ten seconds.
fn peak(requests: &[RequestRecord]) -> usize {
    let mut window = VecDeque::new();
    let mut peak = 0;
    for request in requests {
        window.push_back(request.at);
        while window
            .front()
            .is_some_and(|first| request.at.duration_since(*first) >= SignedDuration::from_secs(10))
        {
            window.pop_front();
        }
        peak = peak.max(window.len());
    }
    peak
}
