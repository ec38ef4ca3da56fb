//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::records::draw::Draw;
use crate::sign_ins::SignInKind;
pub use crate::sign_ins::lateness::{Instability, Lateness, Revisions};

const DAY: Duration = Duration::from_hours(24);

/// Everything a [`Simulator`](crate::Simulator) needs; `Default` is one Microsoft without tenants.
#[derive(Clone)]
pub struct SimulatorConfig {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// The same seed gives the same tenants, records and faults.
    pub seed: u64,
    /// The tenants of this Microsoft.
    pub tenants: Vec<TenantConfig>,
    /// How many requests Graph allows.
    pub limits: Limits,
    /// What the server's clock shows at the start; the machine's time by default.
    pub start_at: Option<Timestamp>,
    /// How far the server's clock is from the machine's.
    pub clock_offset: SignedDuration,
    /// How long an access token lives.
    pub token_life: Duration,
    /// How long a `$skiptoken` lives; for ever by default.
    pub skiptoken_life: Option<Duration>,
    /// How old a lower bound on `createdDateTime` may be.
    pub oldest: Duration,
    /// zlib level of compressed answers, 0 to 9.
    pub gzip_level: u32,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            tenants: Vec::new(),
            limits: Limits::default(),
            start_at: None,
            clock_offset: SignedDuration::ZERO,
            token_life: Duration::from_secs(3599),
            skiptoken_life: None,
            oldest: 90 * DAY,
            gzip_level: 1,
        }
    }
}

impl SimulatorConfig {
    /// A simulator with these tenants and else the defaults.
    pub fn with_tenants(tenants: impl IntoIterator<Item = TenantConfig>) -> Self {
        Self { tenants: tenants.into_iter().collect(), ..Self::default() }
    }
}

/// Requests that Graph allows for sign-ins, as sliding windows; `None` is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests of one application to one tenant.
    pub per_app_and_tenant: Option<usize>,
    /// Requests of one application to all tenants.
    pub per_app: Option<usize>,
    /// The width of the window.
    pub window: Duration,
    /// How a 429 says when to come back.
    pub retry_after: RetryAfter,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_app_and_tenant: Some(5),
            per_app: Some(122),
            window: Duration::from_secs(10),
            retry_after: RetryAfter::Seconds,
        }
    }
}

impl Limits {
    /// As many requests as one likes.
    pub fn off() -> Self {
        Self { per_app_and_tenant: None, per_app: None, ..Self::default() }
    }
}

/// The forms of the `Retry-After` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// No header.
    Absent,
    /// Whole seconds, rounded up: `3`.
    #[default]
    Seconds,
    /// Seconds with a fraction: `2.128`.
    Decimal,
    /// An HTTP date by the server's clock.
    HttpDate,
}

/// One tenant and the application that reads its sign-ins.
#[derive(Clone)]
pub struct TenantConfig {
    /// The tenant's GUID.
    pub id: Uuid,
    /// `displayName` of `/organization`.
    pub display_name: String,
    /// Verified domains, the default one first; users sign in under it.
    pub domains: Vec<String>,
    /// The application (client) id that is registered; tenants may share one.
    pub client_id: String,
    /// The client secret; empty for none.
    pub client_secret: String,
    /// Certificates registered for the application, PEM.
    pub certificates: Vec<String>,
    /// Tokens of other issuers that are accepted as client assertions (federated credentials), as they are.
    pub federated_tokens: Vec<String>,
    /// Application roles (permissions with admin consent) that tokens carry.
    pub roles: Vec<String>,
    /// Whether the tenant has Entra ID P1 or P2; without it sign-ins are refused.
    pub premium: bool,
    /// Sign-ins that happened before the start.
    pub history: History,
    /// Sign-ins per second from the start on.
    pub live_per_second: f64,
    /// Which kinds happen how often.
    pub mix: KindMix,
    /// How late records show.
    pub lateness: Lateness,
    /// Records that change after they appeared.
    pub revisions: Revisions,
    /// Reads that differ.
    pub instability: Instability,
    /// Share (0 to 1) of records whose time has a fraction of 1 to 7 digits.
    pub fractional_seconds: f64,
    /// Number of users.
    pub users: usize,
}

/// The role that reading sign-ins needs.
pub const AUDIT_LOG_READ_ALL: &str = "AuditLog.Read.All";
/// The role that `/organization` needs.
pub const DIRECTORY_READ_ALL: &str = "Directory.Read.All";
/// The least role with which records show Conditional Access policies.
pub const POLICY_READ_CONDITIONAL_ACCESS: &str = "Policy.Read.ConditionalAccess";

impl TenantConfig {
    /// A tenant with an application that may read everything, and no sign-ins.
    ///
    /// The domain is made from `display_name` (`Contoso` gives `contoso.example`), the client id from `id`.
    pub fn new(id: Uuid, display_name: &str) -> Self {
        let label: String = display_name.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            id,
            display_name: display_name.to_owned(),
            domains: vec![format!("{}.example", label.to_ascii_lowercase())],
            client_id: Draw::new(id.as_u64_pair().0, id.as_u64_pair().1).guid().to_string(),
            client_secret: "simulated-secret~1+/ %&=".to_owned(),
            certificates: Vec::new(),
            federated_tokens: Vec::new(),
            roles: [AUDIT_LOG_READ_ALL, DIRECTORY_READ_ALL, POLICY_READ_CONDITIONAL_ACCESS]
                .map(str::to_owned)
                .into(),
            premium: true,
            history: History::default(),
            live_per_second: 0.0,
            mix: KindMix::default(),
            lateness: Lateness::None,
            revisions: Revisions::default(),
            instability: Instability::default(),
            fractional_seconds: 0.0,
            users: 200,
        }
    }

    /// Sets the sign-ins of the last `span`.
    #[must_use]
    pub fn history(mut self, sign_ins: usize, span: Duration) -> Self {
        self.history = History { sign_ins, span };
        self
    }

    /// Sets the rate of live sign-ins.
    #[must_use]
    pub fn live(mut self, per_second: f64) -> Self {
        self.live_per_second = per_second;
        self
    }

    /// Sets how late records show.
    #[must_use]
    pub fn lateness(mut self, lateness: Lateness) -> Self {
        self.lateness = lateness;
        self
    }
}

/// Sign-ins spread evenly, with jitter, over a time before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// How many.
    pub sign_ins: usize,
    /// Over how long.
    pub span: Duration,
}

impl Default for History {
    fn default() -> Self {
        Self { sign_ins: 0, span: DAY }
    }
}

/// Weights of the kinds among sign-ins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindMix {
    /// Weight of [`SignInKind::InteractiveUser`].
    pub interactive_user: u16,
    /// Weight of [`SignInKind::NonInteractiveUser`].
    pub non_interactive_user: u16,
    /// Weight of [`SignInKind::ServicePrincipal`].
    pub service_principal: u16,
    /// Weight of [`SignInKind::ManagedIdentity`].
    pub managed_identity: u16,
}

impl Default for KindMix {
    /// Most sign-ins need no human.
    fn default() -> Self {
        Self { interactive_user: 20, non_interactive_user: 55, service_principal: 20, managed_identity: 5 }
    }
}

impl KindMix {
    /// Only one kind.
    pub fn only(kind: SignInKind) -> Self {
        let weight = |of| u16::from(kind == of);
        Self {
            interactive_user: weight(SignInKind::InteractiveUser),
            non_interactive_user: weight(SignInKind::NonInteractiveUser),
            service_principal: weight(SignInKind::ServicePrincipal),
            managed_identity: weight(SignInKind::ManagedIdentity),
        }
    }

    pub(crate) fn pick(self, draw: &mut Draw) -> SignInKind {
        let weights =
            [self.interactive_user, self.non_interactive_user, self.service_principal, self.managed_identity];
        let mut place = draw.below(weights.iter().map(|w| usize::from(*w)).sum());
        for (kind, weight) in SignInKind::ALL.into_iter().zip(weights) {
            if place < usize::from(weight) {
                return kind;
            }
            place -= usize::from(weight);
        }
        SignInKind::InteractiveUser
    }
}
