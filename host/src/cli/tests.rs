//! Tests of the commands' parts; whole commands are tested as processes.

use clap::CommandFactory as _;

use collector::settings::Key;
use entra_signins::config::keys as source;

use super::output::table;
use super::{Cli, exit, generate, registry};
use crate::config::{self, HostConfig};
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
        let config = load(&text).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(config.sinks.len(), 1, "{text}");
        assert_eq!(config.notes, [], "{text}");
    }
}

/// The commented or active line of this option, without its marks of a comment.
fn options(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.trim_start_matches(['#', ' '])).filter(|line| line.contains(" = "))
}

/// Every key that a configuration may have: its name in its table, with that of the table inside of it.
fn every_key() -> Vec<String> {
    let names = |keys: &[Key]| keys.iter().map(|key| key.name.to_owned()).collect::<Vec<_>>();
    let nested = |table: &str, keys: &[Key]| {
        keys.iter().map(|key| format!("{table}.{}", key.name)).collect::<Vec<_>>()
    };
    let mut all = [config::keys::API, config::keys::JOURNAL, source::MICROSOFT_365, source::AZURE_AD]
        .map(names)
        .concat();
    all.extend(names(&[config::keys::TOP, source::SOURCE].concat()));
    all.extend(nested("auth", source::AUTH));
    all.extend(nested("tls", source::TLS));
    all.extend(nested("tls", config::keys::API_TLS));
    all.extend(["enabled", "http", "https", "no_proxy"].map(|key| format!("proxy.{key}")));
    for sink in sinks::DESCRIPTIONS {
        all.extend(names(sink.keys));
        all.extend(sink.tables.iter().flat_map(|(table, keys)| nested(table, keys)));
    }
    all
}

/// Scenario: a configuration is generated without a word of what for.
/// Guarantee: every key that is known stands in it, as an option, a table or a heading.
#[test]
fn a_generated_configuration_shows_every_option() {
    let text = generate::configuration(&[]).unwrap();
    for key in every_key() {
        let is_option =
            |line: &str| line.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with([' ', '.']));
        let heading = |line: &str| {
            let line = line.trim_start_matches(['#', '[']).trim_end_matches(']');
            line.split('.').any(|part| part == key)
        };
        let is_there = options(&text).any(is_option) || text.lines().any(heading);
        assert!(is_there, "{key} is missing in\n{text}");
    }
    let sinks = sinks::DESCRIPTIONS.iter().map(|sink| format!("[sinks.{}]", sink.name));
    assert!(sinks.into_iter().all(|heading| text.contains(&heading)), "{text}");
}

/// Loads this text with every variable set.
fn load(text: &str) -> Result<HostConfig, String> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("entra-signins.toml");
    std::fs::write(&file, text).unwrap();
    let set = |_: &str| Some("value".to_owned());
    registry::load(&[file], &set).map_err(|problems| format!("{problems}\n{text}"))
}

/// Scenario: a generated configuration is used as it is, without any of its comments, with all sinks taken out of their
/// comments, and with one of its options after the other.
/// Guarantee: the first three are valid; an option that is not is so for a file or another option, never for its name,
/// type or value.
#[test]
fn what_is_generated_can_be_used() {
    let text = generate::configuration(&[]).unwrap();
    let bare = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let (head, others) = text.split_once("remove the first # of each of its lines.\n").unwrap();
    let others: Vec<_> = others.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
    let all = format!("{head}\n{}", others.join("\n"));
    for (text, sinks) in [(&text, 1), (&bare, 1), (&all, 3)] {
        assert_eq!(load(text).unwrap_or_else(|problems| panic!("{problems}")).sinks.len(), sinks);
    }
    let lines: Vec<_> = all.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some(option) = line.strip_prefix("# ").filter(|option| options(option).next().is_some()) else {
            continue;
        };
        let mut lines = lines.clone();
        lines[index] = option;
        let problems = load(&lines.join("\n")).err().unwrap_or_default();
        for wrong in ["unknown key", "write a number", "no known word", "malformed", "is a string", "is an "]
        {
            assert!(!problems.contains(wrong), "{option}: {problems}");
        }
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
