//! How a stored event becomes the bytes that a sink writes: a *schema* (which fields) and a *codec* (which syntax).
//!
//! The event itself is stored as JSON, so its native schema costs nothing here: the stored bytes are handed on as
//! they are. Other schemas are offered by sources ([`collector::schema::Schemas`]) and found by name, so this module
//! knows none of them.

mod config;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use collector::config::ComponentKey;
use collector::event::{EventMetadata, LogEvent, Value};
use collector::schema::{EventSchema, Schemas};
use jiff::Timestamp;
use uuid::Uuid;

pub use config::{Codec, EncodingConfig, KEYS};

/// The sources that feed a sink, each with the schemas that it offers.
pub type Inputs = BTreeMap<ComponentKey, Schemas>;

/// An event as the journal holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredEvent {
    /// Its place in the journal; grows, with gaps.
    pub sequence: u64,
    /// Identifies the event for ever.
    pub event_id: Option<Uuid>,
    /// Counts emitted changes of the same event; 0 is the first.
    pub revision: u32,
    /// When it happened.
    pub timestamp: Option<Timestamp>,
    /// The event: one JSON object, without a line end.
    pub json: Bytes,
    /// The record that it was made from.
    pub raw: Option<Bytes>,
    /// The source that it came from.
    pub source: ComponentKey,
}

/// An event as a receiver will see it, without framing.
#[derive(Clone, Debug)]
pub struct EncodedEvent {
    /// Its place in the journal.
    pub sequence: u64,
    /// Identifies the event for ever; the same on a repeat.
    pub event_id: Option<Uuid>,
    /// When it happened.
    pub timestamp: Option<Timestamp>,
    /// The source that it came from.
    pub source: ComponentKey,
    /// The encoded event; one line, without its line end.
    pub body: Bytes,
}

/// Encodes stored events of a sink's inputs.
#[derive(Clone)]
pub struct Encoder {
    /// The schema of each source that has it as an offered one; absent sources are written natively.
    schemas: BTreeMap<ComponentKey, Arc<dyn EventSchema>>,
}

impl Encoder {
    /// An encoder of these inputs. Inputs that do not offer the schema are written natively; a configuration that
    /// names a schema nobody offers was refused by [`EncodingConfig::read`].
    pub fn new(config: &EncodingConfig, inputs: &Inputs) -> Self {
        let chosen =
            |schemas: &Schemas| config.schema.as_deref().and_then(|name| schemas.find(name)).cloned();
        let schemas =
            inputs.iter().filter_map(|(key, schemas)| Some((key.clone(), chosen(schemas)?))).collect();
        Self { schemas }
    }

    /// The event as its receiver will see it. An event that has no form in the chosen schema is written as itself.
    pub fn encode(&self, event: StoredEvent) -> EncodedEvent {
        let other = self.schemas.get(&event.source).and_then(|schema| encode_as(schema.as_ref(), &event));
        EncodedEvent {
            sequence: event.sequence,
            event_id: event.event_id,
            timestamp: event.timestamp,
            source: event.source,
            body: other.unwrap_or(event.json),
        }
    }
}

fn encode_as(schema: &dyn EventSchema, stored: &StoredEvent) -> Option<Bytes> {
    let json = serde_json::from_slice(&stored.json).ok()?;
    let Value::Object(fields) = Value::from_json(json)? else { return None };
    let mut metadata = EventMetadata::default();
    metadata.source_event_id = stored.event_id;
    metadata.revision = stored.revision;
    metadata.timestamp = stored.timestamp;
    metadata.raw.clone_from(&stored.raw);
    let fields = schema.encode(&LogEvent::from_map(fields, metadata))?;
    serde_json::to_vec(&fields).ok().map(Bytes::from)
}
