//! Starting, steering and stopping a simulator, and the handles by which tests look into it.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use uuid::Uuid;

use crate::clock::{Clock, SECOND, nanos, timestamp};
use crate::config::{Instability, Lateness, Limits, Revisions, SimulatorConfig};
use crate::faults::{Endpoint, Fault};
use crate::graph::limits::Windows;
use crate::identity::assertion::{Certificate, CertificateError};
use crate::identity::interactive::Interaction;
use crate::requests::{RequestLog, RequestRecord, Totals};
use crate::server::{Shared, listen};
use crate::sign_ins::{NewSignIn, SignInKind};
use crate::tenant::{Tenant, lock};
use crate::truth::{TrueSignIn, TruthFilter, truth};

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address of the configuration.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate of a tenant cannot be used.
    #[error("a certificate of tenant {tenant} cannot be used")]
    Certificate {
        /// The tenant.
        tenant: Uuid,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// Two tenants have the same GUID.
    #[error("tenant {0} is configured twice")]
    TwoTenants(Uuid),
    /// The address that was taken makes no URL.
    #[error("the address makes no URL")]
    Url(#[from] url::ParseError),
}

/// A running Microsoft. Dropping it stops it.
pub struct Simulator {
    shared: Arc<Shared>,
    url: Url,
    tasks: TaskTracker,
}

impl Simulator {
    /// Starts listening; the address is known when this returns.
    pub async fn start(config: SimulatorConfig) -> Result<Self, StartError> {
        let clock = Clock::start(config.start_at, config.clock_offset);
        let mut tenants = HashMap::new();
        for tenant in &config.tenants {
            let made = Tenant::new(tenant, config.seed, clock.now())
                .map_err(|source| StartError::Certificate { tenant: tenant.id, source })?;
            if tenants.insert(tenant.id, Arc::new(made)).is_some() {
                return Err(StartError::TwoTenants(tenant.id));
            }
        }
        let failed = |source| StartError::Listen { address: config.address, source };
        let listener = TcpListener::bind(config.address).await.map_err(failed)?;
        let origin = format!("http://{}", listener.local_addr().map_err(failed)?);
        let shared = Arc::new(Shared {
            clock,
            seed: config.seed,
            tenants,
            signing_key: hmac::Key::new(hmac::HMAC_SHA256, &config.seed.to_be_bytes()),
            limits: Mutex::new(config.limits),
            windows: Mutex::new(Windows::default()),
            token_life: config.token_life,
            skiptoken_life: config.skiptoken_life,
            oldest: config.oldest,
            gzip_level: config.gzip_level.min(9),
            requests: Mutex::new(RequestLog::default()),
            stopping: CancellationToken::new(),
            origin,
        });
        let url = Url::parse(&shared.origin)?;
        let tasks = TaskTracker::new();
        tasks.spawn(listen(listener, Arc::clone(&shared), tasks.clone()));
        tasks.close();
        Ok(Self { shared, url, tasks })
    }

    /// Stops listening, breaks off what is stalled, and waits until all connections are closed.
    pub async fn shutdown(self) {
        self.shared.stopping.cancel();
        self.tasks.wait().await;
    }

    /// Where tokens are issued: `http://address/`. The same origin as [`Simulator::graph_endpoint`].
    pub fn login_endpoint(&self) -> Url {
        self.url.clone()
    }

    /// Where Graph answers: `http://address/`.
    pub fn graph_endpoint(&self) -> Url {
        self.url.clone()
    }

    /// The tenant with this GUID.
    pub fn tenant(&self, id: &Uuid) -> Option<TenantHandle> {
        let tenant = Arc::clone(self.shared.tenants.get(id)?);
        Some(TenantHandle { shared: Arc::clone(&self.shared), tenant })
    }

    /// All tenants, in the order of their GUIDs.
    pub fn tenants(&self) -> Vec<TenantHandle> {
        let mut ids: Vec<&Uuid> = self.shared.tenants.keys().collect();
        ids.sort();
        ids.into_iter().filter_map(|id| self.tenant(id)).collect()
    }

    /// The server's now.
    pub fn now(&self) -> Timestamp {
        timestamp(self.shared.clock.now())
    }

    /// Makes the server's clock jump by `by`, forwards or backwards. Limits and skiptokens do not notice.
    pub fn jump_clock(&self, by: SignedDuration) {
        self.shared.clock.jump(by);
    }

    /// Changes the limits; requests already counted stay counted.
    pub fn set_limits(&self, limits: Limits) {
        *lock(&self.shared.limits) = limits;
    }

    /// Requests beyond a limit since the start: 0 for a client that keeps to them.
    pub fn limit_violations(&self) -> u64 {
        lock(&self.shared.windows).violations()
    }

    /// The last requests (100,000 at most), oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.shared.requests).recent()
    }

    /// Totals since the start.
    pub fn totals(&self) -> Totals {
        lock(&self.shared.requests).totals()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stopping.cancel();
    }
}

/// A tenant of a running simulator. Everything can be changed while requests come in.
#[derive(Clone)]
pub struct TenantHandle {
    shared: Arc<Shared>,
    tenant: Arc<Tenant>,
}

impl TenantHandle {
    /// The tenant's GUID.
    pub fn id(&self) -> Uuid {
        self.tenant.id
    }

    /// The tenant's display name.
    pub fn display_name(&self) -> &str {
        &self.tenant.display_name
    }

    /// Switches a fault on.
    pub fn inject(&self, fault: impl Into<Fault>) {
        lock(&self.tenant.faults).inject(fault.into());
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        lock(&self.tenant.faults).clear();
    }

    /// The faults that are still to happen, with the number of times that are left.
    pub fn faults(&self) -> Vec<Fault> {
        lock(&self.tenant.faults).list()
    }

    /// How often each kind of fault has happened, by [`FaultKind::name`](crate::FaultKind::name).
    pub fn faults_happened(&self) -> BTreeMap<String, u64> {
        lock(&self.tenant.faults).happened().clone()
    }

    /// Adds sign-ins and gives their ids, in the same order.
    pub fn add_sign_ins(&self, sign_ins: impl IntoIterator<Item = NewSignIn>) -> Vec<String> {
        self.tenant.add(sign_ins, self.shared.clock.now())
    }

    /// Adds `count` sign-ins of one kind, spread evenly from `from` to `to`, at whole seconds.
    pub fn add_spread(&self, kind: SignInKind, count: u32, from: Timestamp, to: Timestamp) -> Vec<String> {
        let (from, to) = (nanos(from), nanos(to));
        let step = to.saturating_sub(from) / i64::from(count.max(1));
        let at = |index: u32| {
            let at = from + step * i64::from(index);
            timestamp(at - at.rem_euclid(SECOND))
        };
        self.add_sign_ins((0..count).map(|index| NewSignIn {
            created: Some(at(index)),
            kind: Some(kind),
            ..NewSignIn::default()
        }))
    }

    /// Changes properties of a record from `at` (default: now) on; false when no record has this id.
    pub fn change_sign_in(&self, id: &str, at: Option<Timestamp>, properties: Map<String, Value>) -> bool {
        let now = self.shared.clock.now();
        self.tenant.log_at(now).change(id, at.map_or(now, nanos), properties)
    }

    /// Sets how many sign-ins happen per second from now on.
    pub fn set_live_rate(&self, per_second: f64) {
        lock(&self.tenant.log).set_rate(per_second, self.shared.clock.now());
    }

    /// Sets how late the sign-ins show that happen from now on.
    pub fn set_lateness(&self, lateness: Lateness) {
        self.tenant.log_at(self.shared.clock.now()).source.lateness = lateness;
    }

    /// Sets how reads differ.
    pub fn set_instability(&self, instability: Instability) {
        lock(&self.tenant.behaviour).instability = instability;
    }

    /// Sets which records change after they appeared.
    pub fn set_revisions(&self, revisions: Revisions) {
        lock(&self.tenant.behaviour).revisions = revisions;
    }

    /// Replaces the client secrets; a rotation has two for a while, an expiry none.
    pub fn set_client_secrets(&self, secrets: impl IntoIterator<Item = String>) {
        lock(&self.tenant.access).secrets = secrets.into_iter().collect();
    }

    /// Replaces the registered certificates (PEM).
    pub fn set_certificates(&self, pems: &[&str]) -> Result<(), CertificateError> {
        let certificates = pems.iter().map(|pem| Certificate::parse(pem)).collect::<Result<_, _>>()?;
        lock(&self.tenant.access).certificates = certificates;
        Ok(())
    }

    /// Replaces the consented roles; tokens issued before keep theirs.
    pub fn set_roles(&self, roles: impl IntoIterator<Item = String>) {
        lock(&self.tenant.access).roles = roles.into_iter().collect();
    }

    /// Sets what a person does who is asked to sign in or to consent.
    pub fn set_interaction(&self, interaction: Interaction) {
        lock(&self.tenant.access).interaction = interaction;
    }

    /// Revokes all refresh tokens that have been issued.
    pub fn revoke_refresh_tokens(&self) {
        let next_second = self.shared.clock.now() / SECOND + 1;
        lock(&self.tenant.access).refresh_tokens_since = next_second;
    }

    /// Gives the tenant Entra ID P1, or takes it.
    pub fn set_premium(&self, premium: bool) {
        lock(&self.tenant.access).premium = premium;
    }

    /// All sign-ins that have happened, oldest first.
    pub fn truth(&self) -> Vec<TrueSignIn> {
        self.truth_where(&TruthFilter::default())
    }

    /// The sign-ins that have happened and pass `filter`, oldest first.
    pub fn truth_where(&self, filter: &TruthFilter) -> Vec<TrueSignIn> {
        truth(&self.tenant.log_at(self.shared.clock.now()), filter)
    }

    /// How many sign-ins have happened.
    pub fn sign_in_count(&self) -> usize {
        self.tenant.log_at(self.shared.clock.now()).entries().len()
    }

    /// The record with this id as beta shows it now, whether or not it has appeared.
    pub fn record(&self, id: &str) -> Option<Value> {
        let now = self.shared.clock.now();
        let log = self.tenant.log_at(now);
        let entry = log.find(id)?;
        Some(Value::Object(self.tenant.record(&log, &entry, now, self.tenant.shows_policies())))
    }

    /// Requests of this tenant at one endpoint that are still in the log, oldest first.
    pub fn requests(&self, endpoint: Endpoint) -> Vec<RequestRecord> {
        let all = lock(&self.shared.requests).recent();
        all.into_iter().filter(|r| r.tenant == Some(self.tenant.id) && r.endpoint == endpoint).collect()
    }
}
