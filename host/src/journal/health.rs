//! How the journal stands: what status, console and metrics show of it.

use std::collections::BTreeSet;

use collector::config::ComponentKey;
use collector::internal_event::ComponentLabels;
use jiff::Timestamp;
use metrics::{Counter, Gauge, counter, gauge};
use serde::Serialize;

use super::transaction::State;

/// Whether it takes events.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JournalState {
    /// It does.
    Working,
    /// It holds as much as it may and sinks have not confirmed it: sources wait.
    Full {
        /// The sinks that are furthest behind: room is made when these confirm.
        #[serde(serialize_with = "as_ids")]
        held_by: Vec<ComponentKey>,
    },
    /// It cannot write now. Sources hear of it and try again; sinks go on with what is there.
    Failing {
        /// What the system said.
        reason: String,
    },
    /// The program is stopping.
    Closed,
}

fn as_ids<S: serde::Serializer>(keys: &[ComponentKey], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(ComponentKey::id))
}

/// How the journal stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct JournalHealth {
    /// Whether it takes events.
    #[serde(flatten)]
    pub state: JournalState,
    /// Since when.
    pub since: Timestamp,
    /// First and last sequence of blocks that were damaged on the disk: readers had to pass them over.
    pub damaged: BTreeSet<(u64, u64)>,
    /// Keys of events before this time were given up for want of room: what happened before can come twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_from: Option<Timestamp>,
}

/// Numbers of a journal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct JournalStats {
    /// Events that it holds.
    pub events: u64,
    /// Bytes of the events that it holds, compressed: what its limit counts.
    pub bytes: u64,
    /// Bytes of its files: keys, free pages and the log of the last writes included.
    pub disk_bytes: u64,
    /// Sequence of the oldest event that it holds; the next one if it holds none.
    pub oldest: u64,
    /// Sequence of the last event that was written; 0 if there never was one.
    pub newest: u64,
    /// Every reader that it knows.
    pub readers: Vec<ReaderStats>,
    /// Events dropped since it was opened because it had them.
    pub duplicates: u64,
    /// Keys by which it would know an event again.
    pub keys: u64,
    /// Events that sinks gave up on and that are kept for a person.
    pub set_aside: u64,
    /// Of those, the ones that had to go for newer ones since it was opened.
    pub set_aside_lost: u64,
}

/// One reader of a journal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ReaderStats {
    /// The sink's id.
    #[serde(serialize_with = "as_text")]
    pub id: ComponentKey,
    /// The last event that it has confirmed.
    pub position: u64,
    /// The event before the first that it was to get.
    pub began: u64,
    /// Events that it has not confirmed, those of sources that it does not read included.
    pub lag: u64,
    /// Whether it is configured, so that nothing is removed before it has confirmed it.
    pub required: bool,
}

fn as_text<S: serde::Serializer>(id: &ComponentKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.id())
}

/// The journal's metrics, under the names of Vector's buffers.
pub(super) struct JournalMetrics {
    labels: ComponentLabels,
    size_events: Gauge,
    size_bytes: Gauge,
    received: Counter,
    duplicates: Counter,
    set_aside_lost: Counter,
}

impl JournalMetrics {
    pub(super) fn new() -> Self {
        let labels = ComponentLabels { kind: "buffer", id: "journal".into(), component_type: "journal" };
        let pairs = labels.pairs();
        Self {
            size_events: gauge!("buffer_size_events", pairs.as_slice()),
            size_bytes: gauge!("buffer_size_bytes", pairs.as_slice()),
            received: counter!("buffer_received_events_total", pairs.as_slice()),
            duplicates: counter!("journal_duplicates_dropped_total", pairs.as_slice()),
            set_aside_lost: counter!("journal_set_aside_lost_total", pairs.as_slice()),
            labels,
        }
    }

    /// How much it holds and how far behind its readers are.
    pub(super) fn holds(&self, state: &State) {
        self.size_events.set(float(state.totals.events));
        self.size_bytes.set(float(state.totals.bytes));
        self.set_aside_lost.absolute(state.set_aside_lost);
        for (id, row) in &state.readers {
            let mut labels = self.labels.pairs();
            labels.push(("reader", id.id().to_owned()));
            gauge!("journal_reader_lag_events", labels.as_slice()).set(float(state.lag(row.sequence)));
        }
    }

    /// Events were offered, of which so many were there already.
    pub(super) fn received(&self, events: u64, duplicates: u64) {
        self.received.increment(events);
        self.duplicates.increment(duplicates);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; exact up to 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}
