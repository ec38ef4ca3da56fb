//! `map`: records of files or standard input become events, one JSON object a line.

use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use clap::builder::PossibleValuesParser;
use collector::schema::EventSchema;
use entra_signins::cato::map::{MapInputError, RecordSlice, records};
use entra_signins::cato::{ConnectorFacts, event};
use entra_signins::config::TenantId;
use entra_signins::schema::schemas;

use super::exit::{CommandError, Exit};
use super::output::say;
use crate::printable;

/// What standard input is called.
const STANDARD_INPUT: &str = "-";

#[derive(Args, Debug)]
pub(crate) struct MapArgs {
    /// Which fields an event has; raw is Microsoft's record as it is.
    #[arg(long, default_value = "cato", value_parser = PossibleValuesParser::new(schemas().names()))]
    schema: String,
    /// The tenant whose sign-ins these are; without it events have no tenant_id and no event_id.
    #[arg(long, value_name = "GUID", value_parser = tenant_id)]
    tenant_id: Option<TenantId>,
    /// The tenant's name in events.
    #[arg(long, value_name = "NAME")]
    tenant_name: Option<String>,
    /// Pages of Microsoft Graph, lists, single records, one record a line, or batches of an Event Hub. None, or -, is
    /// standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn tenant_id(text: &str) -> Result<TenantId, &'static str> {
    text.parse().map_err(|_malformed| "write a GUID, such as 72f988bf-86f1-41af-91ab-2d7cd011db47")
}

impl MapArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let facts = ConnectorFacts {
            tenant_id: self.tenant_id,
            tenant_name: self.tenant_name,
            ..ConnectorFacts::default()
        };
        let mut mapping = Mapping {
            facts,
            schema: schemas().find(&self.schema).cloned(),
            out: BufWriter::new(io::stdout().lock()),
            failed: false,
        };
        let standard_input = [PathBuf::from(STANDARD_INPUT)];
        for file in if self.files.is_empty() { standard_input.as_slice() } else { &self.files } {
            let name = if file.as_os_str() == STANDARD_INPUT {
                "standard input".to_owned()
            } else {
                printable::line(&file.display().to_string()).into_owned()
            };
            let input = read(file).map_err(|error| {
                CommandError::new(Exit::NoInput, format!("{name}: cannot be read: {error}"))
            })?;
            mapping.input(&name, &input)?;
        }
        mapping.out.flush().map_err(|error| CommandError::output(&error))?;
        Ok(if mapping.failed { Exit::Data.into() } else { ExitCode::SUCCESS })
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file.as_os_str() == STANDARD_INPUT {
        let mut input = Vec::new();
        return io::stdin().lock().read_to_end(&mut input).map(|_| input);
    }
    std::fs::read(file)
}

struct Mapping<W> {
    facts: ConnectorFacts,
    /// `None`: the event as it is.
    schema: Option<Arc<dyn EventSchema>>,
    out: W,
    failed: bool,
}

impl<W: Write> Mapping<W> {
    /// All records of an input. One that cannot be mapped is reported, and the others come all the same.
    fn input(&mut self, name: &str, input: &[u8]) -> Result<(), CommandError> {
        let input = String::from_utf8_lossy(input);
        for record in records(&input) {
            match record.and_then(|record| self.line(&record)) {
                Ok(line) => {
                    writeln!(self.out, "{}", printable::json(&line))
                        .map_err(|error| CommandError::output(&error))?;
                }
                Err(error) => {
                    self.failed = true;
                    say(format_args!("{name}: {error}"));
                }
            }
        }
        Ok(())
    }

    fn line(&self, record: &RecordSlice<'_>) -> Result<String, MapInputError> {
        let sign_in = record.sign_in()?;
        let event = event(&sign_in, &self.facts, Some(Bytes::copy_from_slice(record.json.as_bytes())));
        let other = self.schema.as_ref().and_then(|schema| schema.encode(&event));
        let line = match &other {
            Some(fields) => serde_json::to_string(fields),
            None => serde_json::to_string(&event),
        };
        // Values of events are text, finite numbers and lists of them: all of them have a form in JSON.
        Ok(line.unwrap_or_default())
    }
}
