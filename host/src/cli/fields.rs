//! `fields`: the table of event fields.

use std::process::ExitCode;

use clap::Args;
use entra_signins::cato::{Field, fields};
use serde::Serialize;

use super::exit::CommandError;
use super::output::{print, print_json, table};

#[derive(Args, Debug)]
pub(crate) struct FieldsArgs {
    /// Print a JSON list, with more in it.
    #[arg(long)]
    json: bool,
}

/// A field as a program reads it.
#[derive(Serialize)]
struct FieldRow {
    name: &'static str,
    r#type: String,
    /// Whether events can have it; Graph has nothing for the others.
    emitted: bool,
    source: &'static str,
    rule: &'static str,
    confidence: String,
    meaning: &'static str,
}

impl From<&Field> for FieldRow {
    fn from(field: &Field) -> Self {
        Self {
            name: field.name,
            r#type: field.kind.to_string(),
            emitted: field.is_emitted(),
            source: field.source,
            rule: field.rule,
            confidence: field.confidence.to_string(),
            meaning: field.meaning,
        }
    }
}

impl FieldsArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let rows: Vec<FieldRow> = fields().iter().map(|field| FieldRow::from(*field)).collect();
        if self.json {
            print_json(&rows)?;
        } else {
            print(&table(&lines(&rows)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn lines(rows: &[FieldRow]) -> Vec<Vec<String>> {
    let heading = ["FIELD", "TYPE", "CONFIDENCE", "FROM", "MEANING"].map(str::to_owned).to_vec();
    let line = |row: &FieldRow| {
        let from = if row.source.is_empty() { "-" } else { row.source };
        let meaning = match (row.emitted, row.rule) {
            (false, _) => format!("{} (never present)", row.meaning),
            (true, "") => row.meaning.to_owned(),
            (true, rule) => format!("{} [{rule}]", row.meaning),
        };
        vec![row.name.to_owned(), row.r#type.clone(), row.confidence.clone(), from.to_owned(), meaning]
    };
    std::iter::once(heading).chain(rows.iter().map(line)).collect()
}
