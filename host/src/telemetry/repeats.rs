//! Lines that repeat: the first goes out, the others of its window are counted, and at the end one line says how many.
//!
//! Without it, what fails a thousand times a second hides everything else in the log. Two lines are the same if they
//! come from the same call of the same component and read the same, but for numbers (attempts, waits) and the words
//! of an error (`error`), which differ from one time to the next. Tracing (`-vv`) is never thinned out.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit, display};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber, debug, error, info, warn};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

/// How long a line keeps those like it back.
const WINDOW: Duration = Duration::from_secs(10);
/// How often ended windows are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// Lines that are remembered at once; what comes beyond goes out.
const MOST: usize = 4096;

/// Of this process, as its log is.
static PROCESS: LazyLock<Repeats> = LazyLock::new(Repeats::default);

/// Reports the repeated lines of the process's log until it is asked to stop; only meanwhile are they kept back.
pub async fn report_repeats(stop: CancellationToken) {
    PROCESS.report_until(stop).await;
}

/// The lines of the last seconds. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Repeats(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Whether somebody will say what is kept back.
    reported: AtomicBool,
    lines: Mutex<HashMap<Line, Seen>>,
}

/// What makes two lines the same.
#[derive(Clone, Eq, Hash, PartialEq)]
struct Line {
    call: Identifier,
    component: Option<String>,
    text: String,
}

struct Seen {
    level: Level,
    since: Instant,
    repeated: u64,
}

impl Repeats {
    /// Those of the process.
    pub(super) fn of_process() -> Self {
        PROCESS.clone()
    }

    /// Says at the end of each window what was kept back in it. When asked to stop, says the rest.
    pub(super) async fn report_until(&self, stop: CancellationToken) {
        self.0.reported.store(true, Ordering::Relaxed);
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            self.report(WINDOW);
        }
        self.0.reported.store(false, Ordering::Relaxed);
        self.report(Duration::ZERO);
    }

    /// Whether the line goes out: it is the first of its window.
    fn is_first(&self, level: Level, line: Line) -> bool {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = lines.get_mut(&line) {
            seen.repeated += 1;
            return false;
        }
        if lines.len() < MOST {
            lines.insert(line, Seen { level, since: Instant::now(), repeated: 0 });
        }
        true
    }

    /// Forgets the lines whose window has lasted so long, and says how often each was repeated.
    fn report(&self, window: Duration) {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let ended: Vec<_> = lines.extract_if(|_, seen| seen.since.elapsed() >= window).collect();
        // What is said below comes by here again.
        drop(lines);
        for (line, seen) in ended {
            if seen.repeated > 0 {
                say(&line, &seen);
            }
        }
    }
}

fn say(Line { component, text, .. }: &Line, Seen { level, repeated, .. }: &Seen) {
    let (component_id, secs, text) = (component.as_deref().map(display), WINDOW.as_secs(), text.trim_end());
    match *level {
        Level::ERROR => {
            error!(component_id, repeated, "{repeated} more within {secs} s, not shown: {text}");
        }
        Level::WARN => {
            warn!(component_id, repeated, "{repeated} more within {secs} s, not shown: {text}");
        }
        Level::INFO => {
            info!(component_id, repeated, "{repeated} more within {secs} s, not shown: {text}");
        }
        Level::DEBUG | Level::TRACE => {
            debug!(component_id, repeated, "{repeated} more within {secs} s, not shown: {text}");
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Filter<S> for Repeats {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut words = Words::default();
        attributes.record(&mut words);
        if let (Some(component), Some(span)) = (words.component, context.span(id)) {
            span.extensions_mut().insert(Component(component));
        }
    }

    fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if !self.0.reported.load(Ordering::Relaxed) || metadata.target() == module_path!() {
            return true;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let component = words.component.take().or_else(|| component_of(event, context));
        let line = Line { call: metadata.callsite(), component, text: words.text };
        self.is_first(*metadata.level(), line)
    }
}

/// The component that a span belongs to, kept with the span.
struct Component(String);

/// The component whose span is the innermost around the event.
fn component_of<S>(event: &Event<'_>, context: &Context<'_, S>) -> Option<String>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let known = |component: &Component| component.0.clone();
    context.event_scope(event)?.find_map(|span| span.extensions().get::<Component>().map(known))
}

/// What a line says, in the order of its fields, without what differs from one time to the next.
#[derive(Default)]
struct Words {
    component: Option<String>,
    text: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _infallible = match field.name() {
            "component_id" => return self.component = Some(format!("{value:?}")),
            "error" => return,
            "message" => write!(self.text, "{value:?} "),
            name => write!(self.text, "{name}={value:?} "),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_f64(&mut self, _: &Field, _: f64) {}
    fn record_i64(&mut self, _: &Field, _: i64) {}
    fn record_u64(&mut self, _: &Field, _: u64) {}
}
