//! A Microsoft 365 connector at work: it gets tokens, learns which tenant it reads, and starts the connectors below it.

use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collector::config::BuildError;
use collector::health::CredentialReport;
use collector::secrets::SecretStore;
use jiff::Timestamp;
use tokio::sync::Notify;

use super::access::access;
use super::facts;
use super::housekeeper::NO_ROOM_FOR_IDS;
use super::plan::Intervals;
use super::shared::Shared;
use super::{CHILD, PARENT};
use crate::cato::ConnectorFacts;
use crate::collect::access::Access;
use crate::collect::lane::Reader;
use crate::collect::part::Part;
use crate::collect::planner::{Bounds, Lane, RETENTION};
use crate::collect::stream::{Connector, Stream};
use crate::collect::terms::{resume, settle};
use crate::config::{AzureAd, Microsoft365, Tenant, TenantId};
use crate::coverage::Coverage;
use crate::http::Clients;
use crate::identity::{CredentialInUse, Expiring, ExpiryWatch};
use crate::schedule::Limits;
use crate::state::{StateError, StreamKey};
use crate::status::{
    Board, ConnectorLine, Measured, Observation, lacks_permission_alone, of_credential, of_expiry,
    of_identity, read_twice, state_failed,
};

/// How often a parent's token is looked at when all is well.
const TOKEN_INTERVAL: Duration = Duration::from_secs(30);
/// How long a parent waits when it has no token; the token's own back-off decides when Microsoft is asked again.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// How often the tenant's name is looked up again.
const NAME_INTERVAL: Duration = Duration::from_hours(24);
/// How long after the look-up has failed it is tried again.
const NAME_RETRY: Duration = Duration::from_mins(10);
/// How long events wait for the name.
const NAME_PATIENCE: Duration = Duration::from_secs(10);

/// A Microsoft 365 connector.
pub(super) struct Parent {
    pub(super) config: Microsoft365,
    pub(super) access: Arc<Access>,
    board: Board<Part>,
    /// The tenant's licences, as far as they may be read.
    licence: Mutex<Option<String>>,
    pub(super) children: Vec<Arc<Connector>>,
    /// Set off when there may be a token that was not there before.
    pub(super) woken: Notify,
}

impl Parent {
    pub(super) fn new(
        config: Microsoft365,
        shared: &Shared,
        clients: &Clients,
        secrets: Option<&Arc<dyn SecretStore>>,
    ) -> Result<Self, BuildError> {
        let access = access(&config, clients, shared.limits, shared.fresh, &shared.clock, secrets);
        let access = Arc::new(access?);
        let line = ConnectorLine {
            name: config.name.clone(),
            application: PARENT,
            parent: None,
            tenant_id: tenant_text(&config.tenant),
            tenant_name: config.tenant_name.clone(),
        };
        let board = Board::new(line, [Part::Token], shared.health.clone(), shared.clock.clone());
        let children =
            config.azure_ad.iter().map(|child| Arc::new(connector(&config, child, shared))).collect();
        Ok(Self { config, access, board, licence: Mutex::default(), children, woken: Notify::new() })
    }

    /// Keeps the parent's status, and starts its children once the tenant is known.
    pub(super) async fn run(self: Arc<Self>, shared: Arc<Shared>) {
        let (mut started, mut expiry) = (false, ExpiryWatch::default());
        let mut name_due = shared.clock.monotonic();
        while !shared.stop.is_cancelled() {
            let checked = tokio::select! {
                () = shared.stop.cancelled() => return,
                checked = self.check() => checked,
            };
            self.tell_credential(&mut expiry, shared.limits).await;
            let wait = match checked {
                Ok(tenant) => {
                    if shared.clock.monotonic() >= name_due {
                        // Before the first event, which should carry the name.
                        let named = tokio::time::timeout(NAME_PATIENCE, self.name(tenant)).await;
                        let next = if named == Ok(true) { NAME_INTERVAL } else { NAME_RETRY };
                        name_due = shared.clock.monotonic() + next;
                    }
                    if !started {
                        started = self.start(tenant, &shared).await;
                    }
                    if started { TOKEN_INTERVAL } else { RETRY_INTERVAL }
                }
                // Until then the answer is the same, and must not count as another failure.
                Err(next_try) => next_try
                    .map_or(RETRY_INTERVAL, |at| at.saturating_duration_since(shared.clock.monotonic()))
                    .clamp(RETRY_INTERVAL, TOKEN_INTERVAL),
            };
            tokio::select! {
                () = shared.stop.cancelled() => return,
                () = self.woken.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Whether there is a token that reads sign-ins, and whose tenant it reads.
    ///
    /// # Errors
    ///
    /// When it is worth a look again, if that is known.
    async fn check(&self) -> Result<TenantId, Option<tokio::time::Instant>> {
        let observation = match self.access.tokens.token().await {
            Ok(_) => match self.access.tenant_id().await {
                Ok(tenant) => {
                    self.access.learn_time();
                    self.board.observe(&Part::Token, Observation::Answered);
                    self.observe_children(&Observation::Cleared);
                    return Ok(tenant);
                }
                Err(observation) => observation,
            },
            Err(error) => {
                let observation = of_identity(&error, &self.access.consent);
                if lacks_permission_alone(&error) {
                    // The parent has its token; it is the children who cannot read with it.
                    self.board.observe(&Part::Token, Observation::Answered);
                } else {
                    self.board.observe(&Part::Token, observation.clone());
                }
                self.observe_children(&observation);
                return Err(error.next_try());
            }
        };
        self.board.observe(&Part::Token, observation.clone());
        self.observe_children(&observation);
        Err(None)
    }

    /// Which credential is in use, how long it will be good, and what it is good for.
    async fn tell_credential(&self, watch: &mut ExpiryWatch, limits: Limits) {
        let credential = self.access.tokens.credential();
        let now = Timestamp::from_second(self.access.server_now()).unwrap_or_default();
        let has_next = self.config.credential.next.is_some();
        if let Some(expiry) = credential.expires_at
            && watch.is_due(expiry, now)
            && let Some(expiring) = Expiring::soon(expiry, now)
        {
            let days_left = expiring.days;
            tracing::warn!(
                connector = self.config.name,
                days_left,
                "{}.",
                of_expiry(&credential, &expiring, has_next)
            );
        }
        let notes = of_credential(&credential, has_next, now);
        let CredentialInUse { strategy, place, expires_at, .. } = credential;
        let credential = Some(CredentialReport { strategy, place, expires_at });
        let licence = self.licence.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let facts = facts::of_access(&self.access, limits, licence).await;
        self.board.measured(Measured { credential, facts, notes, ..Measured::default() });
        self.board.report();
    }

    fn observe_children(&self, observation: &Observation) {
        for child in &self.children {
            child.board.observe(&Part::Token, observation.clone());
        }
    }

    /// The tenant's name, where it is not configured and the app may read it. Whether that is known now.
    async fn name(&self, tenant: TenantId) -> bool {
        let mut name = self.config.tenant_name.clone();
        self.tell_tenant(tenant, name.as_ref());
        if let Ok(token) = self.access.tokens.token().await {
            match self.access.graph.organization(&token).await {
                Ok(organization) => {
                    *self.licence.lock().unwrap_or_else(PoisonError::into_inner) =
                        facts::licence(&organization);
                    name = name.or_else(|| organization.display_name.as_deref().and_then(plain));
                }
                Err(reason) => {
                    tracing::debug!(connector = self.config.name, %reason, "The tenant's name is not known; set tenant_name.");
                }
            }
        }
        self.tell_tenant(tenant, name.as_ref());
        name.is_some()
    }

    fn tell_tenant(&self, tenant: TenantId, name: Option<&String>) {
        self.board.tenant(tenant.to_string(), name.cloned());
        for child in &self.children {
            child.board.tenant(tenant.to_string(), name.cloned());
            if let Some(name) = name {
                child.name_tenant(name);
            }
        }
    }

    async fn start(&self, tenant: TenantId, shared: &Arc<Shared>) -> bool {
        for child in &self.children {
            child.resolve_tenant(tenant);
            for kind in child.config.sign_in_event_types.clone() {
                let key = StreamKey { tenant, kind };
                let begun = self.start_stream(key, child, shared).await;
                let failed = begun.is_err();
                let observation = match begun {
                    Ok(true) => Observation::Cleared,
                    Ok(false) => Observation::Refused(read_twice(kind, tenant)),
                    Err(error) => Observation::Refused(state_failed(&error, error.way_out())),
                };
                child.board.observe(&Part::Begin(kind), observation);
                if failed {
                    return false;
                }
            }
        }
        true
    }

    /// Begins to read a stream; no if another connector reads it already.
    async fn start_stream(
        &self,
        key: StreamKey,
        child: &Arc<Connector>,
        shared: &Arc<Shared>,
    ) -> Result<bool, StateError> {
        let _alone = shared.beginning.lock().await;
        if let Some(is_ours) = shared.reads(key, child) {
            return Ok(is_ours);
        }
        let record = shared.state.stream(key).await?;
        let now = self.access.server_now();
        let mut settled = match (&record.begun, shared.ran_until.get()) {
            (None, Some(ran_until)) => resume(&child.config, *ran_until, now),
            (begun, _) => settle(begun.as_ref(), &child.config, now),
        };
        if settled.anew {
            // What was read of earlier times was delivered, and nobody knows any more what it was.
            settled.begun.start = settled.begun.start.max(record.known_from.unwrap_or(i64::MIN));
        }
        if record.begun.as_ref() != Some(&settled.begun) {
            shared.state.begin(key, settled.begun.clone(), settled.anew).await?;
        }
        for remark in settled.remarks {
            child.board.note(remark.to_owned());
            tracing::warn!(connector = child.config.name, kind = %key.kind, "{remark}.");
        }
        let tenant = shared.tenant(key.tenant);
        if let Some(known_from) = record.known_from {
            tenant.ids_known_from(known_from);
            if known_from > settled.begun.start.max(now - RETENTION) {
                child.board.note(NO_ROOM_FOR_IDS.to_owned());
            }
        }
        let coverage = Coverage::from_spans(if settled.anew { Vec::new() } else { record.spans });
        let intervals = self.intervals(child, shared);
        let stream = Arc::new(Stream {
            key,
            begun_at: shared.clock.monotonic(),
            settled: Bounds {
                start: settled.begun.start,
                first_run: settled.begun.first_run,
                poll_interval: intervals.apart.as_secs().cast_signed(),
                known_from: i64::MIN,
            },
            poll_together: intervals.together.as_secs().cast_signed(),
            quiet_polls: AtomicU32::new(0),
            coverage: tokio::sync::Mutex::new(coverage),
            stuck: Mutex::default(),
            lateness: Mutex::new(record.lateness),
            doubt: Mutex::default(),
            losing: AtomicBool::new(false),
            pages_in_memory: Arc::clone(&shared.pages_in_memory),
            edge_moved: Notify::new(),
            tenant,
            connector: Arc::clone(child),
            access: Arc::clone(&self.access),
            metrics: shared.metrics.clone(),
        });
        stream.follow(&record.lateness, &mut *stream.coverage.lock().await);
        child.pair.join(&stream);
        shared.add_stream(&stream);
        spawn_lanes(&stream, shared);
        Ok(true)
    }

    /// How often the child is polled.
    fn intervals(&self, child: &Connector, shared: &Shared) -> Intervals {
        let (intervals, remark) = shared.plan.intervals(&self.config, &child.config);
        if let Some(remark) = remark {
            child.board.note(remark);
        }
        intervals
    }
}

/// A name as one line of plain text: whoever administers a tenant chooses it, and must not draw on our users' terminals.
fn plain(name: &str) -> Option<String> {
    let draws = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let plain: String = name.chars().filter(|c| !draws(c)).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

fn spawn_lanes(stream: &Arc<Stream>, shared: &Arc<Shared>) {
    for lane in Lane::ALL {
        let (stream, with) = (Arc::clone(stream), Arc::clone(shared));
        shared.keep_running(lane.as_str(), move || {
            let reader =
                with.sender().map(|out| Reader::new(Arc::clone(&stream), lane, out, with.stop.clone()));
            async move {
                if let Some(reader) = reader {
                    reader.run().await;
                }
            }
        });
    }
}

fn connector(parent: &Microsoft365, child: &AzureAd, shared: &Shared) -> Connector {
    let facts = ConnectorFacts {
        tenant_id: match parent.tenant {
            Tenant::Id(tenant) => Some(tenant),
            Tenant::Domain(_) => None,
        },
        tenant_name: parent.tenant_name.clone(),
        connector_name: Some(child.name.clone()),
        parent_connector_name: Some(parent.name.clone()),
        account_id: parent.account_id,
        cato_egress_ranges: parent.cato_egress_ranges.clone(),
        include_raw: child.include_raw,
    };
    let line = ConnectorLine {
        name: child.name.clone(),
        application: CHILD,
        parent: Some(parent.name.clone()),
        tenant_id: tenant_text(&parent.tenant),
        tenant_name: parent.tenant_name.clone(),
    };
    let required = child.sign_in_event_types.iter().map(|kind| Part::Lane(*kind, Lane::Live));
    let board = Board::new(line, required, shared.health.clone(), shared.clock.clone());
    Connector::new(child.clone(), facts, board)
}

pub(super) fn tenant_text(tenant: &Tenant) -> String {
    match tenant {
        Tenant::Id(id) => id.to_string(),
        Tenant::Domain(domain) => domain.clone(),
    }
}
