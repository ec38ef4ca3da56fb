//! Tests of tables that come from another program.

use std::cell::RefCell;

use super::*;
use crate::settings::{Key, Problems, Reader};

fn table(json: Json) -> Table {
    let Json::Object(members) = json else { panic!("no object: {json}") };
    Table::from_json(members)
}

/// Scenario: every kind of JSON value, nested. Guarantee: each arrives as its kind, and nulls are not there.
#[test]
fn every_kind_of_value_arrives() {
    let table = table(serde_json::json!({
        "text": "t", "whole": -3, "fraction": 1.5, "huge": u64::MAX, "truth": true, "nothing": null,
        "list": ["a", null, {"inner": 1}],
    }));
    let plain = |setting| Spanned { setting, at: None };
    assert_eq!(table.str("text"), Some("t"));
    assert_eq!(table.get("whole"), Some(&plain(Setting::Integer(-3))));
    assert_eq!(table.get("fraction"), Some(&plain(Setting::Float(1.5))));
    assert_eq!(table.get("huge"), Some(&plain(Setting::Float(18_446_744_073_709_551_615.0))));
    assert_eq!(table.get("truth"), Some(&plain(Setting::Boolean(true))));
    assert_eq!(table.get("nothing"), None);
    let inner = Table { entries: [("inner".to_owned(), plain(Setting::Integer(1)))].into(), at: None };
    let list = vec![plain(Setting::String("a".to_owned())), plain(Setting::Table(inner))];
    assert_eq!(table.get("list"), Some(&plain(Setting::Array(list))));
}

/// Scenario: mistakes in a table that knows no places. Guarantee: each is reported under its key all the same.
#[test]
fn problems_name_the_key() {
    const KEYS: &[Key] = &[Key { name: "interval_ms", doc: "Milliseconds." }];
    let table = table(serde_json::json!({"interval_ms": "often", "intervall": 1}));
    let problems = RefCell::new(Problems::default());
    Reader::new(&table, "ticks", KEYS, &problems).integer("interval_ms", 1..=10);
    let keys: Vec<_> = problems.into_inner().0.into_iter().map(|problem| (problem.key, problem.at)).collect();
    assert_eq!(keys, [("ticks.intervall".to_owned(), None), ("ticks.interval_ms".to_owned(), None)]);
}
