//! Logs: lines on standard error, as text for people or as JSON for programs.

use std::io::{IsTerminal as _, Write};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::fmt::format::{Format, FormatFields, Full, Json, JsonFields, debug_fn};
use tracing_subscriber::fmt::writer::MakeWriter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, fmt, registry};

use super::repeats::Repeats;
use crate::printable;

/// The environment variable whose directives (`debug`, `entra_signins=trace,warn`, ...) replace `-v` and `-q`.
pub const VARIABLE: &str = "ENTRA_SIGNINS_LOG";

/// The crates that are this program; the level of all others stays one step behind theirs.
const OURS: [&str; 4] = ["collector", "entra_signins", "entra_signins_host", "graph_simulator"];

/// From quiet to talkative.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is written and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LogOptions {
    /// How a line is written.
    pub format: LogFormat,
    /// Steps away from `info`: positive is more, negative is less.
    pub verbosity: i16,
}

impl LogOptions {
    /// Directives for the crates of this program and all others.
    pub(super) fn directives(self) -> String {
        let info = 3;
        let step = usize::try_from(self.verbosity.saturating_add(info).max(0)).unwrap_or_default();
        let level = |step: usize| LEVELS[step.min(LEVELS.len() - 1)];
        let others = level(step.saturating_sub(1)).to_owned();
        OURS.iter().fold(others, |list, name| format!("{list},{name}={}", level(step)))
    }

    fn filter(self) -> EnvFilter {
        let named = std::env::var(VARIABLE).ok().filter(|directives| !directives.is_empty());
        EnvFilter::new(named.unwrap_or_else(|| self.directives()))
    }
}

/// Whether somebody wants to see every step.
pub(super) fn is_tracing(filter: &EnvFilter) -> bool {
    filter.max_level_hint() == Some(LevelFilter::TRACE)
}

/// Sends the process's logs to standard error from now on.
pub fn init(options: LogOptions) -> Result<(), TryInitError> {
    let filter = options.filter();
    let thinned = (!is_tracing(&filter)).then(Repeats::of_process);
    match options.format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let lines = text(std::io::stderr).with_ansi(colours);
            registry().with(lines.with_filter(filter.and(thinned))).try_init()
        }
        LogFormat::Json => {
            let lines = json(std::io::stderr);
            registry().with(lines.with_filter(filter.and(thinned))).try_init()
        }
    }
}

/// Lines for people. What they say of others draws nothing on a terminal; a message may have lines of its own.
pub(super) fn text<S, W>(to: W) -> fmt::Layer<S, impl for<'w> FormatFields<'w> + 'static, Format<Full>, W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    let fields = debug_fn(|to, field, value| {
        let value = format!("{value:?}");
        match field.name() {
            "message" => to.write_str(&printable::lines(&value)),
            name => write!(to, "{}={}", name.trim_start_matches("r#"), printable::line(&value)),
        }
    });
    fmt::layer().fmt_fields(fields.delimited(" ")).with_target(false).with_writer(to)
}

/// Lines for programs.
pub(super) fn json<S, W>(
    to: W,
) -> fmt::Layer<S, JsonFields, Format<Json>, impl for<'w> MakeWriter<'w> + 'static>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(Escaping(to))
}

/// Writes JSON lines so that they can be shown on a terminal.
struct Escaping<W>(W);

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for Escaping<W> {
    type Writer = Escaping<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Escaping(self.0.make_writer())
    }
}

impl<W: Write> Write for Escaping<W> {
    /// Takes a whole line, as log lines are written.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.write_all(printable::json(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
