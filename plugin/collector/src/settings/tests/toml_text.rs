//! Tests of reading TOML.

use std::path::Path;

use super::super::{Setting, Table, from_toml};
use super::{reading, tree};

fn line(table: &Table, key: &str) -> usize {
    table.get(key).unwrap().at.as_ref().unwrap().line
}

fn inner<'t>(table: &'t Table, key: &str) -> &'t Table {
    let Setting::Table(inner) = &table.get(key).unwrap().setting else { panic!("{key} is no table") };
    inner
}

/// Scenario: values, dotted keys, inline tables, headings, lists over several lines.
/// Guarantee: every value and table knows the line on which it begins.
#[test]
fn values_know_their_lines() {
    let table = tree(concat!(
        "\u{feff}a = 1\n",
        "t.x = 'one'\n",
        "list = [\n",
        "  'two',\n",
        "  'three',\n",
        "]\r\n",
        "inline = { y = 1 }\n",
        "[head.er]\n",
        "z = '''\nfour'''\n",
        "[[many]]\n",
        "[[many]]\n",
    ));
    assert_eq!([line(&table, "a"), line(&table, "list"), line(&table, "inline")], [1, 3, 7]);
    assert_eq!(line(inner(&table, "t"), "x"), 2);
    assert_eq!(line(inner(&table, "inline"), "y"), 7);
    let header = inner(inner(&table, "head"), "er");
    assert_eq!((header.at.as_ref().unwrap().line, line(header, "z")), (8, 9));
    let lines = |key| {
        let Setting::Array(elements) = &table.get(key).unwrap().setting else { panic!("{key} is no array") };
        elements.iter().map(|element| element.at.as_ref().unwrap().line).collect::<Vec<_>>()
    };
    assert_eq!((lines("list"), lines("many")), (vec![4, 5], vec![11, 12]));
}

/// Scenario: syntax errors of several kinds, on a line with a secret.
/// Guarantee: file and line are named; nothing of the line is.
#[test]
fn syntax_errors_name_the_line_and_nothing_of_it() {
    for broken in [
        "client_secret = hunter2",
        "client_secret = 'hunter2",
        "client_secret = \"hunter2\\q\"",
        "client_secret 'hunter2'",
        "client_secret = 'hunter2' 'hunter2'",
        "x = 'hunter2'\nx = 'hunter2'",
        "[hunter2",
        "client_secret = \"\"\"hunter2",
    ] {
        let text = format!("# comment\n{broken}\n# more\n");
        let error = from_toml(&text, Path::new("dir/c.toml")).unwrap_err();
        let shown = error.to_string();
        let line = shown.strip_prefix("dir/c.toml:").and_then(|rest| rest.split_once(": ")).unwrap();
        assert!(["2", "3"].contains(&line.0) || broken.contains("\"\"\""), "{shown}");
        assert!(line.1.starts_with("is not valid TOML here: "), "{shown}");
        assert!(!format!("{shown}{error:?}").contains("hunter2"), "{shown}");
    }
}

/// Scenario: a time without quotes, and numbers in every notation.
/// Guarantee: the time is text like one with quotes; numbers have their value.
#[test]
fn times_are_text_and_numbers_are_numbers() {
    let table = tree("t = 2026-01-31T00:00:00Z\nh = 0xff\nm = -1_000\nf = 1e3\np = +5");
    assert_eq!(table.str("t"), Some("2026-01-31T00:00:00Z"));
    assert_eq!(table.get("h").unwrap().setting, Setting::Integer(255));
    assert_eq!(table.get("m").unwrap().setting, Setting::Integer(-1_000));
    assert_eq!(table.get("f").unwrap().setting, Setting::Float(1e3));
    assert_eq!(table.get("p").unwrap().setting, Setting::Integer(5));
}

/// Scenario: two numbers past 64 bits, one of them in a list in a table.
/// Guarantee: both are reported with their keys; neither is cut silently.
#[test]
fn numbers_past_64_bits_are_problems() {
    let error = from_toml("a = 9223372036854775808\n[t]\nb = [1, 99999999999999999999]", Path::new("c.toml"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "c.toml:1: a: is too large a number; write a smaller one\n\
         c.toml:3: t.b[1]: is too large a number; write a smaller one"
    );
}

/// Scenario: numbers that are no numbers.
/// Guarantee: no range holds them.
#[test]
fn infinity_and_nan_are_out_of_every_range() {
    let (read, problems) =
        reading("a = inf\nb = nan", |reader| (reader.number("a", 0.0..=1.0), reader.number("b", 0.0..=1.0)));
    assert_eq!(read, (None, None));
    assert_eq!(
        problems,
        "c.toml:1: a: is out of range; write a number from 0 to 1\n\
         c.toml:2: b: is out of range; write a number from 0 to 1"
    );
}
