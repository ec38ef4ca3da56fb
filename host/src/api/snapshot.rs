//! Everything that is shown of a running program, at one instant.

use std::collections::BTreeMap;

use collector::config::ComponentKey;
use collector::health::ConnectorReport;
use jiff::Timestamp;
use serde::Serialize;

use super::Phase;
use crate::sinks::{SinkReport, SinkState};

/// The program as it stands; what `/api/v1/connectors` and `status --json` give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snapshot {
    /// The program's version.
    pub version: &'static str,
    /// When it started.
    pub started_at: Timestamp,
    /// When this was taken.
    pub now: Timestamp,
    /// Starting, running or stopping.
    pub state: Phase,
    /// Why the configuration files as they are now are not in use; the last good ones are.
    pub config_error: Option<String>,
    /// Every connector of every source.
    pub connectors: Vec<ConnectorLine>,
    /// The sources.
    pub sources: Vec<SourceLine>,
    /// The sinks.
    pub sinks: Vec<SinkLine>,
    /// The journal; absent until it is open.
    pub journal: Option<JournalLine>,
}

/// A connector and its source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectorLine {
    /// The source's id.
    pub source: String,
    /// What the source reports.
    #[serde(flatten)]
    pub report: ConnectorReport,
}

/// A source.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SourceLine {
    /// Its id.
    pub key: String,
    /// The value of `type`.
    pub r#type: &'static str,
    /// Why it does not run; it is started again by itself.
    pub trouble: Option<String>,
}

/// A sink.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SinkLine {
    /// What the sink reports.
    #[serde(flatten)]
    pub report: SinkReport,
    /// How far it is behind the journal.
    pub waiting: Option<ReaderLine>,
}

/// How far a reader is behind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ReaderLine {
    /// Events that it has not confirmed.
    pub events: u64,
    /// How long the oldest of them has been in the journal, in seconds.
    pub oldest_secs: Option<u64>,
}

/// The journal.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct JournalLine {
    /// Events that it holds.
    pub events: u64,
    /// Its size on disk.
    pub bytes: u64,
    /// The size at which sources have to wait.
    pub max_bytes: u64,
    /// Whether sources have to wait.
    pub full: bool,
    /// The last event's place.
    pub sequence: u64,
    /// Why it cannot be written or read now.
    pub failing: Option<String>,
    /// How far its readers are behind, by id.
    #[serde(skip)]
    pub readers: BTreeMap<ComponentKey, ReaderLine>,
}

/// Whether the program does its work.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Health {
    /// It does, as far as it depends on this program.
    Ok,
    /// It does not, for this reason.
    Failing(String),
}

impl Snapshot {
    /// Failing while starting or stopping, or when nothing can make progress. Connectors and receivers that do not
    /// work are no failure of this program: it goes on as soon as they do.
    pub fn health(&self) -> Health {
        match self.obstacle() {
            None => Health::Ok,
            Some(reason) => Health::Failing(reason),
        }
    }

    fn obstacle(&self) -> Option<String> {
        match self.state {
            Phase::Starting => return Some("starting".to_owned()),
            Phase::Stopping => return Some("stopping".to_owned()),
            Phase::Running => {}
        }
        let journal = self.journal.as_ref();
        if let Some(reason) = journal.and_then(|journal| journal.failing.as_ref()) {
            return Some(format!("the journal does not work: {reason}"));
        }
        let sink_moves = self.sinks.iter().any(|sink| sink.report.state == SinkState::Working);
        if journal.is_some_and(|journal| journal.full) && !sink_moves {
            return Some("the journal is full and no sink can deliver".to_owned());
        }
        let stands = !self.sources.is_empty() && self.sources.iter().all(|source| source.trouble.is_some());
        stands.then(|| "no source runs".to_owned())
    }
}
