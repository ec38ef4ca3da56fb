//! What a sink is doing, for people: a watch channel that `status`, the status page and `/health` read.

use collector::config::ComponentKey;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use super::SinkDescription;

/// What a sink is doing.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum SinkState {
    /// Not ready yet.
    Starting,
    /// The last thing it tried was well.
    Working,
    /// Something fails; nothing is lost and the same is tried again.
    Retrying {
        /// Since when.
        since: Timestamp,
        /// How often it has failed in a row.
        attempts: u32,
        /// Why, in the receiver's words where it said something.
        reason: String,
        /// Whether it takes a person to end it: the receiver or this sink is misconfigured.
        attention: bool,
    },
    /// It does nothing any more.
    Stopped {
        /// Why; `None` if it was asked to.
        reason: Option<String>,
    },
}

/// One sink's report.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SinkReport {
    /// The component's id.
    #[serde(serialize_with = "as_id")]
    pub key: ComponentKey,
    /// The value of `type`.
    pub r#type: &'static str,
    /// What it is doing.
    pub state: SinkState,
    /// The last event of the journal that it is done with, delivered or set aside.
    pub position: u64,
    /// Events that the receiver has taken since the start.
    pub confirmed: u64,
    /// Events that the receiver could not take and that were set aside since the start.
    pub set_aside: u64,
    /// Why the last of them was.
    pub last_set_aside_reason: Option<String>,
    /// When the receiver last took something.
    pub last_success: Option<Timestamp>,
    /// Whether its confirmation is no more than "written": nothing answers.
    pub best_effort: bool,
}

fn as_id<S: serde::Serializer>(key: &ComponentKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(key.id())
}

/// A sink's end of its report.
#[derive(Debug)]
pub struct Reporter(watch::Sender<SinkReport>);

impl Reporter {
    /// The two ends of a report of a sink that has not started.
    pub fn new(key: ComponentKey, description: &SinkDescription) -> (Self, watch::Receiver<SinkReport>) {
        let (sender, receiver) = watch::channel(SinkReport {
            key,
            r#type: description.name,
            state: SinkState::Starting,
            position: 0,
            confirmed: 0,
            set_aside: 0,
            last_set_aside_reason: None,
            last_success: None,
            best_effort: description.best_effort,
        });
        (Self(sender), receiver)
    }

    /// The value of `type`.
    pub fn sink_type(&self) -> &'static str {
        self.0.borrow().r#type
    }

    /// The receiver took so many events.
    pub(crate) fn succeeded(&self, now: Timestamp, events: usize) {
        self.0.send_modify(|report| {
            report.confirmed += events as u64;
            report.state = SinkState::Working;
            report.last_success = Some(now);
        });
    }

    /// The sink is ready, or what failed does so no longer. Answers how often it had failed.
    pub(crate) fn working(&self) -> u32 {
        let mut failed = 0;
        self.0.send_if_modified(|report| {
            if let SinkState::Retrying { attempts, .. } = report.state {
                failed = attempts;
            }
            let changed = report.state != SinkState::Working;
            report.state = SinkState::Working;
            changed
        });
        failed
    }

    /// How often something has failed in a row.
    pub(crate) fn failures(&self) -> u32 {
        match self.0.borrow().state {
            SinkState::Retrying { attempts, .. } => attempts,
            SinkState::Starting | SinkState::Working | SinkState::Stopped { .. } => 0,
        }
    }

    /// Something failed and will be tried again. Answers how often it has failed in a row.
    pub(crate) fn retrying(&self, now: Timestamp, reason: &str, attention: bool) -> u32 {
        let mut count = 1;
        self.0.send_modify(|report| {
            let mut began = now;
            if let SinkState::Retrying { since, attempts, .. } = &report.state {
                began = *since;
                count = attempts.saturating_add(1);
            }
            let reason = reason.to_owned();
            report.state = SinkState::Retrying { since: began, attempts: count, reason, attention };
        });
        count
    }

    /// The position moved.
    pub(crate) fn moved(&self, sequence: u64) {
        self.0.send_modify(|report| report.position = sequence);
    }

    /// An event was set aside.
    pub(crate) fn set_aside(&self, reason: &str) {
        self.0.send_modify(|report| {
            report.set_aside += 1;
            report.last_set_aside_reason = Some(reason.to_owned());
        });
    }

    /// The sink has ended.
    pub(crate) fn stopped(&self, reason: Option<String>) {
        self.0.send_modify(|report| report.state = SinkState::Stopped { reason });
    }
}
