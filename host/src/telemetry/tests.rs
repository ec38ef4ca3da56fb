//! Tests of logs and metrics.

use collector::internal_event::{CountByteSize, SourceMetrics};

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, registry};

use super::logs::{LogFormat, LogOptions, is_tracing, json, text};
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

/// What was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Logs what a receiver and a tenant may have said.
fn log_hostile_words() {
    let hostile = "\u{1b}[2J\u{9b}x\u{202e}\nforged";
    let span = tracing::error_span!("sink", component_id = %hostile);
    span.in_scope(|| tracing::warn!(reason = %hostile, error = hostile, "First.\nSecond: \u{202e}."));
}

/// Scenario: fields and names of components hold a terminal's escapes, marks of direction and line ends; a message has two
/// lines.
/// Guarantee: in both formats they are shown as escapes, no line is forged, and a message keeps its lines as text.
#[test]
fn log_lines_draw_nothing() {
    let written = Written::default();
    let to = written.clone();
    with_default(registry().with(text(move || to.clone()).with_ansi(false)), log_hostile_words);
    let shown = written.text();
    assert_eq!(shown.lines().count(), 2, "{shown}");
    assert!(
        shown.contains("First.\nSecond: \\u{202e}. reason=\\u{1b}[2J\\u{9b}x\\u{202e}\\u{a}forged error="),
        "{shown}"
    );
    assert!(shown.contains("component_id=\\u{1b}[2J"), "{shown}");
    assert!(shown.chars().all(|c| c == '\n' || c.is_ascii_graphic() || c == ' '), "{shown}");

    let written = Written::default();
    let to = written.clone();
    with_default(registry().with(json(move || to.clone())), log_hostile_words);
    let shown = written.text();
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(shown.chars().all(|c| c == '\n' || c.is_ascii_graphic() || c == ' '), "{shown}");
    let line: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(line["reason"], "\u{1b}[2J\u{9b}x\u{202e}\nforged");
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
