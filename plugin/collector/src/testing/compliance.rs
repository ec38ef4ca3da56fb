//! Whether a source counts what Vector's component specification asks for.

use std::fmt;
use std::future::Future;

use metrics::Key;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::host::TestHost;
use crate::config::SourceConfig;
use crate::event::LogEvent;
use crate::internal_event::CounterName;

/// What every source must count.
const REQUIRED: [CounterName; 5] = [
    CounterName::ComponentReceivedBytesTotal,
    CounterName::ComponentReceivedEventsTotal,
    CounterName::ComponentReceivedEventBytesTotal,
    CounterName::ComponentSentEventsTotal,
    CounterName::ComponentSentEventBytesTotal,
];

/// Runs the source in a [`TestHost`] until so many events are stored, stops it, asserts what
/// [`assert_source_compliance`] does, and hands out the events.
///
/// # Panics
///
/// If the source cannot be built, fails, or does not comply.
pub async fn run_and_assert_source_compliance(
    config: &dyn SourceConfig,
    component_type: &'static str,
    events: usize,
) -> Vec<LogEvent> {
    let run = async {
        let host = TestHost::new(component_type);
        let mut run = host.start(config).await.expect("a source");
        run.stored(events).await;
        run.stop().await;
        host.events()
    };
    assert_source_compliance(component_type, run).await
}

/// Asserts that a source of this `type` counted bytes and events received and events sent while the future ran,
/// under the labels of its component.
///
/// The future must make the source's context itself: counters belong to the recorder in whose time they are made.
///
/// # Panics
///
/// If a counter is not there, is zero or lacks its labels; or on a runtime with several threads, where the recorder
/// would miss what the others count.
pub async fn assert_source_compliance<T>(component_type: &str, run: impl Future<Output = T>) -> T {
    let flavor = Handle::current().runtime_flavor();
    assert!(flavor == RuntimeFlavor::CurrentThread, "compliance is seen on a current-thread runtime alone");

    let recorder = DebuggingRecorder::new();
    let outcome = {
        let _recording = metrics::set_default_local_recorder(&recorder);
        run.await
    };

    let counted = recorder.snapshotter().snapshot().into_vec();
    let counted: Vec<_> = counted.iter().map(|(key, _, _, value)| (key.key(), value)).collect();
    let missing: Vec<_> = REQUIRED
        .iter()
        .map(|name| name.as_str())
        .filter(|name| !complies(&counted, name, component_type))
        .collect();
    assert!(missing.is_empty(), "not counted, zero or without labels: {missing:?}; {}", Counted(&counted));
    outcome
}

fn complies(counted: &[(&Key, &DebugValue)], name: &str, component_type: &str) -> bool {
    counted.iter().any(|(key, value)| {
        key.name() == name
            && matches!(value, DebugValue::Counter(1..))
            && label(key, "component_kind") == Some("source")
            && label(key, "component_type") == Some(component_type)
            && label(key, "component_id").is_some_and(|id| !id.is_empty())
    })
}

fn label<'a>(key: &'a Key, name: &str) -> Option<&'a str> {
    key.labels().find(|label| label.key() == name).map(metrics::Label::value)
}

/// What was counted instead, for the message.
struct Counted<'a>(&'a [(&'a Key, &'a DebugValue)]);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are:")?;
        self.0.iter().try_for_each(|(key, value)| write!(f, "\n{key}: {value:?}"))
    }
}
