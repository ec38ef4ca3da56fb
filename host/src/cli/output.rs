//! Writing for people and programs: answers on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;

use super::exit::{CommandError, Exit};
use crate::printable;

/// Writes an answer for people.
pub(crate) fn print(text: &str) -> Result<(), CommandError> {
    write(&printable::lines(text))
}

/// Writes JSON as it is.
pub(crate) fn print_json_text(text: &str) -> Result<(), CommandError> {
    write(&format!("{}\n", printable::json(text.trim_end())))
}

/// Writes an answer as indented JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| CommandError::new(Exit::Internal, error.to_string()))?;
    print_json_text(&text)
}

fn write(text: &str) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| CommandError::output(&error))
}

/// Says something on standard error. When nobody can read it, nobody can be told.
pub(crate) fn say(text: impl Display) {
    let text = text.to_string();
    let _nobody_to_tell = writeln!(io::stderr().lock(), "{}", printable::lines(&text));
}

/// A number of things: `1 sink`, `2 sinks`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Lines of columns, each as wide as its widest cell; the last one is not padded.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let clean = |row: &Vec<String>| row.iter().map(|cell| printable::line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(clean).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
