//! Everything that is shown of a running program, at one instant.

use collector::config::ComponentKey;
use collector::health::ConnectorReport;
use jiff::Timestamp;
use serde::Serialize;

use super::Phase;
use crate::journal::{JournalHealth, JournalState, JournalStats};
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
    /// Events acknowledged in a minute, since somebody looked before.
    pub per_minute: Option<u64>,
}

/// A sink.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SinkLine {
    /// What the sink reports.
    #[serde(flatten)]
    pub report: SinkReport,
    /// Events of the journal that it has not confirmed, those of sources that it does not read included.
    pub lag_events: Option<u64>,
    /// Events delivered in a minute, since somebody looked before.
    pub per_minute: Option<u64>,
}

/// The journal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct JournalLine {
    /// Whether it takes events.
    #[serde(flatten)]
    pub health: JournalHealth,
    /// What it holds.
    #[serde(flatten)]
    pub stats: JournalStats,
    /// The size of its events at which sources have to wait.
    pub max_bytes: u64,
}

impl JournalLine {
    /// How many events a reader is behind.
    pub(super) fn lag(&self, reader: &ComponentKey) -> Option<u64> {
        self.stats.readers.iter().find(|stats| stats.id == *reader).map(|stats| stats.lag)
    }
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

    fn is_working(&self, sink: &ComponentKey) -> bool {
        self.sinks.iter().any(|line| line.report.key == *sink && line.report.state == SinkState::Working)
    }

    fn obstacle(&self) -> Option<String> {
        match self.state {
            Phase::Starting => return Some("starting".to_owned()),
            Phase::Stopping => return Some("stopping".to_owned()),
            Phase::Running => {}
        }
        match self.journal.as_ref().map(|journal| &journal.health.state) {
            Some(JournalState::Failing { reason }) => {
                return Some(format!("the journal does not work: {reason}"));
            }
            Some(JournalState::Full { held_by }) if !held_by.iter().any(|sink| self.is_working(sink)) => {
                let sinks: Vec<_> = held_by.iter().map(ComponentKey::id).collect();
                let sinks = sinks.join(", ");
                return Some(format!("the journal is full, and what holds it does not deliver: {sinks}"));
            }
            Some(JournalState::Closed) => return Some("the journal has ended".to_owned()),
            Some(JournalState::Working | JournalState::Full { .. }) | None => {}
        }
        let stands = !self.sources.is_empty() && self.sources.iter().all(|source| source.trouble.is_some());
        stands.then(|| "no source runs".to_owned())
    }
}
