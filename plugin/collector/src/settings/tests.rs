//! Tests of the tree, of reading it, and of what messages say.

use std::cell::RefCell;
use std::path::Path;

use super::{Key, Problem, Problems, Reader, Setting, Table, from_toml, nearest};

mod endpoints;
mod files;
mod scalars;
mod toml_text;

/// The tree of this text, as if from the file `c.toml`.
fn tree(text: &str) -> Table {
    from_toml(text, Path::new("c.toml")).unwrap()
}

/// What `read` answers and what was reported meanwhile, a line each. Keys are not checked.
fn reading<T>(text: &str, read: impl FnOnce(&Reader<'_>) -> T) -> (T, String) {
    let table = tree(text);
    let keys: Vec<_> = table.entries.keys().map(|name| Key { name: name.clone().leak(), doc: "" }).collect();
    let problems = RefCell::new(Problems::default());
    let answer = read(&Reader::new(&table, "", &keys, &problems));
    (answer, problems.into_inner().to_string())
}

const KEYS: &[Key] = &[Key { name: "poll_interval_secs", doc: "" }, Key { name: "start", doc: "" }];

/// Scenario: a misspelt key and a key that resembles nothing.
/// Guarantee: both are reported at their lines, with the nearest key or all of them.
#[test]
fn unknown_keys_name_what_was_meant() {
    let table = tree("start = 1\npoll_intervall_secs = 5\nwqx = 1");
    let problems = RefCell::new(Problems::default());
    Reader::new(&table, "sources.entra", KEYS, &problems);
    assert_eq!(
        problems.into_inner().to_string(),
        "c.toml:2: sources.entra.poll_intervall_secs: unknown key; did you mean poll_interval_secs?\n\
         c.toml:3: sources.entra.wqx: unknown key; known keys are poll_interval_secs, start"
    );
}

/// Scenario: tables that are missing, of the wrong kind, or have unknown keys, single and in a list.
/// Guarantee: what is readable is read, and the rest is reported with its full key.
#[test]
fn nested_tables_share_one_list_of_problems() {
    let text = "single = 1\n[[many]]\nstart = 1\n[[many]]\nstarts = 1\n[other]\nstart = 1\n";
    let (lengths, problems) = reading(text, |reader| {
        assert!(reader.table("single", KEYS).is_none() && reader.table("absent", KEYS).is_none());
        (
            reader.tables("many", KEYS).len(),
            reader.tables("other", KEYS).len(),
            reader.tables("absent", KEYS).len(),
        )
    });
    assert_eq!(lengths, (2, 0, 0));
    assert_eq!(
        problems,
        "c.toml:1: single: is an integer; write a table\n\
         c.toml:5: many[1].starts: unknown key; did you mean start?\n\
         c.toml:6: other: is a table; begin each one with a line [[...other]]"
    );
}

/// Scenario: a list that mixes tables with something else.
/// Guarantee: the element is named and the tables are read.
#[test]
fn a_list_of_tables_names_the_element_that_is_none() {
    let (count, problems) = reading("many = [{start = 1}, 7]", |reader| reader.tables("many", KEYS).len());
    assert_eq!(
        (count, problems.as_str()),
        (1, "c.toml:1: many[1]: is an integer; begin each one with a line [[...many]]")
    );
}

/// Scenario: a component reports problems of its own table and its host knows where that stands.
/// Guarantee: keys become full, and problems come in the order of files and lines, those without a place first.
#[test]
fn problems_move_below_their_component_and_into_order() {
    let mut problems = Problems::default();
    for (file, text) in [("b.toml", "\nstart = 1"), ("a.toml", "\n\nstart = 1"), ("a.toml", "start = 1")] {
        let table = from_toml(text, Path::new(file)).unwrap();
        let found = RefCell::new(Problems::default());
        let reader = Reader::new(&table, "", KEYS, &found);
        assert_eq!(reader.boolean("start"), None);
        problems.extend(found.into_inner());
    }
    let table = Table::default();
    let found = RefCell::new(Problems::default());
    Reader::new(&table, "", KEYS, &found).required("start");
    problems.extend(found.into_inner());
    let mut problems = problems.under("sources.entra");
    problems.sort();
    assert_eq!(
        problems.to_string(),
        "sources.entra.start: is missing; add start = ...\n\
         a.toml:1: sources.entra.start: is an integer; write true or false\n\
         a.toml:3: sources.entra.start: is an integer; write true or false\n\
         b.toml:2: sources.entra.start: is an integer; write true or false"
    );
}

/// Scenario: an unknown key is written in quotes, with line ends and a terminal's escape in it.
/// Guarantee: the problem stays one line, and nothing in it acts on a terminal.
#[test]
fn a_key_cannot_forge_a_line() {
    let problem = Problem {
        at: None,
        key: "sources.a\nb.toml:1: fine\u{1b}[2J.start".to_owned(),
        what: "is unknown".to_owned(),
        fix: None,
    };
    assert_eq!(problem.to_string(), r"sources.a\nb.toml:1: fine\u{1b}[2J.start: is unknown");
}

/// Scenario: a value and no problem, a value and a problem, neither.
/// Guarantee: only the first is a success.
#[test]
fn a_value_with_a_problem_is_an_error() {
    let (_, found) = (0, Problems::default().or(Some(1)));
    assert_eq!(found, Ok(1));
    assert!(Problems::default().or(None::<u8>).is_err());
    let mut one = Problems::default();
    one.push(Problem { at: None, key: "k".to_owned(), what: "is wrong".to_owned(), fix: None });
    assert_eq!(one.clone().or(Some(1)), Err(one));
}

/// Scenario: words near to one of a list, and far from all.
/// Guarantee: only a near one is suggested.
#[test]
fn only_a_near_word_is_suggested() {
    let words = ["interactiveUser", "servicePrincipal"];
    assert_eq!(nearest("interactivUser", &words), Some("interactiveUser"));
    assert_eq!(nearest("zzz", &words), None);
    assert_eq!(nearest("zzz", &[]), None);
}

/// Scenario: a tree with a secret at every depth is printed for debugging.
/// Guarantee: keys and kinds show, values do not.
#[test]
fn debug_shows_kinds_and_no_values() {
    let table = tree("secret = 'hidden-1'\nlist = ['hidden-2', 31337]\n[nested]\nsecret = 'hidden-3'");
    let shown = format!("{table:?}");
    assert!(
        shown.contains("secret") && shown.contains("a string") && shown.contains("an integer"),
        "{shown}"
    );
    assert!(!shown.contains("hidden") && !shown.contains("31337"), "{shown}");
}

/// Scenario: the same settings on other lines and in another order; then one value differs.
/// Guarantee: moved lines are equal, so that nothing restarts for them; a changed value is not.
#[test]
fn equality_is_of_settings_not_of_places() {
    let one = tree("a = 1\n[t]\nb = ['x']");
    assert_eq!(one, tree("# moved\n\nt.b = [\n 'x',\n]\na = 1"));
    assert_ne!(one, tree("a = 1\n[t]\nb = ['y']"));
    assert_eq!(one.str("a"), None);
    assert!(matches!(one.get("t").unwrap().setting, Setting::Table(ref t) if t.get("b").is_some()));
}
