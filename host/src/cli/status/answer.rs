//! What the running program answers, as far as it is printed. A newer or older program may say more or less.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::cli::exit::{CommandError, Exit};

/// A sink may fail for so long before it is said by the exit code: a receiver that restarts is nothing to call
/// somebody for.
const PASSES: Duration = Duration::from_mins(1);

#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    pub(super) version: String,
    pub(super) started_at: Timestamp,
    now: Timestamp,
    pub(super) state: String,
    pub(super) config_error: Option<String>,
    pub(crate) connectors: Vec<Connector>,
    #[serde(default)]
    pub(super) sources: Vec<Source>,
    #[serde(default)]
    pub(super) sinks: Vec<Sink>,
    pub(super) journal: Option<Journal>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Connector {
    pub(crate) name: String,
    pub(super) application: String,
    pub(super) tenant_id: String,
    pub(super) tenant_name: Option<String>,
    pub(super) status: String,
    pub(super) reason: String,
    pub(crate) message: String,
    pub(crate) way_out: Option<WayOut>,
    pub(super) since: Timestamp,
    pub(super) lag_secs: Option<u64>,
    pub(super) credential: Option<Credential>,
    #[serde(default)]
    pub(super) counters: BTreeMap<String, u64>,
    #[serde(default)]
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Credential {
    pub(super) strategy: String,
    pub(super) place: String,
    pub(super) expires_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WayOut {
    text: String,
    url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) key: String,
    pub(super) trouble: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Sink {
    pub(super) key: String,
    pub(super) r#type: String,
    pub(super) state: State,
    pub(super) confirmed: u64,
    pub(super) set_aside: u64,
    pub(super) lag_events: Option<u64>,
    pub(super) best_effort: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) reason: Option<String>,
    pub(super) since: Option<Timestamp>,
    #[serde(default)]
    attention: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Journal {
    pub(super) events: u64,
    pub(super) bytes: u64,
    pub(super) state: String,
    pub(super) reason: Option<String>,
    /// Of a full journal: the sinks that it waits for.
    #[serde(default)]
    pub(super) held_by: Vec<String>,
}

impl Answer {
    pub(super) fn parse(text: &str, base: &str) -> Result<Self, CommandError> {
        serde_json::from_str(text).map_err(|error| {
            let message = format!("what answers at {base} is another program: {error}");
            CommandError::new(Exit::Unavailable, message)
        })
    }

    /// Whether there are connectors and all of them are connected, the configuration files are in use, and events
    /// get through journal and sinks.
    pub(super) fn is_well(&self) -> bool {
        self.config_error.is_none()
            && !self.connectors.is_empty()
            && self.connectors.iter().all(Connector::is_connected)
            && self.sources.iter().all(|source| source.trouble.is_none())
            && self.sinks.iter().all(|sink| sink.state.is_well(self.now))
            && self.journal.as_ref().is_none_or(|journal| journal.state == "working")
    }
}

impl State {
    fn is_well(&self, now: Timestamp) -> bool {
        let is_new = || self.since.is_some_and(|since| now.duration_since(since).unsigned_abs() < PASSES);
        match self.name.as_str() {
            "starting" | "working" => true,
            "retrying" => !self.attention && is_new(),
            _ => false,
        }
    }
}

impl Connector {
    pub(crate) fn is_connected(&self) -> bool {
        self.status == "Connected"
    }
}

impl fmt::Display for WayOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.url {
            Some(url) => write!(f, " {url}"),
            None => Ok(()),
        }
    }
}
