//! Reading the host's own tables.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use collector::settings::{Problems, Reader, Table};
use url::Host;

use super::{ApiConfig, Components, Environment, HostConfig, JournalOptions, components, keys, proxy};

const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8686);
const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

const DEFAULT_JOURNAL_BYTES: u64 = 10 * 1024 * 1024 * 1024;
/// Below this the store itself leaves no room for events.
const LEAST_JOURNAL_BYTES: i64 = 1024 * 1024;
const DEFAULT_RETENTION_SECS: u64 = 7 * 24 * 60 * 60;

/// Everything, from the merged tree; a default `data_dir` stands beside the first file.
pub(super) fn host(
    table: &Table,
    beside: &Path,
    environment: Environment<'_>,
    known: Components<'_>,
) -> Result<HostConfig, Problems> {
    let problems = RefCell::new(Problems::default());
    let top = Reader::new(table, "", keys::TOP, &problems);
    let data_dir = if top.has("data_dir") { top.path("data_dir") } else { Some(beside.join("data")) };
    let api = api(&top);
    let journal = journal(&top);
    let proxy = proxy::proxy(&top, environment);
    let components = components::read(&top, known, &problems);
    let config = data_dir.map(|data_dir| HostConfig {
        data_dir,
        api,
        journal,
        proxy,
        sources: components.sources,
        sinks: components.sinks,
        notes: components.notes,
    });
    problems.into_inner().or(config)
}

fn api(top: &Reader<'_>) -> ApiConfig {
    let api = top.table("api", keys::API);
    let configured =
        api.as_ref().and_then(|api| api.parsed("address", "an address and port, such as 127.0.0.1:8686"));
    let address = configured.unwrap_or(DEFAULT_ADDRESS);
    let mut allowed_hosts: Vec<String> = LOOPBACK_NAMES.map(str::to_owned).into();
    if !address.ip().is_unspecified() {
        allowed_hosts.push(host_of(address.ip()).to_string());
    }
    let more: Option<Vec<HostName>> = api
        .as_ref()
        .and_then(|api| api.parsed_list("allowed_hosts", "a host name or address without a port"));
    allowed_hosts.extend(more.unwrap_or_default().into_iter().map(|HostName(name)| name));
    let mut seen = std::collections::HashSet::new();
    allowed_hosts.retain(|name| seen.insert(name.clone()));
    ApiConfig { enabled: api.and_then(|api| api.boolean("enabled")).unwrap_or(true), address, allowed_hosts }
}

fn host_of(address: IpAddr) -> Host {
    match address {
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    }
}

/// A host as it stands in a `Host` header.
struct HostName(String);

impl std::str::FromStr for HostName {
    type Err = url::ParseError;

    fn from_str(text: &str) -> Result<Self, url::ParseError> {
        Host::parse(text).map(|host| Self(host.to_string()))
    }
}

fn journal(top: &Reader<'_>) -> JournalOptions {
    let journal = top.table("journal", keys::JOURNAL);
    let number = |name, range| {
        journal.as_ref().and_then(|journal| journal.integer(name, range)).map(i64::unsigned_abs)
    };
    JournalOptions {
        max_bytes: number("max_bytes", LEAST_JOURNAL_BYTES..=i64::MAX).unwrap_or(DEFAULT_JOURNAL_BYTES),
        retention: Duration::from_secs(
            number("retention_secs", 1..=i64::MAX).unwrap_or(DEFAULT_RETENTION_SECS),
        ),
    }
}
