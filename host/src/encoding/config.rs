//! The `encoding` table of a sink.

use std::collections::BTreeSet;

use collector::settings::{Key, Reader};

use super::Inputs;

/// Keys of the `encoding` table.
pub const KEYS: &[Key] = &[
    Key {
        name: "schema",
        doc: "Which fields an event has: the source's own or one that it offers. Default: its own.",
    },
    Key { name: "codec", doc: "The syntax: json (one object a line). Default: json." },
];

/// The syntax of an encoded event.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Codec {
    /// One JSON object a line.
    #[default]
    Json,
}

/// The checked `encoding` table.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct EncodingConfig {
    /// The name of the schema; `None` for the source's own.
    pub schema: Option<String>,
    /// The syntax.
    pub codec: Codec,
}

impl EncodingConfig {
    /// Reads the table under `encoding`; an absent one is the default. The schema must be known to an input, as
    /// far as inputs are known.
    pub fn read(sink: &Reader<'_>, inputs: &Inputs) -> Self {
        let Some(reader) = sink.table("encoding", KEYS) else { return Self::default() };
        let schema = reader.string("schema");
        if let Some(name) = &schema {
            let known: BTreeSet<_> = inputs.values().flat_map(collector::schema::Schemas::names).collect();
            if !known.is_empty() && !known.contains(name.as_str()) {
                let names: Vec<_> = known.iter().map(|name| format!("\"{name}\"")).collect();
                let fix = format!("write one of {}", names.join(", "));
                reader.problem("schema", "is offered by no input of this sink", Some(fix));
            }
        }
        let codec = reader.one_of("codec", &[("json", Codec::Json)]).unwrap_or_default();
        Self { schema, codec }
    }

    /// Whether an event is encoded from the record that it was made from, which costs its reader a decompression.
    pub fn needs_raw(&self, inputs: &Inputs) -> bool {
        self.schema.as_deref().is_some_and(|name| inputs.values().any(|schemas| schemas.find(name).is_some()))
    }
}
