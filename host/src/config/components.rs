//! Reading sources and sinks: ids, types, who feeds whom. What else their tables hold is for them to read.

use std::cell::RefCell;
use std::sync::Arc;

use collector::config::{ComponentKey, SourceDescription};
use collector::settings::{Problem, Problems, Reader, Table};

use super::{Components, Contents, SinkSection, SourceSection};
use crate::sinks::{Inputs, SinkDescription};

/// What the program has in `data_dir` itself, beside a directory for each source.
const TAKEN: [&str; 5] = ["connectors.d", "journal", "lock", "secrets", "sinks"];

/// Sources and sinks that were read, and notes about them.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) sources: Vec<SourceSection>,
    pub(super) sinks: Vec<SinkSection>,
    pub(super) notes: Vec<Problem>,
}

/// One table below `sources` or `sinks`.
struct Section<'a> {
    id: &'a str,
    group: Reader<'a>,
    reader: Reader<'a>,
    table: &'a Table,
}

impl Section<'_> {
    /// Its full key, such as `sources.entra`.
    fn key(&self) -> String {
        self.group.key(self.id)
    }
}

/// Reads both groups.
pub(super) fn read(top: &Reader<'_>, known: Components<'_>, problems: &RefCell<Problems>) -> Read {
    let what = if top.has("sources") { "is empty" } else { "is missing" };
    if !top.has("sources") || top.raw_table("sources").is_some_and(|sources| sources.entries.is_empty()) {
        let example = known.sources.first().map_or("...", |description| description.name);
        let fix = format!("nothing is collected; add a table [sources.ID] with type = \"{example}\"");
        top.problem("sources", what, Some(fix));
    }
    let sources = sections(top, "sources");
    for section in sources.iter().filter(|section| TAKEN.contains(&section.id)) {
        let fix = "give it another id: its state would lie where the program keeps its own";
        section.group.problem(section.id, "is an id that the program needs itself", Some(fix.to_owned()));
    }
    let sinks = sections(top, "sinks");
    let mut read = Read::default();
    for section in &sources {
        match source(section, known.sources) {
            Ok(source) => read.sources.extend(source),
            Err(found) => problems.borrow_mut().extend(found.under(&section.key())),
        }
    }
    let source_ids: Vec<_> = sources.iter().map(|section| section.id).collect();
    for section in &sinks {
        if source_ids.contains(&section.id) {
            let fix = "give it another id: status and metrics name components by it";
            section.group.problem(section.id, "is also the id of a source", Some(fix.to_owned()));
        }
        match sink(section, known.sinks, &source_ids, &read.sources) {
            Ok(sink) => read.sinks.extend(sink),
            Err(found) => problems.borrow_mut().extend(found.under(&section.key())),
        }
    }
    read.notes = unread(&sources, &read.sinks);
    read
}

fn sections<'a>(top: &Reader<'a>, group: &str) -> Vec<Section<'a>> {
    let (Some(group), Some(table)) = (top.open_table(group), top.raw_table(group)) else { return Vec::new() };
    let mut sections = Vec::with_capacity(table.entries.len());
    for id in table.entries.keys() {
        if !is_component_id(id) {
            let fix = "use lower-case letters, digits, - and _ alone";
            group.problem(id, "is not the id of a component", Some(fix.to_owned()));
        }
        if let (Some(reader), Some(table)) = (group.open_table(id), group.raw_table(id)) {
            sections.push(Section { id, group: group.clone(), reader, table });
        }
    }
    sections
}

/// Ids name directories, metrics and commands, so they are kept plain.
fn is_component_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    !id.is_empty() && id.bytes().all(plain)
}

/// The source; nothing if its type is wrong, which is reported at once.
fn source(section: &Section<'_>, known: &[SourceDescription]) -> Result<Option<SourceSection>, Problems> {
    let choices: Vec<_> = known.iter().map(|description| (description.name, *description)).collect();
    if !section.reader.required("type") {
        return Ok(None);
    }
    let Some(description) = section.reader.one_of("type", &choices) else { return Ok(None) };
    // Files that change between the two are seen as changed by the next who looks.
    let contents = Contents::of(section.table);
    let config = (description.configure)(section.table)?;
    Ok(Some(SourceSection {
        key: section.id.into(),
        kind: description.name,
        table: section.table.clone(),
        contents,
        config: Arc::from(config),
    }))
}

/// The sink; nothing if its type or its inputs are wrong, which is reported at once.
fn sink(
    section: &Section<'_>,
    known: &[SinkDescription],
    source_ids: &[&str],
    sources: &[SourceSection],
) -> Result<Option<SinkSection>, Problems> {
    let choices: Vec<_> = known.iter().map(|description| (description.name, *description)).collect();
    let is_named = section.reader.required("type");
    let description = if is_named { section.reader.one_of("type", &choices) } else { None };
    let named = inputs(section, source_ids);
    // Which keys the table may have is known by its type alone.
    let Some(description) = description else { return Ok(None) };
    let inputs = schemas(named.as_deref().unwrap_or_default(), sources);
    let contents = Contents::of(section.table);
    let config = (description.configure)(section.table, &inputs)?;
    Ok(named.map(|_| SinkSection {
        key: section.id.into(),
        description,
        inputs,
        table: section.table.clone(),
        contents,
        config: Arc::from(config),
    }))
}

/// The ids of a sink's sources: at least one, each known and there once. Without any source that alone is wrong.
fn inputs(sink: &Section<'_>, source_ids: &[&str]) -> Option<Vec<ComponentKey>> {
    if !sink.reader.required("inputs") || source_ids.is_empty() {
        return None;
    }
    let choices: Vec<_> = source_ids.iter().map(|id| (*id, *id)).collect();
    let ids = sink.reader.some_of("inputs", &choices)?;
    Some(ids.into_iter().map(ComponentKey::from).collect())
}

/// The schemas of a sink's inputs; none if one of them could not be read.
fn schemas(inputs: &[ComponentKey], sources: &[SourceSection]) -> Inputs {
    let of = |input: &ComponentKey| {
        let source = sources.iter().find(|source| source.key == *input)?;
        Some((input.clone(), source.config.schemas()))
    };
    inputs.iter().map(of).collect::<Option<_>>().unwrap_or_default()
}

/// Sources whose events stay in the journal.
fn unread(sources: &[Section<'_>], sinks: &[SinkSection]) -> Vec<Problem> {
    let is_read = |id: &str| sinks.iter().any(|sink| sink.inputs.keys().any(|input| input.id() == id));
    let note = |section: &Section<'_>| Problem {
        at: section.table.at.clone(),
        key: section.key(),
        what: "no sink reads it: its events stay in the journal, and go when their time is over".to_owned(),
        fix: Some(format!("name it in a sink's inputs to send them on: inputs = [\"{}\"]", section.id)),
    };
    sources.iter().filter(|section| !is_read(section.id)).map(note).collect()
}
