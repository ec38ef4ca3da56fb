//! From the settings tree to a checked configuration, with every mistake collected.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use collector::settings::{Problems, Reader, Table, is_loopback};

use super::environment::{Variable, completed};
use super::{
    AzureAd, ClientId, DEDUPE_MAX_BYTES, Endpoints, EntraSigninsConfig, Microsoft365, SignInEventType, Start,
    Tenant,
};
use super::{cloud, credential, keys, values};
use crate::clock::Clock;

const KINDS: &[(&str, SignInEventType)] = &[
    (SignInEventType::InteractiveUser.as_str(), SignInEventType::InteractiveUser),
    (SignInEventType::NonInteractiveUser.as_str(), SignInEventType::NonInteractiveUser),
    (SignInEventType::ServicePrincipal.as_str(), SignInEventType::ServicePrincipal),
    (SignInEventType::ManagedIdentity.as_str(), SignInEventType::ManagedIdentity),
];

impl EntraSigninsConfig {
    /// Reads and checks the source's table; keys in problems begin below it. Files that it names are read here, and
    /// what Azure puts into the environment of a workload stands in for keys that are not written.
    pub fn from_table(table: &Table) -> Result<Self, Problems> {
        Self::from_table_in(table, &|name| std::env::var(name).ok())
    }

    /// The same with an environment of its own.
    pub(super) fn from_table_in(table: &Table, variable: &Variable<'_>) -> Result<Self, Problems> {
        let problems = RefCell::new(Problems::default());
        let table = completed(table, variable);
        let config = read(&Reader::new(&table, "", keys::SOURCE, &problems));
        problems.into_inner().or(config)
    }
}

fn read(source: &Reader<'_>) -> Option<EntraSigninsConfig> {
    let mut parents = Parents::default();
    for reader in source.tables("microsoft_365", keys::MICROSOFT_365) {
        parents.add(&reader);
    }
    let mut children = Children::default();
    for reader in source.tables("azure_ad", keys::AZURE_AD) {
        children.add(&reader, &mut parents);
    }
    let app_budget_share = app_budget_share(source);
    Some(EntraSigninsConfig {
        microsoft_365: parents.read,
        app_budget_share: app_budget_share?,
        dedupe_max_bytes: dedupe_max_bytes(source),
        connector_events: source.boolean("connector_events").unwrap_or(false),
    })
}

/// Above 0, up to 1.
fn app_budget_share(source: &Reader<'_>) -> Option<f64> {
    if !source.has("app_budget_share") {
        return Some(1.0);
    }
    let share = source.number("app_budget_share", 0.0..=1.0)?;
    if share == 0.0 {
        source.problem("app_budget_share", "is zero", Some("write a number above 0 and up to 1".to_owned()));
        return None;
    }
    Some(share)
}

/// At least enough for a few hours of a large tenant, at most what nobody has.
fn dedupe_max_bytes(source: &Reader<'_>) -> u64 {
    let dedupe = source.table("dedupe", keys::DEDUPE);
    let max_bytes = dedupe.and_then(|dedupe| dedupe.integer("max_bytes", 64 << 20..=1 << 50));
    max_bytes.map_or(DEDUPE_MAX_BYTES, i64::unsigned_abs)
}

/// Parents read so far. A broken one keeps its name, so that its children are not called orphans.
#[derive(Default)]
struct Parents {
    read: Vec<Microsoft365>,
    /// By name: where it stands, and its index in `read` if it is whole.
    names: HashMap<String, (String, Option<usize>)>,
}

impl Parents {
    fn add(&mut self, reader: &Reader<'_>) {
        let name = unique_name(reader, |name| self.names.get(name).map(|(place, _)| place.clone()));
        let parent = parent(reader, name.clone());
        let Some(name) = name else { return };
        self.names.insert(name, (reader.place("name"), parent.as_ref().map(|_| self.read.len())));
        self.read.extend(parent);
    }
}

fn parent(reader: &Reader<'_>, name: Option<String>) -> Option<Microsoft365> {
    let tenant = if reader.required("tenant_id") {
        reader.parsed("tenant_id", "a tenant's GUID or verified domain")
    } else {
        None
    };
    let tenant_name = if reader.has("tenant_name") { plain_name(reader, "tenant_name") } else { None };
    let endpoints = cloud::endpoints(reader);
    let client_id = client_id(reader);
    let credential = credential::credential(reader);
    let account_id = reader.integer("account_id", 1..=i64::MAX);
    let ranges = reader.parsed_list(
        "cato_egress_ranges",
        "a range that begins with its first address, such as 192.0.2.0/24",
    );
    let unlimited_requests = endpoints.as_ref().is_some_and(|endpoints| unlimited(reader, endpoints));
    let credential = credential?;
    Some(Microsoft365 {
        name: name?,
        tenant: tenant?,
        tenant_name,
        endpoints: endpoints?,
        client_id: client_id.or_else(|| credential::client_id(&credential.strategy))?,
        credential,
        account_id,
        cato_egress_ranges: ranges.unwrap_or_default(),
        unlimited_requests,
        azure_ad: Vec::new(),
    })
}

fn client_id(reader: &Reader<'_>) -> Option<ClientId> {
    let must_be_there = credential::needs_client_id(reader) && !reader.required("client_id");
    if must_be_there { None } else { reader.parsed("client_id", "a GUID") }
}

/// Microsoft's limits hold wherever Microsoft may be.
fn unlimited(reader: &Reader<'_>, endpoints: &Endpoints) -> bool {
    let wanted = reader.boolean("unlimited_requests").unwrap_or(false);
    if wanted && !is_loopback(&endpoints.graph) {
        let fix = "remove it, or set graph_endpoint to a test server on this machine";
        reader.problem("unlimited_requests", "is for test servers alone", Some(fix.to_owned()));
    }
    wanted
}

/// What children have taken so far.
#[derive(Default)]
struct Children {
    /// Where each name stands.
    names: HashMap<String, String>,
    /// Where the connector stands that reads a kind of a tenant.
    claims: HashMap<(Tenant, SignInEventType), String>,
}

impl Children {
    fn add(&mut self, reader: &Reader<'_>, parents: &mut Parents) {
        let name = unique_name(reader, |name| self.names.get(name).cloned());
        if let Some(name) = &name {
            self.names.insert(name.clone(), reader.place("name"));
        }
        let child = child(reader, name);
        let Some(parent) = parent_of(reader, parents) else { return };
        let Some(child) = child else { return };
        self.claim(reader, &child, &parent.tenant);
        parent.azure_ad.push(child);
    }

    /// State is kept per tenant and kind, so each has one reader.
    fn claim(&mut self, reader: &Reader<'_>, child: &AzureAd, tenant: &Tenant) {
        for kind in &child.sign_in_event_types {
            let claim = (tenant.clone(), *kind);
            if let Some(place) = self.claims.get(&claim) {
                let what = format!("{kind} of this tenant is read by the connector at {place} already");
                reader.problem(
                    "sign_in_event_types",
                    what,
                    Some("give each kind of a tenant to one connector".to_owned()),
                );
            } else {
                self.claims.insert(claim, reader.place("name"));
            }
        }
    }
}

/// The whole parent that a child names; a problem if there is none of that name.
fn parent_of<'p>(reader: &Reader<'_>, parents: &'p mut Parents) -> Option<&'p mut Microsoft365> {
    let wanted = reader.required_string("connector_tenant")?;
    let Some((_, index)) = parents.names.get(&wanted) else {
        let fix = "write the name of one of the microsoft_365 connectors";
        reader.problem("connector_tenant", "is the name of no parent connector", Some(fix.to_owned()));
        return None;
    };
    parents.read.get_mut((*index)?)
}

fn child(reader: &Reader<'_>, name: Option<String>) -> Option<AzureAd> {
    reader.one_of("permissions", &[("read", ())]);
    let kinds = if reader.has("sign_in_event_types") {
        reader.some_of("sign_in_event_types", KINDS)
    } else {
        Some(SignInEventType::ALL.to_vec())
    };
    let start = start(reader);
    let (poll_interval, poll_interval_max) = polls(reader);
    let page_size = reader.integer("page_size", 1..=1_000).and_then(|size| u16::try_from(size).ok());
    let (reread_floor, reread_ceiling) = rereads(reader);
    let include_raw = reader.boolean("include_raw").unwrap_or(false);
    let emit_updates = reader.boolean("emit_updates").unwrap_or(false);
    let filter = reader.string("filter").filter(|filter| !filter.trim().is_empty());
    if let Some((what, fix)) = filter.as_deref().and_then(values::filter_mistake) {
        reader.problem("filter", what, Some(fix.to_owned()));
    }
    Some(AzureAd {
        name: name?,
        sign_in_event_types: kinds?,
        start: start.unwrap_or(Start::DEFAULT),
        poll_interval,
        poll_interval_max,
        reread_floor,
        reread_ceiling,
        page_size: page_size.unwrap_or(1_000),
        include_raw,
        emit_updates,
        filter,
    })
}

/// How often the live edge is read: always, and at least of a kind without sign-ins.
fn polls(reader: &Reader<'_>) -> (Duration, Duration) {
    let secs = |key| reader.integer(key, 1..=86_400).map(|secs| Duration::from_secs(secs.unsigned_abs()));
    let interval = secs("poll_interval_secs").unwrap_or(Duration::from_mins(1));
    let longest = secs("poll_interval_max_secs").unwrap_or(interval);
    if longest < interval {
        let fix = format!("write at least poll_interval_secs, {}", interval.as_secs());
        reader.problem("poll_interval_max_secs", "is less than the interval itself", Some(fix));
    }
    (interval, longest)
}

/// When the re-reads that follow lateness may come.
fn rereads(reader: &Reader<'_>) -> (Duration, Duration) {
    const LEAST: i64 = 60;
    const MOST: i64 = 21_600;
    let bound = |key, default: i64| reader.integer(key, LEAST..=MOST).unwrap_or(default);
    let (floor, ceiling) = (bound("reread_floor_secs", 120), bound("reread_ceiling_secs", 14_400));
    if floor > ceiling {
        let fix = format!("write at most reread_ceiling_secs, {ceiling}");
        reader.problem("reread_floor_secs", "is above the ceiling", Some(fix));
    }
    let secs = |bound: i64| Duration::from_secs(bound.unsigned_abs());
    (secs(floor), secs(ceiling))
}

/// A start that has passed: one that has not would leave the connector silent until then.
fn start(reader: &Reader<'_>) -> Option<Start> {
    let start = reader.parsed::<Start>(
        "start",
        "\"now\", an age such as \"24h\" or \"30d\", or a time such as \"2026-01-31T00:00:00Z\"",
    )?;
    if matches!(start, Start::At(instant) if instant > Clock::system().now()) {
        let fix = "write \"now\", or a time that has passed";
        reader.problem("start", "lies in the future", Some(fix.to_owned()));
    }
    Some(start)
}

/// A name on one line; a problem if it is none.
fn plain_name(reader: &Reader<'_>, key: &str) -> Option<String> {
    let name = reader.required_string(key)?;
    if name.chars().any(char::is_control) {
        reader.problem(key, "has control characters", Some("write it on one line".to_owned()));
        return None;
    }
    Some(name)
}

/// A connector's name; a problem if another one, at the place that `taken` answers, has it.
fn unique_name(reader: &Reader<'_>, taken: impl Fn(&str) -> Option<String>) -> Option<String> {
    let name = plain_name(reader, "name")?;
    if let Some(place) = taken(&name) {
        reader.problem(
            "name",
            format!("is also the name at {place}"),
            Some("give each connector its own".to_owned()),
        );
        return None;
    }
    Some(name)
}
