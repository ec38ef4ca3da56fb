//! A connector's file.

use std::collections::BTreeMap;
use std::path::Path;

use collector::sensitive::SensitiveString;
use collector::settings::{Setting, Table, from_toml};
use serde::Serialize;

use super::list::Application;
use crate::config::connectors::KINDS;

/// A connector that is to be made.
#[derive(Clone, Debug)]
pub enum New {
    /// A parent.
    Microsoft365(Box<Microsoft365>),
    /// A sign-in connector.
    AzureAd(AzureAd),
}

/// A parent connector, whose app proves itself with a client secret.
#[derive(Clone, Debug, Default)]
pub struct Microsoft365 {
    /// Its name.
    pub name: String,
    /// The source's id; the only one if there is one.
    pub source: Option<String>,
    /// The tenant's GUID or domain.
    pub tenant_id: String,
    /// The tenant's name in events.
    pub tenant_name: Option<String>,
    /// The app registration.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<SensitiveString>,
    /// The cloud, if it is not the global one.
    pub cloud: Option<String>,
    /// Where the identity platform is, if not where it always is.
    pub login_endpoint: Option<String>,
    /// Where Graph is, if not where it always is.
    pub graph_endpoint: Option<String>,
}

/// A sign-in connector.
#[derive(Clone, Debug, Default)]
pub struct AzureAd {
    /// Its name.
    pub name: String,
    /// The source's id; the only one if there is one.
    pub source: Option<String>,
    /// Its parent's name.
    pub connector_tenant: String,
    /// The kinds to read; empty: all.
    pub sign_in_event_types: Vec<String>,
    /// How far back to begin.
    pub start: Option<String>,
    /// Seconds between polls.
    pub poll_interval_secs: Option<i64>,
}

#[derive(Serialize)]
struct File<'a> {
    sources: BTreeMap<&'a str, BTreeMap<&'static str, [Written<'a>; 1]>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Written<'a> {
    Parent {
        name: &'a str,
        tenant_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant_name: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cloud: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        login_endpoint: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        graph_endpoint: Option<&'a str>,
        client_id: &'a str,
        auth: Auth,
    },
    Child {
        name: &'a str,
        connector_tenant: &'a str,
        permissions: &'static str,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        sign_in_event_types: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        start: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        poll_interval_secs: Option<i64>,
    },
}

#[derive(Serialize)]
struct Auth {
    strategy: &'static str,
    client_secret_stored: bool,
}

impl New {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Microsoft365(parent) => &parent.name,
            Self::AzureAd(child) => &child.name,
        }
    }

    pub(super) fn source(&self) -> Option<&str> {
        match self {
            Self::Microsoft365(parent) => parent.source.as_deref(),
            Self::AzureAd(child) => child.source.as_deref(),
        }
    }

    pub(super) fn application(&self) -> Application {
        match self {
            Self::Microsoft365(_) => Application::Microsoft365,
            Self::AzureAd(_) => Application::AzureAd,
        }
    }

    pub(super) fn client_secret(&self) -> Option<&SensitiveString> {
        match self {
            Self::Microsoft365(parent) => parent.client_secret.as_ref(),
            Self::AzureAd(_) => None,
        }
    }

    /// The file. It holds no secret.
    pub(super) fn text(&self, source: &str) -> String {
        let (kind, written) = match self {
            Self::Microsoft365(parent) => (KINDS[0], parent.written()),
            Self::AzureAd(child) => (KINDS[1], child.written()),
        };
        let file = File { sources: [(source, [(kind, [written])].into())].into() };
        // Strings and numbers can always be written.
        toml::to_string(&file).unwrap_or_default()
    }
}

impl Microsoft365 {
    fn written(&self) -> Written<'_> {
        Written::Parent {
            name: &self.name,
            tenant_id: &self.tenant_id,
            tenant_name: self.tenant_name.as_deref(),
            cloud: self.cloud.as_deref(),
            login_endpoint: self.login_endpoint.as_deref(),
            graph_endpoint: self.graph_endpoint.as_deref(),
            client_id: &self.client_id,
            auth: Auth { strategy: "client_secret", client_secret_stored: true },
        }
    }
}

impl AzureAd {
    fn written(&self) -> Written<'_> {
        Written::Child {
            name: &self.name,
            connector_tenant: &self.connector_tenant,
            permissions: "read",
            sign_in_event_types: &self.sign_in_event_types,
            start: self.start.as_deref(),
            poll_interval_secs: self.poll_interval_secs,
        }
    }
}

/// The source and the connector of a file that was written here.
pub(super) fn read(text: &str, path: &Path) -> Option<(String, Table)> {
    let file = from_toml(text, path).ok()?;
    let Setting::Table(sources) = &file.get("sources")?.setting else { return None };
    let (source, kinds) = sources.entries.iter().next()?;
    let Setting::Table(kinds) = &kinds.setting else { return None };
    let (_, list) = kinds.entries.iter().next()?;
    let Setting::Array(list) = &list.setting else { return None };
    match &list.first()?.setting {
        Setting::Table(connector) => Some((source.clone(), connector.clone())),
        _ => None,
    }
}

/// The same file, changed in nothing but that it has changed.
pub(super) fn touched(text: &str) -> String {
    const MARK: &str = "# The secret was entered anew.\n";
    text.strip_prefix(MARK).map_or_else(|| format!("{MARK}{text}"), str::to_owned)
}
