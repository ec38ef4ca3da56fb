//! `generate`: a commented configuration made of the components' own examples.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::exit::{CommandError, Exit};
use super::output::print;
use super::registry::SOURCES;
use crate::sinks;

const HEAD: &str = r#"# Where the journal and the state live; made with mode 0700.
data_dir = "data"

# Console, health, metrics and events feed.
[api]
enabled = true
address = "127.0.0.1:8686"

# The durable log between sources and sinks.
# [journal]
# max_bytes = 10737418240
# retention_secs = 604800
"#;

#[derive(Args, Debug)]
pub(crate) struct GenerateArgs {
    /// Types of sources and sinks, such as `file`; default: every source, into the console.
    #[arg(value_name = "TYPE")]
    types: Vec<String>,
}

impl GenerateArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        print(&configuration(&self.types)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A configuration of these types; without a source all of them, without a sink the console.
pub(super) fn configuration(types: &[String]) -> Result<String, CommandError> {
    let known =
        || SOURCES.iter().map(|source| source.name).chain(sinks::DESCRIPTIONS.iter().map(|sink| sink.name));
    if let Some(unknown) = types.iter().find(|name| !known().any(|known| known == name.as_str())) {
        let known = known().collect::<Vec<_>>().join(", ");
        return Err(CommandError::new(
            Exit::Usage,
            format!("{unknown} is no kind of component; known are {known}"),
        ));
    }
    let named = |name: &str| types.iter().any(|wanted| wanted == name);
    let any_source = SOURCES.iter().any(|source| named(source.name));
    let any_sink = sinks::DESCRIPTIONS.iter().any(|sink| named(sink.name));
    let mut text = HEAD.to_owned();
    let mut inputs = Vec::new();
    for source in SOURCES.iter().filter(|source| !any_source || named(source.name)) {
        let id = source_id(source.name);
        inputs.push(format!("\"{id}\""));
        section(&mut text, source.description, &source.example.replace("{id}", id));
    }
    let inputs = inputs.join(", ");
    let is_wanted =
        |sink: &str| if any_sink { named(sink) } else { sink == sinks::console::DESCRIPTION.name };
    for sink in sinks::DESCRIPTIONS.iter().filter(|sink| is_wanted(sink.name)) {
        let example = sink.example.replace("{id}", sink.name).replace("{inputs}", &inputs);
        section(&mut text, sink.description, &example);
    }
    Ok(text)
}

fn section(text: &mut String, description: &str, example: &str) {
    // Writing to a String cannot fail.
    let _infallible = write!(text, "\n# {description}\n{example}");
}

/// A short id for a source of this type: `entra` for `entra_signins`.
fn source_id(name: &'static str) -> &'static str {
    name.split('_').next().unwrap_or(name)
}
