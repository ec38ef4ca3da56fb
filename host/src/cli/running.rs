//! Finding and asking the running program.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use collector::settings::{Setting, Table, from_toml};
use reqwest::{ClientBuilder, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::config_files::ConfigArgs;
use super::exit::{CommandError, Exit};
use super::output::say;
use crate::config::process_environment;
use crate::config::variables::replace_known;
use crate::printable::line;
use crate::topology::DataDirLock;

const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8686);
/// As much as is shown of what another program answers.
const LONGEST_ANSWER: usize = 300;

#[derive(Args, Debug)]
pub(crate) struct RunningArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Where the program listens: address and port, or a URL. Default: where the one that runs on the configured data
    /// directory does, else api.address of the configuration.
    #[arg(long, value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    api: Option<String>,
}

impl RunningArgs {
    /// The URL of its HTTP interface, without a slash at its end.
    pub(crate) fn base(&self) -> String {
        match &self.api {
            Some(api) if api.contains("://") => api.trim_end_matches('/').to_owned(),
            Some(api) => format!("http://{api}"),
            None => format!("http://{}", reachable(self.configured())),
        }
    }

    /// The address that the running program has, else the configured one. The files are not checked: a status is
    /// wanted most when something is wrong, by somebody who may not have the secrets.
    fn configured(&self) -> SocketAddr {
        let files = self.config.files_if_any().unwrap_or_default();
        let tables: Vec<_> = files.iter().filter_map(|file| parse(file)).collect();
        if tables.len() < files.len() {
            say("note: not every configuration file can be read; the address may stand in the others");
        }
        let data_dir = tables.iter().find_map(|table| {
            let directory = table.get("data_dir")?.at.as_ref()?.directory();
            Some(directory.join(table.str("data_dir")?))
        });
        let beside = || Some(files.first()?.parent()?.join("data"));
        let holder = data_dir.or_else(beside).and_then(|directory: PathBuf| DataDirLock::holder(&directory));
        let configured = || {
            tables.iter().find_map(|table| match &table.get("api")?.setting {
                Setting::Table(api) => api.str("address")?.parse().ok(),
                Setting::String(_)
                | Setting::Integer(_)
                | Setting::Float(_)
                | Setting::Boolean(_)
                | Setting::Array(_) => None,
            })
        };
        holder.and_then(|held| held.api).or_else(configured).unwrap_or(DEFAULT_ADDRESS)
    }
}

fn parse(file: &Path) -> Option<Table> {
    let mut table = from_toml(&std::fs::read_to_string(file).ok()?, file).ok()?;
    replace_known(&mut table, &process_environment);
    Some(table)
}

/// An address that listens everywhere is asked on this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Sends what is made of a client; the answer, if it is a good one.
pub(crate) async fn ask(
    base: &str,
    client: ClientBuilder,
    request: impl FnOnce(&reqwest::Client) -> RequestBuilder,
) -> Result<Response, CommandError> {
    // The program is on this machine or named by address: a proxy would only be in the way.
    let client = client.no_proxy().build();
    let client = client.map_err(|error| CommandError::new(Exit::Internal, error.to_string()))?;
    let response = request(&client).send().await.map_err(|error| unavailable(base, &error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await.map_err(|error| unavailable(base, &error))?;
    let said: String = text.trim().chars().take(LONGEST_ANSWER).collect();
    let message = format!("{base} answers {status}: {}; is this the program's address?", line(&said));
    Err(CommandError::new(Exit::Unavailable, message))
}

/// Asks for something that takes long, and takes each line of the answer when it comes: its text, and what it says.
pub(crate) async fn ask_for_lines<T: DeserializeOwned>(
    base: &str,
    path: &str,
    request: &impl Serialize,
    mut take: impl FnMut(&str, T) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let url = format!("{base}{path}");
    let body = serde_json::to_vec(request);
    let body = body.map_err(|error| CommandError::new(Exit::Internal, error.to_string()))?;
    let post =
        |client: &reqwest::Client| client.post(&url).header("content-type", "application/json").body(body);
    let mut response = ask(base, reqwest::Client::builder(), post).await?;
    let mut rest = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(base, &error))? {
        rest.extend_from_slice(&chunk);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let said = serde_json::from_slice(&line).map_err(|error| {
                let message = format!("what answers at {base} is another program: {error}");
                CommandError::new(Exit::Unavailable, message)
            })?;
            take(&String::from_utf8_lossy(&line), said)?;
        }
    }
    Ok(())
}

/// Nobody answers, or not to the end.
pub(crate) fn unavailable(base: &str, error: &reqwest::Error) -> CommandError {
    let reason = cause(error);
    let message = format!("nothing answers at {base}: {reason}; is it running, and api.enabled?");
    CommandError::new(Exit::Unavailable, message)
}

/// The innermost reason: what the system said.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
