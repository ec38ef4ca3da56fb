//! Tests of the commands' parts; whole commands are tested as processes.

use clap::CommandFactory as _;

use super::output::table;
use super::{Cli, exit, generate, registry};
use crate::sinks;

/// Scenario: the definition of all arguments.
/// Guarantee: it is consistent (clap's own check).
#[test]
fn arguments_are_consistent() {
    Cli::command().debug_assert();
}

/// Scenario: configurations are generated for every kind of sink, with nothing but the variables set that they name.
/// Guarantee: each is accepted as it is.
#[test]
fn generated_configurations_are_valid() {
    for sink in sinks::DESCRIPTIONS {
        let text = generate::configuration(&[sink.name.to_owned()]).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("entra-signins.toml");
        std::fs::write(&file, &text).unwrap();
        let set = |_: &str| Some("value".to_owned());
        let config = registry::load(&[file], &set).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
        assert_eq!(config.sinks.len(), 1, "{text}");
        assert_eq!(config.notes, [], "{text}");
    }
}

/// Guarantee: help and README list every exit code with the same meaning.
#[test]
fn exit_codes_are_documented() {
    let help = Cli::command().render_help().to_string();
    let readme = include_str!("../../../README.md");
    for (exit, meaning) in exit::MEANINGS {
        let code = exit as u8;
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "{code} in the README");
        assert!(
            help.lines().any(|line| line.trim_start().starts_with(&format!("{code}  "))),
            "{code} in {help}"
        );
    }
}

/// Scenario: somebody asks for a component that does not exist.
/// Guarantee: the error names those that do.
#[test]
fn unknown_components_are_refused() {
    let error = generate::configuration(&["carrier_pigeon".to_owned()]).unwrap_err().to_string();
    assert!(
        error.contains("carrier_pigeon") && error.contains("entra_signins") && error.contains("file"),
        "{error}"
    );
}

/// Scenario: rows of different lengths with letters that take several bytes.
/// Guarantee: columns align by letters, and no line ends in blanks.
#[test]
fn tables_align() {
    let rows =
        [["name", "status"], ["M\u{fc}nchen", "ok"], ["b", ""]].map(|row| row.map(str::to_owned).to_vec());
    assert_eq!(table(&rows), "name     status\nM\u{fc}nchen  ok\nb\n");
}

/// Scenario: cells that hold a line end and a terminal's escape.
/// Guarantee: rows stay rows, and nothing draws.
#[test]
fn cells_stay_in_their_row() {
    let rows = [["a\nb", "\u{1b}[2J"], ["c", "d"]].map(|row| row.map(str::to_owned).to_vec());
    assert_eq!(table(&rows), "a\\u{a}b  \\u{1b}[2J\nc        d\n");
}
