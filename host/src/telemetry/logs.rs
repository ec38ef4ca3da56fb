//! Logs: lines on standard error, as text for people or as JSON for programs.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, fmt, registry};

use super::repeats::Repeats;

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
    let lines = fmt::layer().with_writer(std::io::stderr);
    match options.format {
        LogFormat::Text => {
            let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let lines = lines.with_ansi(colours).with_target(false);
            registry().with(lines.with_filter(filter.and(thinned))).try_init()
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            registry().with(lines.with_filter(filter.and(thinned))).try_init()
        }
    }
}
