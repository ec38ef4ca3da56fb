//! Finding and asking the running program.

mod pinned;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use collector::sensitive::SensitiveString;
use collector::settings::{Table, from_toml};
use reqwest::{ClientBuilder, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::config_files::ConfigArgs;
use super::exit::{CommandError, Exit};
use super::output::say;
use crate::access::TOKEN_FILE;
use crate::api::certificates;
use crate::config::connectors::as_table;
use crate::config::process_environment;
use crate::config::variables::replace_known;
use crate::printable::line;
use crate::topology::DataDirLock;

const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8686);
/// The variable that holds the token, of a program elsewhere for one; what stands there is sent wherever the command is sent.
const TOKEN: &str = "ENTRA_SIGNINS_TOKEN";
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

/// The running program, as a command reaches it. The token of the configuration is shown to nobody but the program that holds the data
/// directory: while it is stopped, anybody may listen at its address.
#[derive(Debug)]
pub(crate) struct Target {
    /// The URL of its HTTP interface, without a slash at its end.
    pub(crate) base: String,
    /// What lets in.
    token: Option<SensitiveString>,
    /// The one certificate that it may have, if it is known.
    certificate: Option<CertificateDer<'static>>,
}

impl RunningArgs {
    /// The program.
    pub(crate) fn target(&self) -> Target {
        Target::of(&self.config, self.api.as_deref())
    }
}

impl Target {
    /// The program at this address, or else the one that is configured.
    pub(crate) fn of(config: &ConfigArgs, api: Option<&str>) -> Self {
        let given = process_environment(TOKEN).map(SensitiveString::from);
        match api {
            Some(api) if api.contains("://") => {
                Self { base: api.trim_end_matches('/').to_owned(), token: given, certificate: None }
            }
            Some(api) => Self { base: format!("http://{api}"), token: given, certificate: None },
            None => {
                let configured = Configured::read(config);
                let running = configured.running();
                let address = running.unwrap_or_else(|| configured.address());
                let token = given.or_else(|| running.and_then(|_| configured.token()));
                let (scheme, certificate) = match configured.crt_file() {
                    Some(file) => ("https", certificate(&file)),
                    None => ("http", None),
                };
                Self { base: format!("{scheme}://{}", reachable(address)), token, certificate }
            }
        }
    }
}

/// What configuration files say, unchecked: a status is wanted most when something is wrong, by somebody who may not have the
/// secrets.
struct Configured {
    tables: Vec<Table>,
    data_dir: Option<PathBuf>,
}

impl Configured {
    fn read(config: &ConfigArgs) -> Self {
        let files = config.files_if_any().unwrap_or_default();
        let tables: Vec<_> = files.iter().filter_map(|file| parse(file)).collect();
        if tables.len() < files.len() {
            say("note: not every configuration file can be read; the address may stand in the others");
        }
        let written = tables.iter().find_map(|table| path(table, "data_dir"));
        let beside = || Some(files.first()?.parent()?.join("data"));
        Self { data_dir: written.or_else(beside), tables }
    }

    /// Where the program listens that runs on the data directory, by its own word.
    fn running(&self) -> Option<SocketAddr> {
        self.data_dir.as_deref().and_then(DataDirLock::holder)?.api
    }

    /// Where it is to listen.
    fn address(&self) -> SocketAddr {
        let configured = self.api().find_map(|api| api.str("address")?.parse().ok());
        configured.unwrap_or(DEFAULT_ADDRESS)
    }

    /// The token, if who asks may read its file.
    fn token(&self) -> Option<SensitiveString> {
        let written = self.api().find_map(|api| path(api, "token_file"));
        let file = written.or_else(|| Some(self.data_dir.as_ref()?.join(TOKEN_FILE)))?;
        let text = SensitiveString::from(std::fs::read_to_string(file).ok()?);
        Some(text.inner().trim().into())
    }

    /// The file of its certificate, if it is served by https.
    fn crt_file(&self) -> Option<PathBuf> {
        self.api().filter_map(|api| api.get("tls").and_then(as_table)).find_map(|tls| path(tls, "crt_file"))
    }

    fn api(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().filter_map(|table| table.get("api").and_then(as_table))
    }
}

/// The program's own certificate: the first of the file.
fn certificate(file: &Path) -> Option<CertificateDer<'static>> {
    match certificates(file) {
        Ok(certificates) => certificates.into_iter().next(),
        Err(reason) => {
            say(format_args!(
                "note: api.tls.crt_file: {}: {reason}; this machine's authorities decide",
                file.display()
            ));
            None
        }
    }
}

fn path(table: &Table, key: &str) -> Option<PathBuf> {
    let directory = table.get(key)?.at.as_ref()?.directory();
    Some(directory.join(table.str(key)?))
}

fn parse(file: &Path) -> Option<Table> {
    let mut table = from_toml(&std::fs::read_to_string(file).ok()?, file).ok()?;
    replace_known(&mut table, &process_environment);
    Some(table)
}

/// A base as people are to open it: of a loopback address Microsoft does not send browsers back, but of its name.
pub(crate) fn for_people(base: &str) -> String {
    let by_name = |(scheme, address): (&str, &str)| {
        let address: SocketAddr = address.parse().ok()?;
        let is_named =
            [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].contains(&address.ip());
        is_named.then(|| format!("{scheme}://localhost:{}", address.port()))
    };
    base.split_once("://").and_then(by_name).unwrap_or_else(|| base.to_owned())
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
    target: &Target,
    client: ClientBuilder,
    request: impl FnOnce(&reqwest::Client) -> RequestBuilder,
) -> Result<Response, CommandError> {
    // The program is on this machine or named by address: a proxy would only be in the way.
    let client = match &target.certificate {
        Some(certificate) => pinned::only(client, certificate),
        None => Ok(client),
    };
    let client = client.map_err(|error| CommandError::new(Exit::Internal, error.to_string()))?;
    let client = client.no_proxy().build();
    let client = client.map_err(|error| CommandError::new(Exit::Internal, error.to_string()))?;
    let base = target.base.as_str();
    let mut request = request(&client);
    if let Some(token) = &target.token {
        request = request.bearer_auth(token.inner());
    }
    let response = request.send().await.map_err(|error| unavailable(base, &error))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await.map_err(|error| unavailable(base, &error))?;
    let said: String = text.trim().chars().take(LONGEST_ANSWER).collect();
    let way_out = if status == StatusCode::UNAUTHORIZED {
        format!("give the token of that program as {TOKEN}, or run this where its data directory can be read")
    } else {
        "is this the program's address?".to_owned()
    };
    let message = format!("{base} answers {status}: {}; {way_out}", line(&said));
    Err(CommandError::new(Exit::Unavailable, message))
}

/// Asks for something that takes long, and takes each line of the answer when it comes: its text, and what it says.
pub(crate) async fn ask_for_lines<T: DeserializeOwned>(
    target: &Target,
    path: &str,
    request: &impl Serialize,
    mut take: impl FnMut(&str, T) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let base = target.base.as_str();
    let url = format!("{base}{path}");
    let body = serde_json::to_vec(request);
    let body = body.map_err(|error| CommandError::new(Exit::Internal, error.to_string()))?;
    let post =
        |client: &reqwest::Client| client.post(&url).header("content-type", "application/json").body(body);
    let mut response = ask(target, reqwest::Client::builder(), post).await?;
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
