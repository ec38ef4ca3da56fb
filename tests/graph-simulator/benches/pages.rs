//! Records per second that one core of the simulator can serve: a bench of a collector must not measure this instead.

#![expect(clippy::expect_used, reason = "a bench fails by panicking")]

use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use graph_simulator::{Limits, Simulator, SimulatorConfig, TenantConfig};
use uuid::Uuid;

fn main() {
    divan::main();
}

/// A full page over HTTP, compressed and plain; the client only reads the bytes.
#[divan::bench(args = ["gzip", "identity"])]
fn page(bencher: Bencher<'_, '_>, encoding: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("builds");
    let (_simulator, request) = runtime.block_on(async {
        let tenant =
            TenantConfig::new(Uuid::from_u128(1), "Contoso").history(100_000, Duration::from_hours(1));
        let (id, secret) = (tenant.client_id.clone(), tenant.client_secret.clone());
        let config = SimulatorConfig { limits: Limits::off(), ..SimulatorConfig::with_tenants([tenant]) };
        let simulator = Simulator::start(config).await.expect("starts");
        let origin = simulator.graph_endpoint();
        let client = reqwest::Client::builder().gzip(false).build().expect("builds");
        let scope = format!("{origin}.default");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_secret", &secret),
            ("scope", &scope),
        ];
        let url = format!("{origin}{}/oauth2/v2.0/token", Uuid::from_u128(1));
        let answer: serde_json::Value =
            client.post(url).form(&form).send().await.expect("answers").json().await.expect("is JSON");
        let request = client
            .get(format!("{origin}beta/auditLogs/signIns?$filter=signInEventTypes/any(t:t ne 'x')"))
            .bearer_auth(answer["access_token"].as_str().expect("has a token"))
            .header("Prefer", "include-unknown-enum-members")
            .header("Accept-Encoding", encoding);
        (simulator, request)
    });
    bencher.counter(ItemsCount::new(1000_u32)).bench_local(|| {
        runtime.block_on(async {
            let response = request.try_clone().expect("has no body").send().await.expect("answers");
            assert_eq!(response.status(), 200);
            response.bytes().await.expect("reads").len()
        })
    });
}
