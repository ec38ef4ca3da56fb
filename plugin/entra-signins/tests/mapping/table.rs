//! The table of fields and the events hold each other.

use std::collections::BTreeSet;

use collector::event::{LogEvent, Value};
use entra_signins::cato::{ConnectorFacts, Field, Kind, fields};

use crate::{FIXTURES, connector, event};

fn has_kind(value: &Value, kind: Kind) -> bool {
    match (value, kind) {
        (Value::String(_), Kind::String)
        | (Value::Integer(_), Kind::Integer)
        | (Value::Boolean(_), Kind::Boolean)
        | (Value::Object(_), Kind::Object) => true,
        (Value::Array(elements), Kind::StringArray) => {
            !elements.is_empty() && elements.iter().all(|element| matches!(element, Value::String(_)))
        }
        _ => false,
    }
}

/// Every field of an event is in the table with its type, and none is empty.
pub(crate) fn assert_fits_table(event: &LogEvent) {
    for (name, value) in event.fields() {
        let field = fields().iter().find(|field| field.name == name.as_str());
        let field = field.unwrap_or_else(|| panic!("{name} is not in the table"));
        assert!(has_kind(value, field.kind), "{name} is no {}: {value:?}", field.kind);
        assert_ne!(value.as_str(), Some(""), "{name} is empty");
    }
}

/// Scenario: the events of all fixtures, with the record itself.
/// Guarantee: each field is in the table with its type, and each row of the table is reached by some event, except
/// those that say that they never are.
#[test]
fn table_and_events_agree() {
    let connector = ConnectorFacts { include_raw: true, ..connector() };
    let events: Vec<_> = FIXTURES.iter().map(|(_, record, _)| event(record, &connector).unwrap()).collect();
    events.iter().for_each(assert_fits_table);
    for field in fields() {
        let reached = events.iter().any(|event| event.get(field.name).is_some());
        assert_eq!(reached, field.is_emitted(), "{}", field.name);
    }
    let absent: Vec<_> =
        fields().iter().filter(|field| !field.is_emitted()).map(|field| field.name).collect();
    assert_eq!(absent, ["ISP_name"]);
}

/// Scenario: the table is printed. Guarantee: each name stands once, each row says what the field means, and says
/// what its value is where it is not a property as is.
#[test]
fn rows_say_enough() {
    let names: BTreeSet<_> = fields().iter().map(|field| field.name).collect();
    assert_eq!(names.len(), fields().len());
    for Field { name, source, rule, meaning, .. } in fields() {
        assert!(!meaning.is_empty(), "{name}");
        assert!(!source.is_empty() || !rule.is_empty(), "{name}");
    }
}
