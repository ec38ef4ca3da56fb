//! The host's configuration: TOML files, variables, and what stands outside the components.
//!
//! Files are read and merged (`files`), variables replaced (`variables`), connectors added that were not written by hand (`connectors`), the host's own tables read (`read`) and
//! every component's table handed to the one who knows it (`components`). All of them add to one list of
//! [`Problems`], so that somebody who made five mistakes sees five.

mod components;
pub(crate) mod connectors;
mod contents;
mod files;
pub mod keys;
mod password;
mod proxy;
mod read;
pub(crate) mod variables;

#[cfg(test)]
mod tests;

pub use contents::Contents;
pub use password::{NoHash, PasswordHash};

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use collector::config::{ComponentKey, ProxyConfig, SourceConfig, SourceDescription};
use collector::schema::Schemas;
use collector::settings::{Problem, Problems, Table};
use connectors::{Made, Places, Using};
use files::Merged;
use url::{Host, Url};

use crate::sinks::{Inputs, SinkConfig, SinkDescription};

/// The environment: a variable's value by its name.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variable of this process; `None` too if it is not UTF-8.
pub fn process_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The kinds of components that a configuration can name.
#[derive(Clone, Copy, Debug)]
pub struct Components<'a> {
    /// Kinds of sources.
    pub sources: &'a [SourceDescription],
    /// Kinds of sinks.
    pub sinks: &'a [SinkDescription],
}

/// A checked configuration. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Where the journal and the components' state live.
    pub data_dir: PathBuf,
    /// Console, health and metrics.
    pub api: ApiConfig,
    /// The journal.
    pub journal: JournalOptions,
    /// The key of stored secrets, where it is not in the data directory.
    pub secrets_key_file: Option<PathBuf>,
    /// Proxies of every component that has none of its own, merged with the environment's.
    pub proxy: ProxyConfig,
    /// The sources, by id.
    pub sources: Vec<SourceSection>,
    /// The sinks, by id.
    pub sinks: Vec<SinkSection>,
    /// What is allowed and yet worth a word, such as a source that no sink reads.
    pub notes: Vec<Problem>,
    /// The files of connectors that were made by command or in the console, as they are used.
    pub(crate) made: Made,
}

impl HostConfig {
    /// Reads these files as one configuration. Every mistake is reported, in the order of files and lines; a file
    /// that cannot be read or parsed hides those beyond its syntax. A value is reported once: what is made of one
    /// whose variable is not set, or of the first of two, is no mistake of its own.
    pub fn load(
        files: &[PathBuf],
        environment: Environment<'_>,
        components: Components<'_>,
    ) -> Result<Self, Problems> {
        Self::load_using(files, environment, components, Using::AsTheyAre)
    }

    /// Where connectors stand that were made by command or in the console.
    pub(crate) fn connectors_dir(&self) -> PathBuf {
        connectors::directory(&self.data_dir)
    }

    /// The same, with these files of connectors. One that has a mistake is set aside: it concerns that connector alone.
    pub(crate) fn load_using(
        files: &[PathBuf],
        environment: Environment<'_>,
        components: Components<'_>,
        using: Using<'_>,
    ) -> Result<Self, Problems> {
        let Merged { mut table, mut problems, complete } = files::read(files);
        variables::replace_all(&mut table, environment, &mut problems);
        if !complete {
            problems.sort();
            return Err(problems);
        }
        let beside = files.first().and_then(|file| file.parent()).unwrap_or_else(|| Path::new(""));
        let places = Places::of(&table, beside);
        let mut made = Made::find(&places, using)?;
        loop {
            let (mut table, mut problems, mut config) = (table.clone(), problems.clone(), None);
            let found = made.add_to(&mut table, &places);
            // Without waiting for what others make of it that such a file is not there: what was in use before may be.
            if made.set_aside(&found, using) {
                continue;
            }
            problems.extend(found);
            let left_out = made.leave_out_orphans(&mut table);
            match read::host(&table, beside, environment, components) {
                Ok(read) => config = Some(read),
                Err(found) => problems.extend(beyond(&problems, found)),
            }
            if !made.set_aside(&problems, using) {
                if !problems.0.is_empty() {
                    problems.extend(made.problems());
                }
                problems.sort();
                return problems.or(config.map(|mut config| {
                    config.notes.extend(left_out);
                    Self { made, ..config }
                }));
            }
        }
    }
}

/// Of what was found, the problems of keys that have none yet.
fn beyond(known: &Problems, mut found: Problems) -> Problems {
    let keys: HashSet<_> = known.0.iter().map(|problem| problem.key.as_str()).collect();
    found.0.retain(|problem| !keys.contains(problem.key.as_str()));
    found
}

/// The `[api]` table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiConfig {
    /// Whether it is served at all.
    pub enabled: bool,
    /// Where it listens.
    pub address: SocketAddr,
    /// Names, without port, that a request's `Host` may have: those of this machine's loopback, the address that it
    /// listens on, and what is configured. Any other is refused, so that no web page can reach it by a name of
    /// its own (DNS rebinding).
    pub allowed_hosts: Vec<String>,
    /// What the password's hash is that opens the console, if there is one.
    pub password_hash: Option<PasswordHash>,
    /// The file of the token that opens it and its API, if the user has one.
    pub token_file: Option<PathBuf>,
    /// How browsers reach it, if that is not its address: where Microsoft sends them back to.
    pub public_url: Option<Url>,
    /// What it proves itself with, if it is served by https.
    pub tls: Option<TlsFiles>,
}

/// The `[api.tls]` table: files in PEM.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsFiles {
    /// The certificate, and those that lead to its authority.
    pub crt_file: PathBuf,
    /// The certificate's private key.
    pub key_file: PathBuf,
}

impl ApiConfig {
    /// The address that people elsewhere reach it by, through a proxy on this machine perhaps.
    pub(crate) fn public_elsewhere(&self) -> Option<&Url> {
        self.public_url.as_ref().filter(|url| !is_loopback(url.host()))
    }

    /// Served at this address, by which alone it may be addressed.
    #[cfg(test)]
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            enabled: true,
            address,
            allowed_hosts: vec![address.ip().to_string()],
            password_hash: None,
            token_file: None,
            public_url: None,
            tls: None,
        }
    }
}

/// Whether a name or address is this machine's own and means nothing elsewhere.
pub(crate) fn is_loopback<S: AsRef<str>>(host: Option<Host<S>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name.as_ref().eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The `[journal]` table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JournalOptions {
    /// The size at which sources have to wait.
    pub max_bytes: u64,
    /// How long events are kept that every sink has confirmed.
    pub retention: Duration,
}

/// One `[sources.<id>]`, read. Equal if the settings are, wherever they stand, and the files that they name.
#[derive(Clone, Debug)]
pub struct SourceSection {
    /// The id.
    pub key: ComponentKey,
    /// The value of `type`.
    pub kind: &'static str,
    /// The whole table.
    pub table: Table,
    /// The files that the table names.
    pub contents: Contents,
    /// What the source made of it.
    pub config: Arc<dyn SourceConfig>,
}

impl PartialEq for SourceSection {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, self.kind, &self.table, self.contents)
            == (&other.key, other.kind, &other.table, other.contents)
    }
}

/// One `[sinks.<id>]`, read. Equal if the settings are, wherever they stand, and the files that they name.
#[derive(Clone, Debug)]
pub struct SinkSection {
    /// The id.
    pub key: ComponentKey,
    /// Its `type`.
    pub description: SinkDescription,
    /// The sources whose events it gets, with the schemas that they offer; at least one.
    pub inputs: Inputs,
    /// The whole table, `type` and `inputs` included.
    pub table: Table,
    /// The files that the table names.
    pub contents: Contents,
    /// What the sink made of it.
    pub config: Arc<dyn SinkConfig>,
}

impl PartialEq for SinkSection {
    fn eq(&self, other: &Self) -> bool {
        let names =
            |(key, schemas): (&ComponentKey, &Schemas)| (key.clone(), schemas.names().collect::<Vec<_>>());
        (&self.key, self.description.name, &self.table, self.contents)
            == (&other.key, other.description.name, &other.table, other.contents)
            && self.inputs.iter().map(names).eq(other.inputs.iter().map(names))
    }
}
