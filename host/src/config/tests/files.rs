//! Tests of files and of merging them.

use collector::settings::{Setting, Spanned};

use super::super::{HostConfig, files};
use super::{Files, WHOLE, load};

/// Scenario: one file without a word about the host.
/// Guarantee: defaults are the documented ones; `data` stands beside the file.
#[test]
fn defaults_are_the_documented_ones() {
    let files = Files::new(&[WHOLE]);
    let config = files.load().unwrap();
    assert_eq!(config.data_dir, files.path().join("data"));
    assert!(config.api.enabled);
    assert_eq!(config.api.address.to_string(), "127.0.0.1:8686");
    assert_eq!(config.api.allowed_hosts, ["localhost", "127.0.0.1", "[::1]"]);
    assert_eq!(config.journal.max_bytes, 10 * 1024 * 1024 * 1024);
    assert_eq!(config.journal.retention.as_secs(), 7 * 24 * 60 * 60);
    assert_eq!((config.sources.len(), config.sinks.len()), (1, 0));
}

/// Scenario: two files that share tables and lists of tables.
/// Guarantee: tables merge, lists append in the order of the files, and paths start from the file that names them.
#[test]
fn files_merge() {
    let files =
        Files::new(&["data_dir = 'd'\n[api]\nenabled = false\n", "[api]\naddress = '127.0.0.1:1'\n", WHOLE]);
    let config = files.load().unwrap();
    assert_eq!(config.data_dir, files.path().join("d"));
    assert_eq!((config.api.enabled, config.api.address.port()), (false, 1));

    let files = Files::new(&["[[t.many]]\nname = 'a'\n[[t.many]]\nname = 'b'\n", "[[t.many]]\nname = 'c'\n"]);
    let merged = files::read(&files.paths).table;
    let Setting::Table(table) = &merged.get("t").unwrap().setting else { panic!("a table") };
    let Setting::Array(many) = &table.get("many").unwrap().setting else { panic!("a list") };
    let names: Vec<_> = many.iter().map(name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

fn name(element: &Spanned) -> &str {
    let Setting::Table(table) = &element.setting else { panic!("a table") };
    table.str("name").unwrap()
}

/// Scenario: two files set the same list of values.
/// Guarantee: it is a problem; only lists of tables append, since they alone are written one by one.
#[test]
fn lists_of_values_do_not_append() {
    let sink = "[sinks.post]\ntype = 'post'\ninputs = ['probe']\n";
    assert_eq!(
        load(&[&format!("{WHOLE}{sink}"), "[sinks.post]\ninputs = ['probe']\n"]).unwrap_err(),
        "two.toml:2: sinks.post.inputs: is set at one.toml:6 already; keep one of the two"
    );
}

/// Scenario: two files set the same key, one of them as a table.
/// Guarantee: the later one is reported and names the place of the earlier; the values are not shown.
#[test]
fn a_key_is_set_once() {
    assert_eq!(
        load(&[
            WHOLE,
            "data_dir = 'hunter2'\n\napi = 'hunter2'",
            "data_dir = 'x'\n[api]\n[sources]\nprobe.secret = 'y'"
        ])
        .unwrap_err(),
        "three.toml:1: data_dir: is set at two.toml:1 already; keep one of the two\n\
         three.toml:2: api: is set at two.toml:3 already; keep one of the two\n\
         three.toml:4: sources.probe.secret: is set at one.toml:3 already; keep one of the two"
    );
}

/// Scenario: of three files one is missing, one has a syntax error on a line with a secret, one an unset variable.
/// Guarantee: all three are reported together, and no noise about keys that the broken files would have set.
#[test]
fn unreadable_files_are_reported_together() {
    let files = Files::new(&["data_dir = '${UNSET}'", "a = 1\nsecret = hunter2\n", ""]);
    std::fs::remove_file(files.path().join("three.toml")).unwrap();
    assert_eq!(
        files.load().unwrap_err(),
        "three.toml: the file cannot be read (entity not found); check the path and its permissions\n\
         one.toml:1: data_dir: the environment variable UNSET is not set; set it, or write ${UNSET:-default}\n\
         two.toml:2: is not valid TOML here: string values must be quoted, expected literal string"
    );
}

/// Scenario: a file in Latin-1, and one in UTF-16 as some editors write it.
/// Guarantee: each is reported with the line of the first byte that is no UTF-8.
#[test]
fn other_encodings_are_refused_with_their_place() {
    let files = Files::new(&["", ""]);
    std::fs::write(&files.paths[0], b"# one\ndata_dir = 'M\xfcnchen'\n").unwrap();
    std::fs::write(&files.paths[1], b"\xff\xfed\0").unwrap();
    assert_eq!(
        files.load().unwrap_err(),
        "one.toml:2: is not UTF-8 text here; save the file as UTF-8\n\
         two.toml:1: is not UTF-8 text here; save the file as UTF-8"
    );
}

/// Scenario: the same configuration after lines moved, and after a value changed.
/// Guarantee: components compare equal in the first case alone.
#[test]
fn components_are_equal_if_only_lines_moved() {
    let sink = "[sinks.post]\ntype = 'post'\ninputs = ['probe']\nendpoint = 'https://a.example.com'\n";
    let before = load(&[&format!("{WHOLE}{sink}")]).unwrap();
    let moved = load(&[&format!("# moved\n\n{sink}{WHOLE}")]).unwrap();
    let changed = load(&[&format!("{WHOLE}port = 1\n{}", sink.replace("//a.", "//b."))]).unwrap();
    let same = |a: &HostConfig, b: &HostConfig| (a.sources == b.sources, a.sinks == b.sinks);
    assert_eq!(same(&before, &moved), (true, true));
    assert_eq!(same(&before, &changed), (false, false));
}

/// Scenario: a secret is renewed in its file while the configuration stays as it is.
/// Guarantee: the source is another one; a sink that does not name the file is the same.
#[test]
fn a_renewed_secret_is_a_change() {
    let sink = "[sinks.post]\ntype = 'post'\ninputs = ['probe']\n";
    let files =
        Files::new(&[&format!("{}{sink}", WHOLE.replace("secret = '${SECRET}'", "secret_file = 'secret'"))]);
    let load = |secret: &str| {
        std::fs::write(files.path().join("secret"), secret).unwrap();
        files.load().unwrap()
    };
    let (before, same, renewed) = (load("hunter2"), load("hunter2"), load("hunter2 renewed"));
    assert_eq!((before.sources == same.sources, before.sources == renewed.sources), (true, false));
    assert_eq!(before.sinks, renewed.sinks);
}
