//! Tests of logs and metrics.

use collector::internal_event::{CountByteSize, SourceMetrics};

use tracing_subscriber::EnvFilter;

use super::logs::{LogFormat, LogOptions, is_tracing};
use super::prometheus;

/// Scenario: `-v` and `-q`, more often than there are levels.
/// Guarantee: each is one step, other crates stay one step behind, and both ends hold.
#[test]
fn verbosity_is_a_step_per_flag() {
    let of = |verbosity| LogOptions { format: LogFormat::Text, verbosity }.directives();
    assert!(of(0).starts_with("warn,") && of(0).contains(",entra_signins=info"));
    assert!(of(1).starts_with("info,") && of(1).contains(",entra_signins_host=debug"));
    assert!(of(-1).starts_with("error,") && of(-1).contains(",collector=warn"));
    assert!(of(i16::MIN).starts_with("off,") && of(i16::MIN).ends_with("=off"));
    assert!(of(i16::MAX).starts_with("trace,") && of(i16::MAX).ends_with("=trace"));
}

/// Scenario: no flag, `-v`, `-vv`, and directives of one crate.
/// Guarantee: exactly those that trace anything are known as tracing, so that nothing is kept back from them.
#[test]
fn tracing_is_noticed() {
    let by_flags = |verbosity| LogOptions { format: LogFormat::Text, verbosity }.directives();
    let is = |directives: &str| is_tracing(&EnvFilter::new(directives));
    assert_eq!([0, 1, 2].map(|verbosity| is(&by_flags(verbosity))), [false, false, true]);
    assert_eq!((is("warn,entra_signins=trace"), is("debug")), (true, false));
}

/// Scenario: a source counts something.
/// Guarantee: it is rendered under Vector's name and labels, lag as a histogram with our bounds.
#[test]
fn metrics_carry_vectors_names() {
    let (recorder, handle) = prometheus::local();
    metrics::with_local_recorder(&recorder, || {
        let counts = SourceMetrics::new("entra".into(), "entra_signins");
        counts.events_received(CountByteSize { count: 3, bytes: 60 });
    });
    let text = handle.render();
    let labels = r#"component_id="entra",component_kind="source",component_type="entra_signins""#;
    assert!(text.contains(&format!("component_received_events_total{{{labels}}} 3")), "{text}");
    assert!(
        text.contains(&format!(r#"component_received_events_count_bucket{{{labels},le="10"}} 1"#)),
        "{text}"
    );
}
