//! What a source reports of its connectors, so that any host can show them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A connector's status, in the three words that Cato uses.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
pub enum ConnectorStatus {
    /// It works.
    Connected,
    /// Permissions have not been granted, or not yet.
    #[serde(rename = "Pending user consent")]
    PendingUserConsent,
    /// Anything else that stops it.
    Error,
}

impl fmt::Display for ConnectorStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connected => "Connected",
            Self::PendingUserConsent => "Pending user consent",
            Self::Error => "Error",
        })
    }
}

/// What somebody can do about a status.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct WayOut {
    /// A sentence.
    pub text: String,
    /// A page to open, such as the consent page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One thing that was tried out, without anything running.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// What it is about: a connector, an endpoint.
    pub subject: String,
    /// What was tried, such as `token` or `reads interactiveUser`.
    pub tried: String,
    /// What was found, where that says more than that it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What is wrong; `None` if it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way_out: Option<WayOut>,
}

/// The credential that a connector gets its access with.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CredentialReport {
    /// What it is, in the configuration's word, such as `client_secret`.
    pub strategy: &'static str,
    /// Where it is configured, such as `auth.next`.
    pub place: &'static str,
    /// When it expires, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// One connector as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectorReport {
    /// The connector's name, unique among those of its application in its source.
    pub name: String,
    /// The application, in Cato's words: `Microsoft 365` or `Microsoft Azure AD`.
    pub application: &'static str,
    /// The connector above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The tenant's GUID once known, the configured domain before.
    pub tenant_id: String,
    /// The tenant's name, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_name: Option<String>,
    /// What it may do: `Read`.
    pub permissions: &'static str,
    /// The status.
    pub status: ConnectorStatus,
    /// Why, as a stable code in snake case.
    pub reason: String,
    /// Why, as a sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_out: Option<WayOut>,
    /// Since when this status and reason stand.
    pub since: Timestamp,
    /// When something last worked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// How far behind the server's now the oldest live edge is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_secs: Option<u64>,
    /// The credential in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialReport>,
    /// What else is known of it, in words, by stable snake-case names: permissions that were granted, a licence.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<&'static str, String>,
    /// Counts since the process started, by stable snake-case names.
    pub counters: BTreeMap<&'static str, u64>,
    /// Remarks that are no errors: a clamped start, a shortened horizon, a record set aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl ConnectorReport {
    /// A report of a connector that may read, since when its status stands; everything else is empty, to be set
    /// with the struct update syntax.
    pub fn new(
        name: impl Into<String>,
        application: &'static str,
        status: ConnectorStatus,
        since: Timestamp,
    ) -> Self {
        Self {
            name: name.into(),
            application,
            parent: None,
            tenant_id: String::new(),
            tenant_name: None,
            permissions: "Read",
            status,
            reason: String::new(),
            message: String::new(),
            way_out: None,
            since,
            last_success: None,
            lag_secs: None,
            credential: None,
            facts: BTreeMap::new(),
            counters: BTreeMap::new(),
            notes: Vec::new(),
        }
    }
}

/// Where a source puts its reports. Clones report to the same place.
#[derive(Clone, Debug)]
pub struct HealthReporter(Arc<watch::Sender<Vec<ConnectorReport>>>);

/// Where a host reads them.
pub type HealthReceiver = watch::Receiver<Vec<ConnectorReport>>;

impl HealthReporter {
    /// A reporter and the end to read from.
    pub fn channel() -> (Self, HealthReceiver) {
        let (sender, receiver) = watch::channel(Vec::new());
        (Self(Arc::new(sender)), receiver)
    }

    /// Where what is reported can be read, besides by the host.
    pub fn watch(&self) -> HealthReceiver {
        self.0.subscribe()
    }

    /// Sets how a connector stands: replaces the report of the same name and application and keeps the others. The
    /// order is that of the first reports. A report that says nothing new wakes nobody.
    pub fn report(&self, report: ConnectorReport) {
        self.0.send_if_modified(|reports| {
            let same = |known: &&mut ConnectorReport| {
                known.name == report.name && known.application == report.application
            };
            match reports.iter_mut().find(same) {
                Some(known) if *known == report => return false,
                Some(known) => *known = report,
                None => reports.push(report),
            }
            true
        });
    }
}

#[cfg(test)]
mod tests;
