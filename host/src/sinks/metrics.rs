//! What a sink counts, under Vector's names.

use collector::internal_event::{ComponentLabels, CounterName, ErrorStage, ErrorType};
use metrics::{Counter, counter};

const SET_ASIDE: &str = "component_set_aside_events_total";

/// What a receiver took in one go.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sent {
    /// Bytes on the wire or disk, framed and compressed.
    pub(crate) bytes: usize,
}

/// The counters that every sink keeps.
#[derive(Clone)]
pub(crate) struct SinkMetrics {
    labels: ComponentLabels,
    sent_events: Counter,
    sent_event_bytes: Counter,
    sent_bytes: Counter,
    set_aside: Counter,
}

impl SinkMetrics {
    /// Counters with these labels; `sent` labels what goes out, such as `protocol` and `endpoint`.
    pub(crate) fn new(labels: ComponentLabels, sent: &[(&'static str, String)]) -> Self {
        let mut pairs = labels.pairs();
        pairs.extend_from_slice(sent);
        Self {
            sent_events: labels.counter(CounterName::ComponentSentEventsTotal),
            sent_event_bytes: labels.counter(CounterName::ComponentSentEventBytesTotal),
            sent_bytes: counter!(CounterName::ComponentSentBytesTotal.as_str(), pairs.as_slice()),
            set_aside: counter!(SET_ASIDE, labels.pairs().as_slice()),
            labels,
        }
    }

    /// The receiver took these.
    pub(crate) fn sent(&self, events: usize, event_bytes: usize, sent: Sent) {
        self.sent_events.increment(events as u64);
        self.sent_event_bytes.increment(event_bytes as u64);
        self.sent_bytes.increment(sent.bytes as u64);
    }

    /// An event was set aside: kept for a person, so it is not among Vector's discarded ones.
    pub(crate) fn set_aside(&self) {
        self.set_aside.increment(1);
    }

    /// A delivery failed.
    pub(crate) fn error(&self, error_type: ErrorType) {
        self.labels.error(error_type, ErrorStage::Sending);
    }
}
