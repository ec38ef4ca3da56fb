//! The way to Microsoft that `identity` and `graph` share: the client, whole bodies, and what their headers say.

mod body;
mod clients;
mod failure;
mod headers;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use body::{Body, BodyError, BodyLimits, read};
pub(crate) use clients::Clients;
pub(crate) use failure::{Failure, sentence};
pub(crate) use headers::{date, retry_after, text};

use std::path::{Path, PathBuf};
use std::time::Duration;

use collector::config::ProxyConfig;
use collector::settings::is_loopback;
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, redirect, retry};
use url::Url;

use crate::config::Endpoints;

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Such a service is on the same machine or next to it.
const METADATA_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Microsoft's front ends close idle connections after about two minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The file of extra root certificates cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It holds no certificate that can be used.
    #[error("{} holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// A proxy's URL cannot be used. Not shown: it may carry credentials.
    #[error("the URL of the proxy cannot be used")]
    Proxy,
    /// TLS cannot be set up.
    #[error("no HTTP client: {0}")]
    Build(String),
}

/// What every client does: it neither follows redirects nor retries, and knows neither cookies nor the environment's proxies.
fn plain() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_gzip()
        .http1_only()
        .no_proxy()
}

/// The client for these endpoints. `proxy` is the host's; the endpoints' own comes first.
///
/// It neither follows redirects (a token must not go elsewhere) nor retries (requests are counted), and knows
/// neither cookies nor the environment's proxies. Bodies come as they are: [`read`] inflates them. It speaks HTTP/1.1, so that
/// answers that wait for room in memory, or trickle, take none of the room that others of the same connection need.
pub fn client(endpoints: &Endpoints, proxy: &ProxyConfig) -> Result<Client, ClientError> {
    let builder = plain()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_keepalive(Duration::from_mins(1))
        .https_only(![&endpoints.login, &endpoints.graph].into_iter().any(in_the_clear));
    let builder = proxied(builder, endpoints.proxy.as_ref().unwrap_or(proxy))?;
    trusting(builder, endpoints)?.build().map_err(|error| ClientError::Build(sentence(error)))
}

/// The client for the services on Azure's resources that issue tokens: reached directly or not at all, and in the clear
/// wherever the configuration allows it.
pub(crate) fn metadata_client() -> Result<Client, ClientError> {
    let builder = plain().connect_timeout(METADATA_CONNECT_TIMEOUT);
    builder.build().map_err(|error| ClientError::Build(sentence(error)))
}

/// Plain HTTP, which the configuration allows to this machine alone.
fn in_the_clear(url: &Url) -> bool {
    url.scheme() == "http" && is_loopback(url)
}

fn proxied(mut builder: ClientBuilder, proxy: &ProxyConfig) -> Result<ClientBuilder, ClientError> {
    let direct = NoProxy::from_string(&proxy.no_proxy.join(","));
    if let Some(url) = &proxy.http {
        let proxy = Proxy::http(url).map_err(|_| ClientError::Proxy)?;
        builder = builder.proxy(proxy.no_proxy(direct.clone()));
    }
    if let Some(url) = &proxy.https {
        let proxy = Proxy::https(url).map_err(|_| ClientError::Proxy)?;
        builder = builder.proxy(proxy.no_proxy(direct));
    }
    Ok(builder)
}

fn trusting(builder: ClientBuilder, endpoints: &Endpoints) -> Result<ClientBuilder, ClientError> {
    if [&endpoints.login, &endpoints.graph].into_iter().all(in_the_clear) {
        // The system's certificates are not read: there may be none, and none are needed.
        return Ok(builder.tls_certs_only([]));
    }
    match &endpoints.ca_file {
        None => Ok(builder),
        Some(path) => Ok(builder.tls_certs_merge(certificates(path)?)),
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ClientError> {
    let pem = std::fs::read(path).map_err(|source| ClientError::CaFile { path: path.to_owned(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ClientError::NoCertificate(path.to_owned())),
    }
}
