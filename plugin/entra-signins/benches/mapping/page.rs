//! A page of sign-ins as the simulated Graph has them.

use std::time::Duration;

use bytes::Bytes;
use graph_simulator::{Simulator, SimulatorConfig, TenantConfig};
use uuid::Uuid;

/// Graph's largest page.
pub(crate) const RECORDS: usize = 1000;

pub(crate) const TENANT: Uuid = Uuid::from_u128(0xc0ff_ee00_1234_4abc_8def_0123_4567_89ab);

pub(crate) fn of(records: usize) -> Bytes {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let tenant = TenantConfig::new(TENANT, "Contoso").history(records, Duration::from_hours(1));
        let simulator = Simulator::start(SimulatorConfig::with_tenants([tenant])).await.unwrap();
        let tenant = simulator.tenant(&TENANT).unwrap();
        let value: Vec<_> =
            tenant.truth().iter().map(|sign_in| tenant.record(&sign_in.id).unwrap()).collect();
        simulator.shutdown().await;
        Bytes::from(serde_json::to_vec(&serde_json::json!({ "value": value })).unwrap())
    })
}
