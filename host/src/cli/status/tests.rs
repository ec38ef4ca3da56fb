//! Tests of what is made of the program's answer.

use serde_json::{Value, json};

use super::{Answer, lines};

/// A program that is well.
fn well() -> Value {
    json!({
        "version": "1.0.0", "started_at": "2026-01-31T00:00:00Z", "now": "2026-01-31T01:00:00Z",
        "state": "running", "config_error": null,
        "connectors": [{
            "source": "entra", "name": "contoso", "application": "Microsoft 365", "tenant_id": "contoso.example",
            "status": "Connected", "reason": "", "message": "", "since": "2026-01-31T00:00:00Z",
            "counters": {"pages": 3, "a_new_one": 7, "none": 0},
        }],
        "sources": [{"key": "entra", "type": "entra_signins", "trouble": null}],
        "sinks": [{
            "key": "out", "type": "http", "state": {"name": "working"}, "confirmed": 5, "set_aside": 0,
            "lag_events": 0, "best_effort": false,
        }],
        "journal": {"state": "working", "events": 5, "bytes": 500},
    })
}

fn parse(answer: &Value) -> Answer {
    Answer::parse(&answer.to_string(), "http://127.0.0.1:8686").unwrap()
}

/// Scenario: one thing at a time is not as it should be, in an answer that is well otherwise.
/// Guarantee: what takes somebody, or has lasted, is not well; what has just begun and may pass is.
#[test]
fn what_is_not_well_is_known() {
    assert!(parse(&well()).is_well());
    let retrying = |since: &str, attention: bool| json!({"name": "retrying", "since": since, "attempts": 2, "reason": "no", "attention": attention});
    for (pointer, value, is_well) in [
        ("/config_error", json!("a.toml:1: no"), false),
        ("/connectors/0/status", json!("Error"), false),
        ("/connectors/0/status", json!("Pending user consent"), false),
        ("/connectors", json!([]), false),
        ("/sources/0/trouble", json!("panicked"), false),
        ("/sinks/0/state", json!({"name": "starting"}), true),
        ("/sinks/0/state", retrying("2026-01-31T00:59:30Z", false), true),
        ("/sinks/0/state", retrying("2026-01-31T00:59:00Z", false), false),
        ("/sinks/0/state", retrying("2026-01-31T00:59:59Z", true), false),
        ("/sinks/0/state", json!({"name": "stopped", "reason": null}), false),
        ("/sinks/0/state", json!({"name": "stopped", "reason": "its reader is gone"}), false),
        ("/journal/state", json!("full"), false),
        ("/journal/state", json!("failing"), false),
    ] {
        let mut answer = well();
        *answer.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(parse(&answer).is_well(), is_well, "{pointer} {value}");
    }
}

/// Scenario: counters and notes that this program has never heard of, a credential that expires, and a sink that fails.
/// Guarantee: they are shown, with since when and why; counters of nothing are not.
#[test]
fn whatever_is_reported_is_shown() {
    let mut answer = well();
    answer["connectors"][0]["notes"] = json!(["the start was clamped"]);
    answer["connectors"][0]["credential"] =
        json!({"strategy": "client_secret", "place": "auth.next", "expires_at": "2026-12-31T00:00:00Z"});
    answer["sinks"][0]["state"] =
        json!({"name": "retrying", "since": "2026-01-31T00:59:00.5Z", "attempts": 2, "reason": "it refuses"});
    let shown = lines::of(&parse(&answer));
    for part in [
        "a_new_one=7 pages=3",
        "contoso: note: the start was clamped",
        "contoso: credential: the client_secret in auth.next, good until 2026-12-31T00:00:00Z",
        "retrying since 2026-01-31T00:59:00Z",
        "\nout: it refuses\n",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("none="), "{shown}");
}

/// Scenario: a tenant, a receiver and a disk say things that a terminal acts on, and line ends.
/// Guarantee: all of it is shown as escapes, in the line where it belongs.
#[test]
fn nothing_draws_on_the_terminal() {
    let hostile = "\u{1b}[2J\u{202e}\nforged";
    let mut answer = well();
    answer["sinks"][0]["state"] = json!({"name": "stopped", "reason": "plain"});
    let clean = lines::of(&parse(&answer)).lines().count();
    answer["connectors"][0]["tenant_name"] = json!(hostile);
    answer["connectors"][0]["reason"] = json!(hostile);
    answer["sinks"][0]["state"] = json!({"name": "stopped", "reason": hostile});
    answer["journal"] = json!({"state": "failing", "reason": hostile, "events": 5, "bytes": 500});
    let shown = lines::of(&parse(&answer));
    assert_eq!(shown.lines().count(), clean, "{shown}");

    answer["connectors"][0]["status"] = json!("Error");
    answer["connectors"][0]["message"] = json!(hostile);
    answer["connectors"][0]["notes"] = json!([hostile]);
    answer["connectors"][0]["way_out"] = json!({"text": hostile, "url": hostile});
    answer["sources"][0]["trouble"] = json!(hostile);
    let shown = lines::of(&parse(&answer));
    assert!(shown.lines().all(|line| !line.starts_with("forged")), "{shown}");
    assert!(shown.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic()), "{shown}");
}
