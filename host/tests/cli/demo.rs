//! `demo`: what the README tells people to try first.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use crate::{program, run};

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
    for said in ["Contoso", "http://localhost:", "Ctrl-C"] {
        assert!(demo.err.contains(said), "{said} in {}", demo.err);
    }
}

/// Scenario: a rate that is no rate.
/// Guarantee: wrong usage.
#[test]
fn a_rate_is_a_number_of_sign_ins() {
    assert_eq!(run(&["demo", "--rate", "NaN"]).code, Some(64));
}

/// A demonstration whose standard output is full, since nobody reads on, and what it says.
fn stuck(limit_secs: &str) -> (Child, BufReader<ChildStderr>) {
    let mut command = program();
    command.args(["demo", "--graceful-shutdown-limit-secs", limit_secs]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Status: http://") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it has ended");
    }
    let address = line.split_whitespace().nth(1).unwrap();
    // More waits than a pipe holds.
    let waits = |status: &Value| status["sinks"][0]["lag_events"].as_u64().is_some_and(|lag| lag > 1_000);
    while !waits(&serde_json::from_str(&run(&["status", "--json", "--api", address]).out).unwrap_or_default())
    {
        std::thread::yield_now();
    }
    (child, said)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Scenario: the program is asked to stop while its standard output is stuck, and asked again.
/// Guarantee: the first is said, the second ends it with the exit code of the signal.
#[test]
fn a_second_signal_quits() {
    let (mut child, said) = stuck("600");
    signal(&child, "-INT");
    assert!(said.lines().any(|line| line.unwrap().contains("a second signal quits at once")));
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Scenario: the same, with a limit of one second and one signal.
/// Guarantee: it is cut off, and the exit code says so.
#[test]
fn a_stop_has_a_limit() {
    let (mut child, mut stderr) = stuck("1");
    signal(&child, "-TERM");
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(75), "{said}");
    assert!(said.contains("did not stop in time"), "{said}");
}

/// Scenario: whoever reads the events goes.
/// Guarantee: the program ends by itself, and well.
#[test]
fn a_reader_that_goes_ends_it() {
    let (mut child, mut stderr) = stuck("60");
    drop(child.stdout.take());
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
}
