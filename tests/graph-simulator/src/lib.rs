//! Microsoft's side as it behaves and misbehaves: the identity platform and the sign-in log of Microsoft Graph, over
//! plain HTTP on a loopback address.
//!
//! A [`Simulator`] serves tenants whose sign-ins are made from a seed. It keeps Graph's limits, shows records late,
//! changes them, and fails in every way ([`FaultKind`]) that Graph, identity platform and network are known to.
//! What really happened is known exactly ([`TenantHandle::truth`]), so a collector can be held to it.
//!
//! Time: the server's clock follows tokio's, so it stands still in a test that pauses time, and moves with
//! [`Simulator::jump_clock`]. Paused time runs ahead whenever every task waits for the network, which sets off timeouts
//! of HTTP clients at once: tests with such timeouts had better leave time running and jump the clock instead.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), graph_simulator::StartError> {
//! use std::time::Duration;
//! use graph_simulator::{FaultKind, RetryAfter, Simulator, SimulatorConfig, TenantConfig};
//!
//! let tenant = TenantConfig::new(uuid::Uuid::from_u128(1), "Contoso").history(500, Duration::from_secs(3600));
//! let id = tenant.id;
//! let simulator = Simulator::start(SimulatorConfig::with_tenants([tenant])).await?;
//! let tenant = simulator.tenant(&id).expect("it was configured");
//! assert_eq!(tenant.truth().len(), 500);
//! tenant.inject(FaultKind::Throttle { retry_after: RetryAfter::Decimal, wait_millis: 2128 });
//! // A client that asks simulator.graph_endpoint() for sign-ins now is told to wait for 2.128 s, once.
//! simulator.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod clock;
mod config;
mod configuration;
mod connection;
mod control;
mod faults;
mod graph;
mod identity;
pub mod presets;
mod records;
mod requests;
mod server;
mod sign_ins;
mod simulator;
mod tenant;
pub mod testdata;
mod truth;
mod wire;

pub use crate::config::{
    AUDIT_LOG_READ_ALL, DIRECTORY_READ_ALL, History, Instability, KindMix, Lateness, Limits,
    POLICY_READ_CONDITIONAL_ACCESS, RetryAfter, Revisions, SimulatorConfig, TenantConfig,
};
pub use crate::configuration::configuration;
pub use crate::control::REQUESTS;
pub use crate::faults::{Endpoint, Fault, FaultKind, Flaw, LinkPart, Pages};
pub use crate::graph::errors::FORBIDDEN_CODES;
pub use crate::identity::assertion::CertificateError;
pub use crate::identity::interactive::Interaction;
pub use crate::identity::managed::IDENTITY_HEADER;
pub use crate::requests::{RequestRecord, Totals};
pub use crate::sign_ins::{NewSignIn, SignInKind, UnknownKind};
pub use crate::simulator::{Simulator, StartError, TenantHandle};
pub use crate::truth::{TrueSignIn, TruthFilter};
