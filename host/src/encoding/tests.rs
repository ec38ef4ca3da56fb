//! Tests of encoding, with a source that offers one schema.

use std::cell::RefCell;

use collector::event::ObjectMap;
use collector::settings::{Problems, Reader, Setting, Spanned, Table};

use super::*;
use crate::sinks::testing::event;

/// Shows what it is given: a field, the raw record and the metadata. Odd events have no form in it.
struct Shouted;

impl EventSchema for Shouted {
    fn name(&self) -> &'static str {
        "shouted"
    }

    fn description(&self) -> &'static str {
        "For tests."
    }

    fn encode(&self, event: &LogEvent) -> Option<ObjectMap> {
        let id = event.get("event_id")?.as_integer()?;
        let metadata = event.metadata();
        let raw = metadata.raw.as_ref().map(|raw| String::from_utf8_lossy(raw).to_uppercase());
        let mut fields = ObjectMap::new();
        fields.insert("id".into(), id.into());
        fields.insert("raw".into(), raw.unwrap_or_default().into());
        fields.insert("revision".into(), i64::from(metadata.revision).into());
        (id % 2 == 0).then_some(fields)
    }
}

fn inputs() -> Inputs {
    let schemas = Schemas { native: "cato", offered: vec![Arc::new(Shouted)] };
    Inputs::from([("entra".into(), schemas), ("plain".into(), Schemas::only("cato"))])
}

fn read(settings: &[(&str, &str)], inputs: &Inputs) -> Result<EncodingConfig, Problems> {
    let spanned = |setting| Spanned { setting, at: None };
    let entries =
        settings.iter().map(|(key, text)| ((*key).to_owned(), spanned(Setting::String((*text).to_owned()))));
    let encoding = Table { entries: entries.collect(), at: None };
    let table =
        Table { entries: [("encoding".to_owned(), spanned(Setting::Table(encoding)))].into(), at: None };
    let problems = RefCell::default();
    let keys = [collector::settings::Key { name: "encoding", doc: "" }];
    let config = EncodingConfig::read(&Reader::new(&table, "", &keys, &problems), inputs);
    problems.into_inner().or(Some(config))
}

/// Guarantee: the native schema hands the stored bytes on, without a copy.
#[test]
fn the_native_schema_is_the_stored_event() {
    for settings in [&[][..], &[("schema", "cato"), ("codec", "json")]] {
        let config = read(settings, &inputs()).unwrap();
        let encoder = Encoder::new(&config, &inputs());
        let stored = event(2);
        assert!(!config.needs_raw(&inputs()));
        assert_eq!(encoder.encode(stored.clone()).body.as_ptr(), stored.json.as_ptr());
    }
}

/// Guarantee: an offered schema sees fields, record and metadata; the event keeps its place and identity.
#[test]
fn an_offered_schema_is_found_by_name() {
    let config = read(&[("schema", "shouted")], &inputs()).unwrap();
    let encoder = Encoder::new(&config, &inputs());
    let mut stored = event(2);
    stored.raw = Some(Bytes::from("{}a"));
    stored.revision = 3;
    let event = encoder.encode(stored.clone());
    assert!(config.needs_raw(&inputs()));
    assert_eq!(event.body, r#"{"id":2,"raw":"{}A","revision":3}"#);
    assert_eq!((event.sequence, event.event_id), (2, stored.event_id));
}

/// Guarantee: an event without a form in the schema, an event of a source that does not offer it, and one that is no JSON
/// object are written as themselves: nothing is dropped.
#[test]
fn an_event_without_a_form_is_written_as_itself() {
    let encoder = Encoder::new(&read(&[("schema", "shouted")], &inputs()).unwrap(), &inputs());
    let mut foreign = event(2);
    foreign.source = "plain".into();
    let mut broken = event(2);
    broken.json = Bytes::from("not json");
    for stored in [event(1), foreign, broken] {
        assert_eq!(encoder.encode(stored.clone()).body, stored.json);
    }
}

/// Guarantee: a schema that no input offers is refused with those that are; without inputs none is known to be wrong.
#[test]
fn an_unknown_schema_is_refused() {
    let problems = read(&[("schema", "ocsf")], &inputs()).unwrap_err().to_string();
    assert!(problems.starts_with("encoding.schema: is offered by no input"), "{problems}");
    assert!(problems.contains("\"cato\", \"shouted\""), "{problems}");
    assert!(read(&[("schema", "ocsf")], &Inputs::new()).is_ok());
}

/// Guarantee: a codec that there is not is refused with the one that there is.
#[test]
fn an_unknown_codec_is_refused() {
    let problems = read(&[("codec", "cef")], &inputs()).unwrap_err().to_string();
    assert!(problems.contains("encoding.codec") && problems.contains("\"json\""), "{problems}");
}
