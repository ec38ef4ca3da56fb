//! What the program says about itself: logs on standard error and metrics for Prometheus.

mod logs;
mod prometheus;
mod repeats;

#[cfg(test)]
mod tests;

pub use logs::{LogFormat, LogOptions, VARIABLE, init as init_logs};
pub use prometheus::{MetricsHandle, install as install_metrics};
pub use repeats::report_repeats;

/// Metrics of nobody.
#[cfg(test)]
pub(crate) fn metrics_for_tests() -> MetricsHandle {
    prometheus::local().1
}
