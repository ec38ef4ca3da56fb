//! What sinks that speak HTTP share: endpoint, TLS, proxy, credentials, request options, and the client made of them.

mod auth;
mod endpoint;
mod proxy;
mod request;
mod secrets;
#[cfg(test)]
mod tests;
mod tls;

pub(crate) use auth::{Auth, KEYS as AUTH_KEYS};
pub(crate) use endpoint::Endpoint;
pub(crate) use request::{KEYS as REQUEST_KEYS, RequestOptions};
pub(crate) use secrets::Secrets;
pub(crate) use tls::KEYS as TLS_KEYS;

use std::error::Error as _;
use std::time::Duration;

use collector::config::ProxyConfig;
use collector::internal_event::ErrorType;
use collector::settings::{Key, Reader};
use reqwest::{Client, redirect};

use super::Failure;
use proxy::ProxyOptions;
use tls::TlsOptions;

/// Keys that every sink with an endpoint has.
pub(crate) const ENDPOINT: Key =
    Key { name: "endpoint", doc: "The receiver's URL; plain http only to this machine." };
/// Key of the `auth` table.
pub(crate) const AUTH: Key =
    Key { name: "auth", doc: "Credentials: strategy basic (user, password) or bearer (token)." };
/// Key of the `request` table.
pub(crate) const REQUEST: Key = Key {
    name: "request",
    doc: "timeout_secs, retry_initial_backoff_secs, retry_max_duration_secs, headers.",
};
/// Key of the `tls` table.
pub(crate) const TLS: Key =
    Key { name: "tls", doc: "ca_file, crt_file, key_file, verify_certificate, verify_hostname." };
/// Key of the `proxy` table.
pub(crate) const PROXY: Key =
    Key { name: "proxy", doc: "A URL, or enabled, http, https, no_proxy; default: the program's proxy." };

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("entra-signins/", env!("CARGO_PKG_VERSION"));

/// How to connect: what [`Client`]s are made of.
#[derive(Debug)]
pub(crate) struct ClientOptions {
    tls: TlsOptions,
    proxy: ProxyOptions,
}

impl ClientOptions {
    /// Reads the tables `tls` and `proxy`.
    pub(crate) fn read(sink: &Reader<'_>) -> Self {
        Self { tls: TlsOptions::read(sink), proxy: ProxyOptions::read(sink) }
    }

    /// The proxies that requests go through.
    pub(crate) fn proxy(&self, global: &ProxyConfig) -> ProxyConfig {
        self.proxy.of(global)
    }

    /// A client for this endpoint. Redirects are answers, not instructions: a receiver's events go nowhere else.
    pub(crate) fn client(&self, endpoint: &Endpoint, global: &ProxyConfig) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .no_proxy();
        let builder = self.proxy.apply(builder, global)?;
        self.tls.apply(builder, endpoint).build()
    }
}

/// What a failed request means. No answer came, so it can pass.
pub(crate) fn request_failure(error: reqwest::Error, secrets: &Secrets) -> Failure {
    let error_type = if error.is_timeout() { ErrorType::TimedOut } else { ErrorType::ConnectionFailed };
    Failure::Temporary { error_type, reason: secrets.redact(&error_text(error)), after: None }
}

/// The error with its causes, without the URL: its query may hold a secret.
pub(crate) fn error_text(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
