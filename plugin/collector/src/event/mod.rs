//! Events and their values: what flows from a source to a host.

mod json;
mod metadata;
mod value;

#[cfg(test)]
mod tests;

pub use metadata::EventMetadata;
pub use value::{KeyString, ObjectMap, Value};

use serde::Serialize;

use crate::finalization::{AddBatchNotifier, BatchNotifier, EventFinalizers, Finalizable};

/// One log event: sorted fields for whoever reads it, metadata for the way there.
///
/// Equality looks at fields and metadata values, never at finalizers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogEvent {
    fields: ObjectMap,
    metadata: EventMetadata,
}

impl LogEvent {
    /// An event of these fields with empty metadata.
    pub fn from_map(fields: ObjectMap, metadata: EventMetadata) -> Self {
        Self { fields, metadata }
    }

    /// Sets a field. The previous value is handed back.
    pub fn insert(&mut self, key: impl Into<KeyString>, value: impl Into<Value>) -> Option<Value> {
        self.fields.insert(key.into(), value.into())
    }

    /// Sets a field if there is a value for it: a field that does not apply is absent.
    pub fn maybe_insert(&mut self, key: impl Into<KeyString>, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.insert(key, value);
        }
    }

    /// The value of a field.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.fields.get(key)
    }

    /// Takes a field out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.fields.remove(key)
    }

    /// All fields, sorted by name.
    pub fn fields(&self) -> &ObjectMap {
        &self.fields
    }

    /// What accompanies the fields.
    pub fn metadata(&self) -> &EventMetadata {
        &self.metadata
    }

    /// What accompanies the fields, to be changed.
    pub fn metadata_mut(&mut self) -> &mut EventMetadata {
        &mut self.metadata
    }

    /// Fields and metadata apart.
    pub fn into_parts(self) -> (ObjectMap, EventMetadata) {
        (self.fields, self.metadata)
    }

    /// The same event, counted by a batch.
    #[must_use]
    pub fn with_batch_notifier(mut self, batch: &BatchNotifier) -> Self {
        self.add_batch_notifier(batch.clone());
        self
    }
}

impl LogEvent {
    /// Appends the fields, as one JSON object without a line end: what [`Serialize`] writes, only quicker.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        json::write_object(&self.fields, out);
    }
}

/// The fields alone, as one JSON object.
impl Serialize for LogEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(&self.fields)
    }
}

impl AddBatchNotifier for LogEvent {
    fn add_batch_notifier(&mut self, batch: BatchNotifier) {
        self.metadata.finalizers_mut().add(batch);
    }
}

impl Finalizable for LogEvent {
    fn take_finalizers(&mut self) -> EventFinalizers {
        std::mem::take(self.metadata.finalizers_mut())
    }
}
