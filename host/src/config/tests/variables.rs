//! Tests of variables.

use std::path::Path;

use collector::settings::{Problems, from_toml};

use super::super::variables::replace_all;
use super::{Files, WHOLE, environment, load};

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
        load(&["# ${UNSET}\n[api]\nallowed_hosts = ['${SET}', '${UNSET}']\n'${SET}' = 1\n", WHOLE])
            .unwrap_err(),
        "one.toml:3: api.allowed_hosts[1]: the environment variable UNSET is not set; set it, or write ${UNSET:-default}\n\
         one.toml:4: api.${SET}: unknown key; known keys are enabled, address, allowed_hosts, password_hash, token_file, public_url, tls"
    );
}

/// Scenario: unset variables in a type, a port, an input, an endpoint, a secret's file and a list, among other mistakes.
/// Guarantee: every mistake is reported at once; each unset variable is reported as such, and as nothing else.
#[test]
fn unset_variables_hide_no_other_mistake() {
    let text = "data_dir = '${A}'
[api]
address = '${B}'
allowed_hosts = ['${C}', 'no host']
[sources.untyped]
type = '${D}'
[sources.probe]
type = 'probe'
secret_file = '${E}'
port = 0
[sinks.post]
type = 'post'
inputs = ['${F}', 'prob']
endpoint = '${G}'
[sinks.other]
type = 'post'
inputs = ['probe']
endpoint = '${H}'
url = 1
";
    let unset = |line: usize, key: &str, name: &str| {
        format!(
            "one.toml:{line}: {key}: the environment variable {name} is not set; set it, or write ${{{name}:-default}}"
        )
    };
    let all = [
        unset(1, "data_dir", "A"),
        unset(3, "api.address", "B"),
        unset(4, "api.allowed_hosts[0]", "C"),
        "one.toml:4: api.allowed_hosts[1]: is malformed; write a host name or address without a port".to_owned(),
        unset(6, "sources.untyped.type", "D"),
        unset(9, "sources.probe.secret_file", "E"),
        "one.toml:10: sources.probe.port: is out of range; write a number from 1 to 65535".to_owned(),
        unset(13, "sinks.post.inputs[0]", "F"),
        "one.toml:13: sinks.post.inputs[1]: is no known word; did you mean \"probe\"? Known are \"probe\", \"untyped\"".to_owned(),
        unset(14, "sinks.post.endpoint", "G"),
        unset(18, "sinks.other.endpoint", "H"),
        "one.toml:19: sinks.other.url: unknown key; known keys are type, inputs, endpoint, seen".to_owned(),
    ];
    assert_eq!(load(&[text]).unwrap_err(), all.join("\n"));
}
