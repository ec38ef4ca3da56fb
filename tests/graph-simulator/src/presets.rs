//! Ready-made configurations.

use std::time::Duration;

use uuid::{Uuid, uuid};

use crate::config::{History, KindMix, Lateness, Revisions, SimulatorConfig, TenantConfig};
use crate::records::draw::Draw;

/// GUID of the first tenant of [`demo`].
pub const CONTOSO: Uuid = uuid!("6c0f4c2a-1f5e-4b6f-9d55-0a1c5e7b9f01");
/// GUID of the second tenant of [`demo`].
pub const FABRIKAM: Uuid = uuid!("b2a8c4de-7d31-4c0b-8e42-1b2d6f8caf02");
/// GUID of the third tenant of [`demo`].
pub const NORTHBREEZE: Uuid = uuid!("f41d9e63-52ab-4a7e-a3c8-2c3e7a9dbf03");

const HOUR: Duration = Duration::from_hours(1);

/// Three tenants of different size with a day of history and live sign-ins: a large one, one whose records come
/// late and change, and a small one with hardly anybody at the keyboard.
pub fn demo() -> SimulatorConfig {
    let contoso = TenantConfig::new(CONTOSO, "Contoso").history(20_000, 24 * HOUR).live(3.0);
    let fabrikam = TenantConfig::new(FABRIKAM, "Fabrikam")
        .history(5_000, 24 * HOUR)
        .live(0.7)
        .lateness(Lateness::HeavyTail { median: Duration::from_secs(45), max: HOUR });
    let fabrikam =
        TenantConfig { revisions: Revisions { share: 0.02, after: Duration::from_mins(5) }, ..fabrikam };
    let northbreeze = TenantConfig {
        mix: KindMix {
            interactive_user: 5,
            non_interactive_user: 15,
            service_principal: 60,
            managed_identity: 20,
        },
        users: 12,
        ..TenantConfig::new(NORTHBREEZE, "Northbreeze Traders").history(600, 24 * HOUR).live(0.05)
    };
    SimulatorConfig { seed: 7, ..SimulatorConfig::with_tenants([contoso, fabrikam, northbreeze]) }
}

/// The tenants of [`demo`] and as many like them as make `count`.
pub fn many(count: usize) -> SimulatorConfig {
    let mut config = demo();
    for index in config.tenants.len()..count {
        let id = Draw::new(config.seed, index as u64).guid();
        let tenant = TenantConfig::new(id, &format!("Tenant {index:04}")).live(0.2);
        config.tenants.push(TenantConfig { history: History { sign_ins: 500, span: 24 * HOUR }, ..tenant });
    }
    config.tenants.truncate(count);
    config
}
