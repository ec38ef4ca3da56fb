//! What accompanies an event's fields: never shown to a reader of the event, needed on the way.

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use crate::finalization::EventFinalizers;

/// Metadata of one event.
#[derive(Clone, Debug, Default)]
pub struct EventMetadata {
    /// Identifies the event for ever: the same thing seen twice has the same id on any host.
    /// Hosts drop what they hold already by `(source_event_id, revision)`.
    pub source_event_id: Option<Uuid>,
    /// 0 for the first of an event, and a higher number for each time that it is emitted changed.
    pub revision: u32,
    /// When it happened, as far as the source knows.
    pub timestamp: Option<Timestamp>,
    /// The record that the event was made from, byte for byte as it was received.
    pub raw: Option<Bytes>,
    finalizers: EventFinalizers,
}

impl EventMetadata {
    /// Who waits for this event's delivery.
    pub fn finalizers(&self) -> &EventFinalizers {
        &self.finalizers
    }

    /// Who waits for this event's delivery, to be changed.
    pub fn finalizers_mut(&mut self) -> &mut EventFinalizers {
        &mut self.finalizers
    }
}

impl PartialEq for EventMetadata {
    fn eq(&self, other: &Self) -> bool {
        self.source_event_id == other.source_event_id
            && self.revision == other.revision
            && self.timestamp == other.timestamp
            && self.raw == other.raw
    }
}
