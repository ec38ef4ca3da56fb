//! One tenant: who may ask, what it holds, what goes wrong with it.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::clock::{Nanos, SECOND, nanos, span};
use crate::config::{POLICY_READ_CONDITIONAL_ACCESS, TenantConfig};
use crate::faults::FaultBoard;
use crate::identity::assertion::{Certificate, CertificateError};
use crate::identity::interactive::Interaction;
use crate::records::draw::{Draw, mix};
use crate::records::{Population, View};
use crate::sign_ins::lateness::{Instability, Revisions};
use crate::sign_ins::log::{SignInLog, Source, Special, id_of};
use crate::sign_ins::{Entry, NewSignIn};

/// What the tenant's administrators have set up for the application.
pub(crate) struct Access {
    pub(crate) secrets: Vec<String>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) federated_tokens: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) premium: bool,
    /// What works once and has been used: `jti` of client assertions, codes.
    pub(crate) used: HashSet<String>,
    /// What a person does who is asked to sign in.
    pub(crate) interaction: Interaction,
    /// Refresh tokens issued before this epoch second are revoked.
    pub(crate) refresh_tokens_since: i64,
}

/// How reads of the log differ from the plain log.
#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) instability: Instability,
    pub(crate) revisions: Revisions,
}

/// See the module.
pub(crate) struct Tenant {
    pub(crate) id: Uuid,
    pub(crate) display_name: String,
    pub(crate) domains: Vec<String>,
    pub(crate) client_id: String,
    pub(crate) population: Population,
    pub(crate) access: Mutex<Access>,
    pub(crate) log: Mutex<SignInLog>,
    pub(crate) faults: Mutex<FaultBoard>,
    pub(crate) behaviour: Mutex<Behaviour>,
    /// Chance in reads, as opposed to chance in records.
    pub(crate) reads: Mutex<Draw>,
}

/// Locks, whatever became of the last holder: the simulator has no invariants that a panic could break.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tenant {
    pub(crate) fn new(config: &TenantConfig, seed: u64, now: Nanos) -> Result<Self, CertificateError> {
        let (high, low) = config.id.as_u64_pair();
        let seed = mix(seed ^ mix(high) ^ mix(low.rotate_left(17)));
        let domain = config.domains.first().map_or("example.com", String::as_str);
        let source = Source {
            seed,
            mix: config.mix,
            lateness: config.lateness,
            fractional: config.fractional_seconds,
        };
        Ok(Self {
            id: config.id,
            display_name: config.display_name.clone(),
            domains: config.domains.clone(),
            client_id: config.client_id.clone(),
            population: Population::new(config.id, seed, domain, config.users),
            access: Mutex::new(Access {
                secrets: Some(config.client_secret.clone()).filter(|s| !s.is_empty()).into_iter().collect(),
                certificates: config
                    .certificates
                    .iter()
                    .map(|pem| Certificate::parse(pem))
                    .collect::<Result<_, _>>()?,
                federated_tokens: config.federated_tokens.clone(),
                roles: config.roles.clone(),
                premium: config.premium,
                used: HashSet::new(),
                interaction: Interaction::default(),
                refresh_tokens_since: i64::MIN,
            }),
            log: Mutex::new(SignInLog::new(source, config.history, config.live_per_second, now)),
            faults: Mutex::new(FaultBoard::new(seed)),
            behaviour: Mutex::new(Behaviour { instability: config.instability, revisions: config.revisions }),
            reads: Mutex::new(Draw::new(seed, 0x7265_6164)),
        })
    }

    /// The log with all live sign-ins until `now` in it.
    pub(crate) fn log_at(&self, now: Nanos) -> MutexGuard<'_, SignInLog> {
        let mut log = lock(&self.log);
        log.advance(now);
        log
    }

    /// Adds sign-ins and gives their ids, in the same order.
    pub(crate) fn add(&self, sign_ins: impl IntoIterator<Item = NewSignIn>, now: Nanos) -> Vec<String> {
        let mut log = self.log_at(now);
        let before = log.entries().len();
        let mut ids = Vec::new();
        for NewSignIn { created, appears_at, kind, mut properties } in sign_ins {
            properties.remove("createdDateTime");
            let created = created.map_or_else(|| now - now.rem_euclid(SECOND), nanos);
            let special = Special { overlay: properties, changes: Vec::new() };
            let seq = log.push_exact(created, kind, appears_at.map(nanos), special);
            ids.push(log.id(seq));
        }
        log.sort(before);
        ids
    }

    /// Whether tokens of this tenant may see Conditional Access policies.
    pub(crate) fn shows_policies(&self) -> bool {
        let wide = ["Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", POLICY_READ_CONDITIONAL_ACCESS];
        lock(&self.access).roles.iter().any(|role| wide.contains(&role.as_str()))
    }

    /// What `now` makes of a record of `entry`.
    pub(crate) fn view(&self, entry: &Entry, now: Nanos, policies: bool) -> View {
        let Revisions { share, after } = lock(&self.behaviour).revisions;
        let revised = entry.kind.is_user()
            && now >= entry.appears.saturating_add(span(after))
            && Draw::new(self.population.seed ^ 4, u64::from(entry.seq)).share(share);
        View { revised, policies }
    }

    /// Appends the record as the seed makes it, without what a test laid over it.
    pub(crate) fn write_plain(&self, out: &mut Vec<u8>, entry: &Entry, view: View) {
        self.population.write(out, entry, id_of(self.population.seed, entry.seq), view);
    }

    /// The record as beta serves it at `now` to a reader that knows all enum members.
    pub(crate) fn record(
        &self,
        log: &SignInLog,
        entry: &Entry,
        now: Nanos,
        policies: bool,
    ) -> Map<String, Value> {
        let mut json = Vec::with_capacity(4096);
        self.write_plain(&mut json, entry, self.view(entry, now, policies));
        let mut record: Map<String, Value> = serde_json::from_slice(&json).unwrap_or_default();
        if let Some(special) = log.special(entry.seq) {
            record.extend(special.overlay.clone());
            let due = special.changes.iter().filter(|(at, _)| *at <= now);
            due.for_each(|(_, change)| record.extend(change.clone()));
        }
        record
    }
}
