//! Tests of the schemas.

use bytes::Bytes;
use collector::event::{EventMetadata, LogEvent, ObjectMap};

use super::schemas;

/// Scenario: a host asks for the schemas and encodes an event with and without a record.
/// Guarantee: the event's own name comes first, the raw schema gives the record whole, and an event without a
/// record has no raw form.
#[test]
fn raw_is_the_record() {
    let schemas = schemas();
    assert_eq!(schemas.names().collect::<Vec<_>>(), ["cato", "raw"]);
    let raw = schemas.find("raw").unwrap();

    let mut metadata = EventMetadata::default();
    metadata.raw = Some(Bytes::from_static(br#"{"id":"1","later":{"unknown":[1,null,2.5]},"gone":null}"#));
    let record = raw.encode(&LogEvent::from_map(ObjectMap::new(), metadata)).unwrap();
    assert_eq!(serde_json::to_string(&record).unwrap(), r#"{"id":"1","later":{"unknown":[1,2.5]}}"#);

    assert_eq!(raw.encode(&LogEvent::default()), None);
}
