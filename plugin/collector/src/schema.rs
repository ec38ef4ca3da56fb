//! Other encodings of an event that a source offers, so that a host can write them without knowing the source.

use std::fmt;
use std::sync::Arc;

use crate::event::{LogEvent, ObjectMap};

/// One other way to write a source's events.
///
/// A schema is a pure function of the event, its metadata ([`crate::event::EventMetadata::raw`] holds the
/// record as it was received) and nothing else.
pub trait EventSchema: Send + Sync {
    /// The name in `encoding.schema`.
    fn name(&self) -> &'static str;

    /// One line on what it is.
    fn description(&self) -> &'static str;

    /// The event in this schema. `None`: it has no form there and the event itself is written.
    fn encode(&self, event: &LogEvent) -> Option<ObjectMap>;
}

/// The schemas that a source offers, its own event's name first.
#[derive(Clone)]
pub struct Schemas {
    /// The name in `encoding.schema` of the event as it is.
    pub native: &'static str,
    /// The others.
    pub offered: Vec<Arc<dyn EventSchema>>,
}

impl Schemas {
    /// A source whose events have one form alone.
    pub fn only(native: &'static str) -> Self {
        Self { native, offered: Vec::new() }
    }

    /// All names, the native one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        std::iter::once(self.native).chain(self.offered.iter().map(|schema| schema.name()))
    }

    /// The offered schema of this name; `None` for the native one and for unknown names.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn EventSchema>> {
        self.offered.iter().find(|schema| schema.name() == name)
    }
}

impl fmt::Debug for Schemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests;
