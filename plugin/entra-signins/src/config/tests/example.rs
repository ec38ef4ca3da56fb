//! Tests of the example and of the tables of keys.

use std::path::Path;

use collector::settings::{Setting, from_toml};

use super::super::{EXAMPLE, EntraSigninsConfig, keys};

/// Scenario: the example with an id in place.
/// Guarantee: it is a whole configuration, and shown for debugging it keeps its secret.
#[test]
fn the_example_loads() {
    let text = EXAMPLE.replace("{id}", "entra").replace("${CONTOSO_SECRET}", "hunter2");
    let tree = from_toml(&text, Path::new("example.toml")).unwrap();
    let Setting::Table(sources) = &tree.get("sources").unwrap().setting else { panic!("sources") };
    let Setting::Table(source) = &sources.get("entra").unwrap().setting else { panic!("entra") };
    let config = EntraSigninsConfig::from_table(source).unwrap();
    assert_eq!(config.microsoft_365[0].azure_ad.len(), 1);
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}

/// Scenario: every key that is known.
/// Guarantee: the example shows it, and its documentation is one line.
#[test]
fn the_example_shows_every_key() {
    for key in [keys::SOURCE, keys::MICROSOFT_365, keys::AUTH, keys::TLS, keys::AZURE_AD].concat() {
        let shown = [format!("{} =", key.name), format!(".{}]]", key.name), format!("{}.", key.name)];
        assert!(shown.iter().any(|form| EXAMPLE.contains(form)), "{} is not in the example", key.name);
        assert!(!key.doc.is_empty() && !key.doc.contains('\n'), "{} has no documentation", key.name);
    }
}
