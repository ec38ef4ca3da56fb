//! What a component counts, under Vector's metric names and labels, so that existing dashboards work.

use std::time::Duration;

use jiff::Timestamp;
use metrics::{Counter, Histogram, counter, histogram};

use crate::config::ComponentKey;
use crate::event::{LogEvent, Value};

/// Names of counters.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CounterName {
    /// Bytes of a body, after decompression.
    ComponentReceivedBytesTotal,
    /// Events made of what was received.
    ComponentReceivedEventsTotal,
    /// Their estimated size as JSON.
    ComponentReceivedEventBytesTotal,
    /// Events handed on.
    ComponentSentEventsTotal,
    /// Their estimated size as JSON.
    ComponentSentEventBytesTotal,
    /// Bytes handed to a receiver, after compression.
    ComponentSentBytesTotal,
    /// Errors, by `error_type` and `stage`.
    ComponentErrorsTotal,
    /// Events that existed and were lost; never for what is tried again.
    ComponentDiscardedEventsTotal,
}

impl CounterName {
    /// The name as Vector has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ComponentReceivedBytesTotal => "component_received_bytes_total",
            Self::ComponentReceivedEventsTotal => "component_received_events_total",
            Self::ComponentReceivedEventBytesTotal => "component_received_event_bytes_total",
            Self::ComponentSentEventsTotal => "component_sent_events_total",
            Self::ComponentSentEventBytesTotal => "component_sent_event_bytes_total",
            Self::ComponentSentBytesTotal => "component_sent_bytes_total",
            Self::ComponentErrorsTotal => "component_errors_total",
            Self::ComponentDiscardedEventsTotal => "component_discarded_events_total",
        }
    }
}

/// Names of histograms.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HistogramName {
    /// Events made of one body.
    ComponentReceivedEventsCount,
    /// From when an event happened to when the host had taken it.
    SourceLagTimeSeconds,
    /// How long the host took to take a batch: its back-pressure.
    SourceSendLatencySeconds,
}

impl HistogramName {
    /// The name as Vector has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ComponentReceivedEventsCount => "component_received_events_count",
            Self::SourceLagTimeSeconds => "source_lag_time_seconds",
            Self::SourceSendLatencySeconds => "source_send_latency_seconds",
        }
    }
}

/// Where in a component an error arose, as Vector's `stage` label has it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorStage {
    /// Taking something in.
    Receiving,
    /// Making events of it.
    Processing,
    /// Handing it on.
    Sending,
}

impl ErrorStage {
    /// The label's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Processing => "processing",
            Self::Sending => "sending",
        }
    }
}

/// What kind of error it was, as Vector's `error_type` label has it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ErrorType {
    /// A batch was not delivered.
    AcknowledgmentFailed,
    /// No token, or it was refused.
    AuthenticationFailed,
    /// The configuration does not work.
    ConfigurationFailed,
    /// No connection, or it broke.
    ConnectionFailed,
    /// Something has no form in the target.
    EncoderFailed,
    /// Disk or file.
    IoFailed,
    /// Something could not be understood.
    ParserFailed,
    /// The other side answered with an error.
    RequestFailed,
    /// The other side did not answer in time.
    TimedOut,
    /// Something could not be written.
    WriterFailed,
}

impl ErrorType {
    /// The label's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AcknowledgmentFailed => "acknowledgment_failed",
            Self::AuthenticationFailed => "authentication_failed",
            Self::ConfigurationFailed => "configuration_failed",
            Self::ConnectionFailed => "connection_failed",
            Self::EncoderFailed => "encoder_failed",
            Self::IoFailed => "io_failed",
            Self::ParserFailed => "parser_failed",
            Self::RequestFailed => "request_failed",
            Self::TimedOut => "timed_out",
            Self::WriterFailed => "writer_failed",
        }
    }
}

/// What Vector calls the output of a source that has one alone.
const DEFAULT_OUTPUT: &str = "_default";

/// The labels that every metric of a component carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ComponentLabels {
    /// `source` or `sink`.
    pub kind: &'static str,
    /// The component's id.
    pub id: ComponentKey,
    /// The value of `type`.
    pub component_type: &'static str,
}

impl ComponentLabels {
    /// A counter with these labels.
    pub fn counter(&self, name: CounterName) -> Counter {
        counter!(name.as_str(), self.pairs().as_slice())
    }

    /// A histogram with these labels.
    pub fn histogram(&self, name: HistogramName) -> Histogram {
        histogram!(name.as_str(), self.pairs().as_slice())
    }

    fn output_counter(&self, name: CounterName) -> Counter {
        let mut labels = self.pairs();
        labels.push(("output", DEFAULT_OUTPUT.to_owned()));
        counter!(name.as_str(), labels.as_slice())
    }

    /// Counts an error.
    pub fn error(&self, error_type: ErrorType, stage: ErrorStage) {
        let mut labels = self.pairs();
        labels.push(("error_type", error_type.as_str().to_owned()));
        labels.push(("stage", stage.as_str().to_owned()));
        counter!(CounterName::ComponentErrorsTotal.as_str(), labels.as_slice()).increment(1);
    }

    /// The labels as pairs, for metrics of a component's own.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        vec![
            ("component_id", self.id.id().to_owned()),
            ("component_kind", self.kind.to_owned()),
            ("component_type", self.component_type.to_owned()),
        ]
    }
}

/// How much a batch is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CountByteSize {
    /// Events.
    pub count: usize,
    /// Their estimated size as JSON, in bytes.
    pub bytes: usize,
}

/// The counters that every source keeps.
#[derive(Clone)]
pub struct SourceMetrics {
    labels: ComponentLabels,
    received_bytes: Counter,
    received_events: Counter,
    received_event_bytes: Counter,
    received_events_count: Histogram,
    sent_events: Counter,
    sent_event_bytes: Counter,
    send_latency: Histogram,
    lag: Histogram,
}

impl std::fmt::Debug for SourceMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SourceMetrics").field("labels", &self.labels).finish_non_exhaustive()
    }
}

impl SourceMetrics {
    /// Counters of the source with this id and `type`.
    pub fn new(id: ComponentKey, component_type: &'static str) -> Self {
        let labels = ComponentLabels { kind: "source", id, component_type };
        Self {
            received_bytes: labels.counter(CounterName::ComponentReceivedBytesTotal),
            received_events: labels.counter(CounterName::ComponentReceivedEventsTotal),
            received_event_bytes: labels.counter(CounterName::ComponentReceivedEventBytesTotal),
            received_events_count: labels.histogram(HistogramName::ComponentReceivedEventsCount),
            sent_events: labels.output_counter(CounterName::ComponentSentEventsTotal),
            sent_event_bytes: labels.output_counter(CounterName::ComponentSentEventBytesTotal),
            send_latency: labels.histogram(HistogramName::SourceSendLatencySeconds),
            lag: labels.histogram(HistogramName::SourceLagTimeSeconds),
            labels,
        }
    }

    /// The labels, for errors and for metrics of the source's own.
    pub fn labels(&self) -> &ComponentLabels {
        &self.labels
    }

    /// A body came in; `bytes` after decompression.
    pub fn bytes_received(&self, bytes: usize) {
        self.received_bytes.increment(bytes as u64);
    }

    /// Events were made of what came in.
    pub fn events_received(&self, size: CountByteSize) {
        self.received_events.increment(size.count as u64);
        self.received_event_bytes.increment(size.bytes as u64);
        #[expect(clippy::cast_precision_loss, reason = "a body holds few events")]
        self.received_events_count.record(size.count as f64);
    }

    /// The host took a batch, after this time.
    pub(crate) fn events_sent(&self, size: CountByteSize, latency: Duration) {
        self.sent_events.increment(size.count as u64);
        self.sent_event_bytes.increment(size.bytes as u64);
        self.send_latency.record(latency);
    }

    /// The host has taken events that happened at these times. A clock that is ahead of ours is no negative lag.
    pub(crate) fn lag(&self, happened: &[Timestamp], now: Timestamp) {
        for &then in happened {
            self.lag.record(now.duration_since(then).as_secs_f64().max(0.0));
        }
    }

    /// Counts and estimates a batch.
    pub fn measure(&self, batch: &[LogEvent]) -> CountByteSize {
        CountByteSize { count: batch.len(), bytes: batch.iter().map(estimated_json_size).sum() }
    }
}

/// An event's size as JSON, estimated without writing it: escapes are not counted.
pub fn estimated_json_size(event: &LogEvent) -> usize {
    object_size(event.fields())
}

fn object_size(members: &crate::event::ObjectMap) -> usize {
    2 + members.iter().map(|(name, value)| name.as_str().len() + 4 + value_size(value)).sum::<usize>()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Integer(_) => 8,
        Value::Float(_) => 10,
        Value::Boolean(_) => 5,
        Value::Timestamp(_) => 22,
        Value::Array(elements) => 2 + elements.iter().map(|element| value_size(element) + 1).sum::<usize>(),
        Value::Object(members) => object_size(members),
    }
}

#[cfg(test)]
mod tests;
