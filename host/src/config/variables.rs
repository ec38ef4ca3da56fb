//! `${VAR}` and `${VAR:-default}` inside string values.
//!
//! They are replaced after parsing, so that a variable's content is text whatever it holds: it cannot open a table,
//! end a string or begin a comment. What was put in is not looked at again.

use collector::settings::{Problem, Problems, Setting, Spanned, Table};

use super::Environment;

/// Replaces variables in every string of the table. A value whose variables cannot be replaced stays as it is: two of
/// the same text, such as a name and what refers to it, still fit together.
pub(super) fn replace_all(table: &mut Table, environment: Environment<'_>, problems: &mut Problems) {
    in_table(table, "", environment, problems);
}

/// The same, as far as it can be done: for who only asks for an address.
pub(crate) fn replace_known(table: &mut Table, environment: Environment<'_>) {
    replace_all(table, environment, &mut Problems::default());
}

/// The full key of an entry.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn in_table(table: &mut Table, path: &str, environment: Environment<'_>, problems: &mut Problems) {
    for (name, value) in &mut table.entries {
        in_value(value, &join(path, name), environment, problems);
    }
}

fn in_value(value: &mut Spanned, path: &str, environment: Environment<'_>, problems: &mut Problems) {
    match &mut value.setting {
        Setting::String(text) if text.contains('$') => match replace(text, environment) {
            Ok(replaced) => *text = replaced,
            Err(mistake) => {
                let (what, fix) = mistake.words();
                problems.push(Problem { at: value.at.clone(), key: path.to_owned(), what, fix: Some(fix) });
            }
        },
        Setting::Array(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                in_value(element, &format!("{path}[{index}]"), environment, problems);
            }
        }
        Setting::Table(table) => in_table(table, path, environment, problems),
        Setting::String(_) | Setting::Integer(_) | Setting::Float(_) | Setting::Boolean(_) => {}
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Mistake {
    /// The variable of this name has no value.
    Unset(String),
    Open,
    /// What stands between the braces is no name; it may be part of a secret, so it is not kept.
    NoName,
}

impl Mistake {
    /// What is wrong and what to write instead.
    fn words(self) -> (String, String) {
        match self {
            Self::Unset(name) => {
                let fix = format!("set it, or write ${{{name}:-default}}");
                (format!("the environment variable {name} is not set"), fix)
            }
            Self::Open => (
                "has a ${ that is not closed".to_owned(),
                "close it, or write $$ for a dollar sign".to_owned(),
            ),
            Self::NoName => {
                let fix = "write letters, digits and _, or $$ for a dollar sign".to_owned();
                ("has a ${} without the name of a variable".to_owned(), fix)
            }
        }
    }
}

fn replace(text: &str, environment: Environment<'_>) -> Result<String, Mistake> {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        replaced.push_str(before);
        if let Some(expression) = after.strip_prefix('{') {
            let (expression, behind) = expression.split_once('}').ok_or(Mistake::Open)?;
            replaced.push_str(&value(expression, environment)?);
            rest = behind;
        } else {
            replaced.push('$');
            rest = after.strip_prefix('$').unwrap_or(after);
        }
    }
    replaced.push_str(rest);
    Ok(replaced)
}

/// The value of `NAME` or `NAME:-default`; the default holds for an empty variable too, as in a shell.
fn value(expression: &str, environment: Environment<'_>) -> Result<String, Mistake> {
    let (name, default) =
        expression.split_once(":-").map_or((expression, None), |(name, default)| (name, Some(default)));
    let named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !named || name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Mistake::NoName);
    }
    match (environment(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Mistake::Unset(name.to_owned())),
    }
}
