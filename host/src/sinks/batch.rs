//! How many events go to a receiver at once: the `batch` table.

use std::time::Duration;

use collector::settings::{Key, Reader};

use crate::encoding::EncodedEvent;

/// Keys of the `batch` table.
pub const KEYS: &[Key] = &[
    Key { name: "max_events", doc: "Most events in a batch. Default: 1000." },
    Key {
        name: "max_bytes",
        doc: "Most bytes of encoded events in a batch, line ends included, before compression. Default: 1048576.",
    },
    Key { name: "timeout_secs", doc: "Longest wait for a batch to fill, in seconds. Default: 1." },
];

/// The checked `batch` table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BatchOptions {
    /// Most events.
    pub max_events: usize,
    /// Most bytes of encoded events with their line ends; one larger event still goes, alone.
    pub max_bytes: usize,
    /// Longest wait after the first event.
    pub timeout: Duration,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self { max_events: 1000, max_bytes: 1024 * 1024, timeout: Duration::from_secs(1) }
    }
}

impl BatchOptions {
    /// Reads the table under `batch`; absent keys are the defaults.
    pub fn read(sink: &Reader<'_>) -> Self {
        let mut options = Self::default();
        let Some(reader) = sink.table("batch", KEYS) else { return options };
        let size = |name, most| reader.integer(name, 1..=most).and_then(|size| usize::try_from(size).ok());
        if let Some(events) = size("max_events", 100_000) {
            options.max_events = events;
        }
        if let Some(bytes) = size("max_bytes", 256 * 1024 * 1024) {
            options.max_bytes = bytes;
        }
        if let Some(seconds) = reader.number("timeout_secs", 0.0..=3600.0) {
            options.timeout = Duration::from_secs_f64(seconds);
        }
        options
    }
}

/// The bytes of these events, without framing.
pub(crate) fn size_of(events: &[EncodedEvent]) -> usize {
    events.iter().map(|event| event.body.len()).sum()
}
