//! The source's configuration, checked: parent and child connectors, clouds, credentials.

mod cloud;
mod credential;
mod environment;
mod ids;
pub mod keys;
mod pem;
mod read;
mod values;

#[cfg(test)]
mod tests;

pub use credential::{IdentityService, ManagedIdentity, WhichIdentity};
pub use ids::{ClientId, EventId, SignInEventType, TenantId};
pub use values::Malformed;

use std::path::PathBuf;
use std::time::Duration;

use collector::config::ProxyConfig;
use collector::sensitive::SensitiveString;
use jiff::{SignedDuration, Timestamp};
use url::Url;

/// A commented example of the source's table, with `{id}` where the component's id goes.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Everything below `[sources.<id>]`.
#[derive(Clone, Debug)]
pub struct EntraSigninsConfig {
    /// The tenants.
    pub microsoft_365: Vec<Microsoft365>,
    /// This host's share of each app registration's request budget, above 0 and up to 1.
    pub app_budget_share: f64,
    /// Most bytes of ids of delivered sign-ins.
    pub dedupe_max_bytes: u64,
    /// Whether what happens to connectors (another status, a gap, a credential that expires) is an event, too.
    pub connector_events: bool,
}

/// A parent connector: one Azure tenant and the way to get its tokens.
#[derive(Clone, Debug)]
pub struct Microsoft365 {
    /// Unique among the source's parents.
    pub name: String,
    /// The tenant as configured.
    pub tenant: Tenant,
    /// The tenant's name as configured.
    pub tenant_name: Option<String>,
    /// Where Microsoft is reached.
    pub endpoints: Endpoints,
    /// The app registration. It stands for a managed identity whose client id is not configured.
    pub client_id: ClientId,
    /// How it proves itself.
    pub credential: Credential,
    /// The tenant's Cato account, if any.
    pub account_id: Option<i64>,
    /// Addresses by which the tenant's users leave through Cato; empty if none is configured.
    pub cato_egress_ranges: Vec<IpRange>,
    /// Whether Microsoft's request limits are left aside; only ever so for a test server on this machine.
    pub unlimited_requests: bool,
    /// The connectors below it.
    pub azure_ad: Vec<AzureAd>,
}

/// A child connector: what to read of its parent's tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct AzureAd {
    /// Unique among the source's children.
    pub name: String,
    /// The kinds to read; no two connectors read the same kind of the same tenant.
    pub sign_in_event_types: Vec<SignInEventType>,
    /// How far back to begin: made absolute when it is first seen, at the first run or changed later.
    pub start: Start,
    /// How often the live edge is read.
    pub poll_interval: Duration,
    /// How seldom the live edge of a kind without sign-ins is read, at most; no less than `poll_interval`.
    pub poll_interval_max: Duration,
    /// The first re-read of what was read comes no sooner after it happened.
    pub reread_floor: Duration,
    /// The first three re-reads come no later than this; two more always come after 6 and 24 hours.
    pub reread_ceiling: Duration,
    /// Records asked for in one request, 1 to 1,000.
    pub page_size: u16,
    /// Whether events carry the record as `raw_data`.
    pub include_raw: bool,
    /// Whether a sign-in is emitted again when Microsoft has changed what its event shows.
    pub emit_updates: bool,
    /// OData, and-ed to ours.
    pub filter: Option<String>,
}

/// A tenant as somebody writes it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Tenant {
    /// By its GUID.
    Id(TenantId),
    /// By a verified domain, to be resolved to the GUID.
    Domain(String),
}

/// Where Microsoft is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoints {
    /// The identity platform, such as `https://login.microsoftonline.com/`.
    pub login: Url,
    /// Graph, such as `https://graph.microsoft.com/`.
    pub graph: Url,
    /// The scope of tokens for Graph: `/.default` of the host in `graph`, unless configured.
    pub scope: String,
    /// Extra root certificates in PEM.
    pub ca_file: Option<PathBuf>,
    /// A proxy of the connector's own, instead of the host's.
    pub proxy: Option<ProxyConfig>,
}

/// How an app registration proves itself.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What it shows.
    pub strategy: Strategy,
    /// When that expires, as the certificate or the configuration says.
    pub expires_at: Option<Timestamp>,
    /// What it shows where that is refused, so that a rotation has no gap.
    pub next: Option<Box<Self>>,
}

/// What an app registration can show.
#[derive(Clone, Debug)]
pub enum Strategy {
    /// A client secret.
    ClientSecret(ClientSecret),
    /// A certificate and its private key, both PEM.
    ClientCertificate {
        /// The certificate, public.
        certificate: String,
        /// Its key, PKCS#8 or PKCS#1.
        private_key: SensitiveString,
    },
    /// A token of another issuer that the app registration trusts, in a file that is renewed by somebody else.
    FederatedToken {
        /// The file.
        file: PathBuf,
    },
    /// The identity of the Azure resource that this program runs on.
    ManagedIdentity(ManagedIdentity),
    /// A user who signs in, in a browser that comes back here.
    AuthorizationCode {
        /// The app's own secret, if it is a confidential client.
        client_secret: Option<ClientSecret>,
    },
    /// A user who signs in, in a browser anywhere.
    DeviceCode,
}

/// A client secret, as far as the host has it.
#[derive(Clone, Debug)]
pub enum ClientSecret {
    /// This one.
    Given(SensitiveString),
    /// Somebody has to enter it: why, as a sentence without its full stop.
    Missing(String),
}

impl<T: Into<SensitiveString>> From<T> for ClientSecret {
    fn from(secret: T) -> Self {
        Self::Given(secret.into())
    }
}

impl Strategy {
    /// Its word in the configuration.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ClientSecret(_) => "client_secret",
            Self::ClientCertificate { .. } => "client_certificate",
            Self::FederatedToken { .. } => "federated_token",
            Self::ManagedIdentity(_) => "managed_identity",
            Self::AuthorizationCode { .. } => "authorization_code",
            Self::DeviceCode => "device_code",
        }
    }

    /// Whether the app reads on behalf of a user who has signed in, rather than with permissions of its own.
    pub const fn is_delegated(&self) -> bool {
        matches!(self, Self::AuthorizationCode { .. } | Self::DeviceCode)
    }
}

impl From<Strategy> for Credential {
    fn from(strategy: Strategy) -> Self {
        Self { strategy, expires_at: None, next: None }
    }
}

/// How far back to begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// With what happens from now on.
    Now,
    /// So long before the first run.
    Age(SignedDuration),
    /// At an instant.
    At(Timestamp),
}

impl Start {
    /// What holds if nothing is configured.
    pub const DEFAULT: Self = Self::Age(SignedDuration::from_hours(24));
}

/// What ids may take if nothing is configured: 2 GiB, as much as a journal's keys.
pub const DEDUPE_MAX_BYTES: u64 = 2 << 30;

/// A range of addresses in CIDR notation; a single address is a range of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IpRange {
    /// The first address.
    pub network: std::net::IpAddr,
    /// Leading bits that count.
    pub prefix: u8,
}
