//! `generate`: a commented configuration made of the components' own examples.

use std::process::ExitCode;

use clap::Args;

use super::exit::{CommandError, Exit};
use super::output::print;
use super::registry::SOURCES;
use crate::sinks::{self, SinkDescription};

const HEAD: &str = r#"# Where the journal and the state live; made with mode 0700.
data_dir = "data"

# Proxies of everything that has none of its own; default: the environment's. One for everything ...
# proxy = "http://proxy.example.com:3128"
# ... or by scheme, with exceptions; or none.
# proxy.http = "http://proxy.example.com:3128"
# proxy.https = "http://proxy.example.com:3128"
# proxy.no_proxy = ["siem.example.com"]
# proxy.enabled = false

# The key of secrets that are entered by command or in the console; default: a file in data_dir that is made.
# secrets.key_file = "secrets.key"

# Console, health and metrics.
[api]
enabled = true
address = "127.0.0.1:8686"
# Names by which it may be addressed besides localhost and its address.
# allowed_hosts = ["siem.example.com"]
# What opens it for changes, and for reading too on another address than a loopback one or with a public_url; default: a token that is made.
# password_hash = "${CONSOLE_PASSWORD_HASH}"  # printed by `entra-signins hash-password`
# token_file = "console.token"
# public_url = "https://sign-ins.example.com"
# tls = { crt_file = "console.pem", key_file = "console.key.pem" }

# The durable log between sources and sinks: when sources have to wait for sinks, and how long events stay that every
# sink has confirmed.
[journal]
# max_bytes = 10737418240
# retention_secs = 604800
"#;

/// What stands above sinks that are shown and not used.
const OTHERS: &str = "\n# Other sinks: to use one, remove the first # of each of its lines.\n";

#[derive(Args, Debug)]
pub(crate) struct GenerateArgs {
    /// Types of sources and sinks to use, such as `entra_signins file`. Default: every source, into the console, with
    /// the other sinks as comments.
    #[arg(value_name = "TYPE")]
    types: Vec<String>,
}

impl GenerateArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        print(&configuration(&self.types)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A configuration of these types; without a source all of them, without a sink the console and the others as
/// comments.
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
        text += &section(source.description, &source.example.replace("{id}", id));
    }
    let is_used = |sink: &str| if any_sink { named(sink) } else { sink == sinks::console::DESCRIPTION.name };
    let (used, others): (Vec<_>, Vec<_>) = sinks::DESCRIPTIONS.iter().partition(|sink| is_used(sink.name));
    let inputs = inputs.join(", ");
    let of_sink = |sink: &SinkDescription| {
        let example = sink.example.replace("{id}", sink.name).replace("{inputs}", &inputs);
        section(sink.description, &example)
    };
    text.extend(used.into_iter().map(of_sink));
    if !any_sink {
        text.push_str(OTHERS);
        text.extend(others.into_iter().map(|sink| commented(&of_sink(sink))));
    }
    Ok(text)
}

fn section(description: &str, example: &str) -> String {
    format!("\n# {description}\n{example}")
}

fn commented(section: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("#{line}\n") };
    section.lines().map(line).collect()
}

/// A short id for a source of this type: `entra` for `entra_signins`.
fn source_id(name: &'static str) -> &'static str {
    name.split('_').next().unwrap_or(name)
}
