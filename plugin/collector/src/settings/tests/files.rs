//! Tests of paths and secrets.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::super::{Problems, Reader, from_toml};
use super::{Key, reading};

const KEYS: &[Key] = &[Key { name: "key", doc: "" }, Key { name: "key_file", doc: "" }];

/// The secret `key` of a configuration file in this directory, shown plainly, and the problems without the directory.
fn secret(directory: &Path, text: &str) -> (Option<String>, String) {
    let table = from_toml(text, &directory.join("c.toml")).unwrap();
    let problems = RefCell::new(Problems::default());
    let secret = Reader::new(&table, "", KEYS, &problems).required_secret("key");
    let shown = problems.into_inner().to_string().replace(&format!("{}/", directory.display()), "");
    (secret.map(|secret| secret.inner().to_owned()), shown)
}

/// Scenario: a secret inline, in a file beside the configuration file, in both, in neither, in a file that is empty
/// or not there.
/// Guarantee: one way gives the secret, the file's without its line end; anything else says what to do.
#[test]
fn a_secret_comes_from_its_key_or_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::write(directory.join("full"), "hunter2 \r\n").unwrap();
    std::fs::write(directory.join("empty"), "\n").unwrap();
    let ok = |secret: &str| (Some(secret.to_owned()), String::new());
    let problem = |problem: &str| (None, problem.to_owned());
    assert_eq!(secret(directory, "key = 'hunter2'"), ok("hunter2"));
    assert_eq!(secret(directory, "key_file = 'full'"), ok("hunter2 "));
    assert_eq!(
        secret(directory, "key = 'hunter2'\nkey_file = 'full'"),
        problem("c.toml:2: key_file: stands beside key; keep one of the two")
    );
    assert_eq!(
        secret(directory, ""),
        problem("c.toml:1: key: is missing; add key = \"${VARIABLE}\" or key_file = ...")
    );
    assert_eq!(secret(directory, "key = ''"), problem("c.toml:1: key: is empty; write a value"));
    assert_eq!(
        secret(directory, "key_file = 'empty'"),
        problem("c.toml:1: key_file: the file is empty; put the secret into it")
    );
    assert_eq!(
        secret(directory, "key_file = 'absent'"),
        problem(
            "c.toml:1: key_file: the file cannot be read (entity not found); check the path and its permissions"
        )
    );
    assert_eq!(secret(directory, "key_file = ''"), problem("c.toml:1: key_file: is empty; write a path"));
}

/// Scenario: a relative and an absolute path in `conf/c.toml`.
/// Guarantee: the relative one starts from `conf`, wherever the program was started.
#[test]
fn relative_paths_start_from_the_configuration_file() {
    let table = from_toml("key = 'data'\nkey_file = '/var/data'", Path::new("conf/c.toml")).unwrap();
    let problems = RefCell::new(Problems::default());
    let reader = Reader::new(&table, "", KEYS, &problems);
    assert_eq!(reader.path("key"), Some(PathBuf::from("conf/data")));
    assert_eq!(reader.path("key_file"), Some(PathBuf::from("/var/data")));
    assert_eq!(problems.into_inner(), Problems::default());
}

/// Scenario: a secret of the wrong kind.
/// Guarantee: one message, of its kind.
#[test]
fn a_secret_is_text() {
    let (secret, problems) = reading("key = 31337", |reader| reader.required_secret("key"));
    assert_eq!((secret, problems.as_str()), (None, "c.toml:1: key: is an integer; write a string"));
}
