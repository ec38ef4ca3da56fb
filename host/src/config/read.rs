//! Reading the host's own tables.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use collector::settings::{Problem, Problems, Reader, Table};
use url::{Host, Url};

use super::connectors::Made;
use super::{
    ApiConfig, Components, Environment, HostConfig, JournalOptions, PasswordHash, TlsFiles, components,
    is_loopback, keys, proxy,
};

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
    let secrets = top.table("secrets", keys::SECRETS);
    let secrets_key_file =
        secrets.filter(|secrets| secrets.has("key_file")).and_then(|secrets| secrets.path("key_file"));
    let unprotected = unprotected(&top, &api);
    let journal = journal(&top);
    let proxy = proxy::proxy(&top, environment);
    let components = components::read(&top, known, &problems);
    let config = data_dir.map(|data_dir| HostConfig {
        data_dir,
        api,
        journal,
        secrets_key_file,
        proxy,
        sources: components.sources,
        sinks: components.sinks,
        notes: unprotected.into_iter().chain(components.notes).collect(),
        made: Made::default(),
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
    let public_url = api.as_ref().and_then(public_url);
    allowed_hosts.extend(public_url.iter().filter_map(Url::host_str).map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    allowed_hosts.retain(|name| seen.insert(name.clone()));
    let password_hash = api.as_ref().and_then(password_hash);
    let token_file = api.as_ref().filter(|api| api.has("token_file")).and_then(|api| api.path("token_file"));
    let enabled = api.as_ref().and_then(|api| api.boolean("enabled")).unwrap_or(true);
    if let Some(api) = api.as_ref().filter(|_| enabled && !address.ip().is_loopback())
        && !api.has("password_hash")
        && !api.has("token_file")
    {
        let fix = "add api.password_hash, which `entra-signins hash-password` makes, or api.token_file";
        api.problem("address", "can be reached from elsewhere without a password", Some(fix.to_owned()));
    }
    let tls = api.as_ref().filter(|api| api.has("tls")).and_then(tls);
    ApiConfig { enabled, address, allowed_hosts, password_hash, token_file, public_url, tls }
}

fn tls(api: &Reader<'_>) -> Option<TlsFiles> {
    let tls = api.table("tls", keys::API_TLS)?;
    let file = |name| {
        if !tls.has(name) {
            tls.problem(name, "is missing", Some("write the path of a file in PEM".to_owned()));
        }
        tls.path(name)
    };
    let (crt_file, key_file) = (file("crt_file"), file("key_file"));
    Some(TlsFiles { crt_file: crt_file?, key_file: key_file? })
}

/// What opens the console is shown to whoever listens in between.
fn unprotected(top: &Reader<'_>, api: &ApiConfig) -> Option<Problem> {
    let is_unprotected = api.enabled && api.tls.is_none() && !api.address.ip().is_loopback();
    let fix = "set api.tls, or listen on loopback behind a proxy with TLS";
    is_unprotected.then(|| Problem {
        at: top.raw_table("api").and_then(|api| api.get("address")?.at.clone()),
        key: "api.address".to_owned(),
        what: "passwords, the token and sessions cross the network in the clear".to_owned(),
        fix: Some(fix.to_owned()),
    })
}

fn password_hash(api: &Reader<'_>) -> Option<PasswordHash> {
    let hash = api.string("password_hash")?.parse().ok();
    if hash.is_none() {
        let fix = "write what `entra-signins hash-password` prints";
        api.problem("password_hash", "is no argon2 hash", Some(fix.to_owned()));
    }
    hash
}

/// What browsers may be sent back to: nobody else must be able to listen in, or to stand there.
fn public_url(api: &Reader<'_>) -> Option<Url> {
    let url: Url = api.parsed("public_url", "a URL such as https://sign-ins.example.com")?;
    let is_safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback(url.host());
    let is_plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty();
    if !is_safe || !is_plain || url.fragment().is_some() {
        let fix = "write https://name or https://name:port, or http://localhost:port";
        api.problem("public_url", "is no place to send a browser back to", Some(fix.to_owned()));
        return None;
    }
    Some(url)
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
