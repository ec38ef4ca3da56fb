//! A [`Table`] from TOML text.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::{Location, Problem, Problems, Setting, Spanned, Table};

/// Reads TOML. Messages name file and line; they hold nothing of the text, since it may be a secret.
pub fn from_toml(text: &str, file: &Path) -> Result<Table, Problems> {
    let mut reading = Reading { file: file.into(), lines: line_starts(text), problems: Problems::default() };
    match DeTable::parse(text) {
        Ok(document) => {
            let mut table = reading.table("", document.get_ref());
            table.at = Some(reading.location(&(0..0)));
            reading.problems.or(Some(table))
        }
        Err(error) => {
            reading.problems.push(Problem {
                at: Some(reading.location(&error.span().unwrap_or_default())),
                key: String::new(),
                what: format!("is not valid TOML here: {}", error.message()),
                fix: None,
            });
            Err(reading.problems)
        }
    }
}

struct Reading {
    file: Arc<Path>,
    /// The offset at which each line begins.
    lines: Vec<usize>,
    problems: Problems,
}

impl Reading {
    fn location(&self, span: &Range<usize>) -> Location {
        Location {
            file: Arc::clone(&self.file),
            line: self.lines.partition_point(|start| *start <= span.start),
        }
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Table {
        let mut entries = std::collections::BTreeMap::new();
        for (key, value) in table {
            let name = key.get_ref();
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            entries.insert(name.to_string(), self.value(&path, value));
        }
        Table { entries, at: None }
    }

    fn value(&mut self, path: &str, value: &toml::Spanned<DeValue<'_>>) -> Spanned {
        let at = Some(self.location(&value.span()));
        let setting = match value.get_ref() {
            DeValue::String(text) => Setting::String(text.to_string()),
            DeValue::Boolean(truth) => Setting::Boolean(*truth),
            // Readers take times as text, with or without quotes.
            DeValue::Datetime(time) => Setting::String(time.to_string()),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
                Setting::Integer(parsed.unwrap_or_else(|| self.too_large(path, at.clone())))
            }
            DeValue::Float(number) => Setting::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Array(elements) => {
                let elements = elements.iter().enumerate();
                Setting::Array(
                    elements
                        .map(|(index, element)| self.value(&format!("{path}[{index}]"), element))
                        .collect(),
                )
            }
            DeValue::Table(table) => Setting::Table(Table { at: at.clone(), ..self.table(path, table) }),
        };
        Spanned { setting, at }
    }

    fn too_large(&mut self, path: &str, at: Option<Location>) -> i64 {
        let fix = Some("write a smaller one".to_owned());
        self.problems.push(Problem {
            at,
            key: path.to_owned(),
            what: "is too large a number".to_owned(),
            fix,
        });
        0
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(offset, _)| offset + 1)).collect()
}
