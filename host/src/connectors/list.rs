//! What connectors there are, as the configuration says.

use std::fmt;
use std::path::{Path, PathBuf};

use collector::settings::{Setting, Table};
use serde::{Deserialize, Serialize};

use super::file::File;
use crate::config::HostConfig;
use crate::config::connectors::{KINDS, MISSING, SetAside, as_table, name_of};

/// What a connector is for, in Cato's words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Application {
    /// A parent: the access to a tenant.
    #[serde(rename = "Microsoft 365")]
    Microsoft365,
    /// A child: reading the tenant's sign-ins.
    #[serde(rename = "Microsoft Azure AD")]
    AzureAd,
}

impl fmt::Display for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Microsoft365 => "Microsoft 365",
            Self::AzureAd => "Microsoft Azure AD",
        })
    }
}

/// A connector as it is configured.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it is for; nobody knows of a file that cannot be read.
    pub application: Option<Application>,
    /// The source's id.
    pub source: Option<String>,
    /// Its parent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The tenant, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The file that it stands in.
    pub file: PathBuf,
    /// Whether it was made by command or in the console, and can be changed there.
    pub is_editable: bool,
    /// Whether it is used: a file with mistakes is not.
    pub is_used: bool,
    /// Why it is not used, or what it lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Entry {
    /// Whether it is for this application, as far as that is known and asked for.
    pub(super) fn may_be(&self, application: Option<Application>) -> bool {
        application.is_none() || self.application.is_none() || self.application == application
    }

    /// Whether it reads the tenant of this one.
    pub(super) fn is_below(&self, parent: &Self) -> bool {
        parent.application != Some(Application::AzureAd)
            && self.parent.as_ref() == Some(&parent.name)
            && (parent.source.is_none() || self.source == parent.source)
    }
}

/// All of them, parents before children, in order of their names; then files with mistakes.
pub(super) fn entries(config: &HostConfig, directory: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    for source in &config.sources {
        for (kind, application) in KINDS.iter().zip([Application::Microsoft365, Application::AzureAd]) {
            let Some(Setting::Array(list)) = source.table.get(kind).map(|list| &list.setting) else {
                continue;
            };
            entries.extend(
                list.iter()
                    .filter_map(as_table)
                    .map(|connector| entry(source.key.id(), application, connector, directory)),
            );
        }
    }
    entries.sort_by(|a, b| (a.application, &a.name).cmp(&(b.application, &b.name)));
    entries.extend(config.made.aside().iter().map(set_aside));
    entries
}

fn entry(source: &str, application: Application, connector: &Table, directory: &Path) -> Entry {
    let text = |key| connector.str(key).map(str::to_owned);
    let file = connector.at.as_ref().map(|at| at.file.to_path_buf()).unwrap_or_default();
    let name = text("name").unwrap_or_default();
    let missing = connector.get("auth").and_then(as_table).and_then(|auth| auth.str(MISSING));
    let problem = missing.map(|why| {
        format!(
            "its client secret is not there: {why}; enter it with `entra-signins connectors secret {name}`"
        )
    });
    Entry {
        name,
        application: Some(application),
        source: Some(source.to_owned()),
        parent: text("connector_tenant"),
        tenant_id: text("tenant_id"),
        is_editable: file.parent() == Some(directory),
        file,
        is_used: true,
        problem,
    }
}

/// What can be said of a file that has mistakes.
fn set_aside(aside: &SetAside) -> Entry {
    let text = std::fs::read_to_string(&aside.path).unwrap_or_default();
    let file = File::read(&aside.path, &text);
    let text_of = |key| file.as_ref().and_then(|file| file.text_of(key));
    Entry {
        name: name_of(&aside.path),
        application: file.as_ref().map(|file| file.application),
        source: file.as_ref().map(|file| file.source.clone()),
        parent: text_of("connector_tenant"),
        tenant_id: text_of("tenant_id"),
        file: aside.path.clone(),
        is_editable: true,
        is_used: false,
        problem: Some(aside.to_string()),
    }
}
