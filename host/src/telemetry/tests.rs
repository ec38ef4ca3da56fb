//! Tests of logs and metrics.

use collector::internal_event::{CountByteSize, SourceMetrics};

use super::logs::{LogFormat, LogOptions};
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
