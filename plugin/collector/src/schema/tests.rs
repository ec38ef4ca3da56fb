//! Tests of finding a schema by its name.

use super::*;

/// A schema in which an event is empty.
struct Empty;

impl EventSchema for Empty {
    fn name(&self) -> &'static str {
        "empty"
    }

    fn description(&self) -> &'static str {
        "Nothing at all"
    }

    fn encode(&self, _event: &LogEvent) -> Option<ObjectMap> {
        Some(ObjectMap::new())
    }
}

/// Scenario: a host looks for the native schema, an offered one and one that nobody knows. Guarantee: only the
/// offered one is found, and all names are listed with the native one first.
#[test]
fn schemas_are_found_by_name() {
    let schemas = Schemas { native: "cato", offered: vec![Arc::new(Empty)] };
    assert_eq!(schemas.names().collect::<Vec<_>>(), ["cato", "empty"]);
    assert!(schemas.find("empty").is_some_and(|schema| schema.encode(&LogEvent::default()).is_some()));
    assert!(schemas.find("cato").is_none());
    assert!(schemas.find("other").is_none());
    assert_eq!(format!("{schemas:?}"), r#"["cato", "empty"]"#);
}
