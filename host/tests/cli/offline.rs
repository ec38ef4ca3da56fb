//! Commands that need nothing: help, `map`, `fields`.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::{program, run, run_with_input};

/// Two records that are good, and one between them that has no id.
const PAGE: &str = r#"{"value": [
    {"id": "1", "createdDateTime": "2026-01-31T10:00:00Z", "userPrincipalName": "adele@contoso.example"},
    {"createdDateTime": "2026-01-31T10:00:01Z"},
    {"id": "3", "createdDateTime": "2026-01-31T10:00:02Z"}
]}"#;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

fn events(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Scenario: somebody asks for help, for the version, or types something that does not exist.
/// Guarantee: the first two are answers, the last is the exit code of wrong usage; every command is listed.
#[test]
fn help_lists_every_command() {
    let help = run(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    for command in ["run", "validate", "status", "map", "fields", "generate"] {
        assert!(help.out.lines().any(|line| line.trim().starts_with(&format!("{command} "))), "{}", help.out);
        let of_command = run(&[command, "--help"]);
        assert_eq!(of_command.code, Some(0));
        assert!(of_command.out.contains("--log-format"), "{}", of_command.out);
    }
    assert_eq!(run(&["--version"]).out, concat!("entra-signins ", env!("CARGO_PKG_VERSION"), "\n"));
    for wrong in [["fly"].as_slice(), &["map", "--fast"], &[], &["map", "--schema", "no-such"]] {
        let ran = run(wrong);
        assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""), "{wrong:?}: {}", ran.err);
    }
}

/// Scenario: a page of Graph comes on standard input, with one record in it that is none.
/// Guarantee: the good ones become events, one a line, the bad one is named with its place, and the exit code says so.
#[test]
fn map_goes_on_past_a_bad_record() {
    let mapped = run_with_input(&["map", "--tenant-id", TENANT, "--tenant-name", "Contoso"], PAGE);
    assert_eq!(mapped.code, Some(65), "{}", mapped.err);
    let events = events(&mapped.out);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["event_type"], "Security");
    assert_eq!(events[0]["event_sub_type"], "Application Sign-in");
    assert_ne!(events[0]["event_id"], events[1]["event_id"]);
    assert_eq!(mapped.err.lines().count(), 1, "{}", mapped.err);
    assert!(mapped.err.starts_with("standard input: record 2, line 3: "), "{}", mapped.err);
}

/// Scenario: the same records come as a file in the raw schema, then a file is missing.
/// Guarantee: raw is Graph's record; a missing file has an exit code of its own.
#[test]
fn map_reads_files_and_writes_schemas() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.json");
    std::fs::write(&file, PAGE.replace("{\"createdDateTime\"", "{\"id\": \"2\", \"createdDateTime\""))
        .unwrap();
    let file = file.to_str().unwrap();
    let mapped = run(&["map", "--schema", "raw", file, file]);
    assert_eq!((mapped.code, mapped.err.as_str()), (Some(0), ""));
    let ids: Vec<_> =
        events(&mapped.out).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["1", "2", "3", "1", "2", "3"]);

    let missing = run(&["map", "/no/such/file"]);
    assert_eq!(missing.code, Some(66));
    assert!(missing.err.contains("/no/such/file"), "{}", missing.err);
}

/// Scenario: the reader of a long answer goes after a few bytes.
/// Guarantee: the program ends quietly and well.
#[test]
fn a_reader_that_goes_is_no_error() {
    let records = "{\"id\": \"1\", \"createdDateTime\": \"2026-01-31T10:00:00Z\"}\n".repeat(50_000);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("long.ndjson");
    std::fs::write(&file, records).unwrap();
    let mut child =
        program().arg("map").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), [].as_slice()));
}

/// Scenario: the fields as JSON and as a table.
/// Guarantee: both list the same ones, each with a type and a meaning.
#[test]
fn fields_are_listed() {
    let json = run(&["fields", "--json"]);
    let fields: Vec<Value> = serde_json::from_str(&json.out).unwrap();
    let table = run(&["fields"]);
    assert_eq!((json.code, table.code), (Some(0), Some(0)));
    assert!(fields.iter().any(|field| field["name"] == "event_sub_type"));
    assert_eq!(table.out.lines().count(), fields.len() + 1);
    for (field, line) in fields.iter().zip(table.out.lines().skip(1)) {
        for part in ["name", "type", "meaning"] {
            let text = field[part].as_str().unwrap();
            assert!(!text.is_empty() && line.contains(text), "{part} of {field} in {line}");
        }
    }
}
