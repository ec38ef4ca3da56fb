//! Metrics: one recorder for the process, rendered for Prometheus.
//!
//! Components count under Vector's names (`collector::internal_event`); what they mean is said here once, for the
//! `HELP` lines.

use std::fmt;

use collector::internal_event::{CounterName, HistogramName};
use metrics::{describe_counter, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds for how late an event is, in seconds: from a second to a day.
const LAG_BOUNDS: [f64; 11] =
    [1.0, 5.0, 15.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 10_800.0, 21_600.0, 86_400.0];
/// Bounds for how long the host takes a batch, in seconds.
const LATENCY_BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
/// Bounds for events in one body.
const COUNT_BOUNDS: [f64; 7] = [0.0, 1.0, 10.0, 50.0, 100.0, 500.0, 1000.0];

/// Renders the process's metrics. Clones render the same.
#[derive(Clone)]
pub struct MetricsHandle(PrometheusHandle);

impl MetricsHandle {
    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Moves what was recorded into histograms; called now and then, memory grows between two calls.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

impl fmt::Debug for MetricsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsHandle")
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    let bounds = [
        (HistogramName::SourceLagTimeSeconds, LAG_BOUNDS.as_slice()),
        (HistogramName::SourceSendLatencySeconds, &LATENCY_BOUNDS),
        (HistogramName::ComponentReceivedEventsCount, &COUNT_BOUNDS),
    ];
    bounds.into_iter().try_fold(PrometheusBuilder::new(), |builder, (name, bounds)| {
        builder.set_buckets_for_metric(Matcher::Full(name.as_str().to_owned()), bounds)
    })
}

/// Installs the recorder; once per process.
pub fn install() -> Result<MetricsHandle, BuildError> {
    let handle = MetricsHandle(builder()?.install_recorder()?);
    describe();
    Ok(handle)
}

/// A recorder that is not installed, and its handle.
#[cfg(test)]
pub(super) fn local() -> (metrics_exporter_prometheus::PrometheusRecorder, MetricsHandle) {
    let recorder = builder().unwrap().build_recorder();
    let handle = MetricsHandle(recorder.handle());
    (recorder, handle)
}

fn describe() {
    let counters = [
        (CounterName::ComponentReceivedBytesTotal, "Bytes received, after decompression."),
        (CounterName::ComponentReceivedEventsTotal, "Events made of what was received."),
        (CounterName::ComponentReceivedEventBytesTotal, "Estimated JSON size of events received, in bytes."),
        (CounterName::ComponentSentEventsTotal, "Events handed on."),
        (CounterName::ComponentSentEventBytesTotal, "Estimated JSON size of events handed on, in bytes."),
        (CounterName::ComponentSentBytesTotal, "Bytes handed to a receiver, after compression."),
        (CounterName::ComponentErrorsTotal, "Errors, by type and stage."),
        (CounterName::ComponentDiscardedEventsTotal, "Events that existed and were lost."),
    ];
    for (name, meaning) in counters {
        describe_counter!(name.as_str(), meaning);
    }
    let histograms = [
        (HistogramName::ComponentReceivedEventsCount, "Events made of one body."),
        (HistogramName::SourceLagTimeSeconds, "From an event's time to when the host had it, in seconds."),
        (HistogramName::SourceSendLatencySeconds, "How long the host took to take a batch, in seconds."),
    ];
    for (name, meaning) in histograms {
        describe_histogram!(name.as_str(), meaning);
    }
}
