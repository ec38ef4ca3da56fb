//! Tests of variables.

use std::path::Path;

use collector::settings::{Problems, from_toml};

use super::super::variables::replace_all;
use super::{Files, environment, load};

/// What becomes of this string: its text or the problem.
fn replaced(text: &str) -> Result<String, String> {
    let mut table = from_toml(&format!("k = '{text}'"), Path::new("c.toml")).unwrap();
    let mut problems = Problems::default();
    replace_all(&mut table, &environment, &mut problems);
    if problems.0.is_empty() { Ok(table.str("k").unwrap().to_owned()) } else { Err(problems.to_string()) }
}

/// Scenario: variables alone, inside text, several, with defaults, next to dollar signs.
/// Guarantee: each becomes its value; the default holds for unset and empty ones; `$$` is a dollar sign.
#[test]
fn variables_become_their_values() {
    for (text, value) in [
        ("${SET}", "value"),
        ("a ${SET} b${SET}", "a value bvalue"),
        ("${EMPTY}", ""),
        ("${EMPTY:-x}", "x"),
        ("${UNSET:-x y}", "x y"),
        ("${UNSET:-}", ""),
        ("${SET:-x}", "value"),
        ("${UNSET:-a:-b}", "a:-b"),
        ("$${SET}", "${SET}"),
        ("a$$b", "a$b"),
        ("$$$${SET}", "$${SET}"),
        ("$SET $ $", "$SET $ $"),
        ("{SET}", "{SET}"),
    ] {
        assert_eq!(replaced(text).as_deref(), Ok(value), "{text}");
    }
}

/// Scenario: an unset variable, one that is not closed, and text that is no name.
/// Guarantee: a name is told; what may be part of a password is not.
#[test]
fn broken_variables_are_problems() {
    let unset = "c.toml:1: k: the environment variable UNSET is not set; set it, or write ${UNSET:-default}";
    assert_eq!(replaced("${UNSET}").unwrap_err(), unset);
    let open = "c.toml:1: k: has a ${ that is not closed; close it, or write $$ for a dollar sign";
    assert_eq!(replaced("hunter2${hunter2").unwrap_err(), open);
    let no_name = "c.toml:1: k: has a ${} without the name of a variable; write letters, digits and _, or $$ for a dollar sign";
    for text in ["${}", "${hunter2!}", "${1A}", "${ SET }", "${:-x}", "${SET-x}"] {
        assert_eq!(replaced(text).unwrap_err(), no_name, "{text}");
    }
}

/// Scenario: a variable whose content is TOML, quotes, and a variable again.
/// Guarantee: it is text and nothing else.
#[test]
fn content_stays_text() {
    let files = Files::new(&["data_dir = '${HOSTILE}'\n[sources.probe]\ntype = 'probe'\nsecret = 'x'"]);
    let hostile = "a'\n[api]\nenabled = false # ${SET} $$";
    let config = files.load_in(&|name| (name == "HOSTILE").then(|| hostile.to_owned())).unwrap();
    assert_eq!(config.data_dir, files.path().join(hostile));
    assert!(config.api.enabled);
}

/// Scenario: variables in lists and nested tables, and in keys and comments.
/// Guarantee: values are replaced wherever they stand, with the full key in problems; keys and comments are left.
#[test]
fn variables_are_replaced_in_values_alone() {
    assert_eq!(
        load(&["# ${UNSET}\n[api]\nallowed_hosts = ['${SET}', '${UNSET}']\n'${SET}' = 1\n"]).unwrap_err(),
        "one.toml:3: api.allowed_hosts[1]: the environment variable UNSET is not set; set it, or write ${UNSET:-default}"
    );
    assert!(load(&["'${SET}' = 1"]).unwrap_err().starts_with("one.toml:1: ${SET}: unknown key"));
}
