//! `demo`: what the README tells people to try first.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run;

/// Scenario: `entra-signins demo --events 20`.
/// Guarantee: twenty different Cato events come out as JSON, nothing else does, standard error says where to look, and
/// the program ends well.
#[test]
fn the_demo_shows_events() {
    let demo = run(&["demo", "--events", "20", "--seed", "3", "--rate", "1"]);
    assert_eq!(demo.code, Some(0), "{}", demo.err);
    let events: Vec<Value> = demo.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 20);
    assert!(events.iter().all(|event| event["event_sub_type"] == "Application Sign-in"));
    let ids: BTreeSet<_> = events.iter().map(|event| event["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 20);
    for said in ["Contoso", "http://127.0.0.1:", "Ctrl-C"] {
        assert!(demo.err.contains(said), "{said} in {}", demo.err);
    }
}

/// Scenario: a rate that is no rate.
/// Guarantee: wrong usage.
#[test]
fn a_rate_is_a_number_of_sign_ins() {
    assert_eq!(run(&["demo", "--rate", "NaN"]).code, Some(64));
}
