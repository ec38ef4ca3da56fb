//! What connectors there are, as the configuration says.

use std::fmt;
use std::path::{Path, PathBuf};

use collector::settings::{Setting, Table};
use serde::Serialize;

use crate::config::SourceSection;
use crate::config::connectors::{KINDS, as_table};

/// What a connector is for, in Cato's words.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
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
    /// What it is for.
    pub application: Application,
    /// The source's id.
    pub source: String,
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
}

/// All of them, parents before children, in order of their names.
pub(super) fn entries(sources: &[SourceSection], directory: &Path) -> Vec<Entry> {
    let mut entries = Vec::new();
    for source in sources {
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
    entries
}

fn entry(source: &str, application: Application, connector: &Table, directory: &Path) -> Entry {
    let text = |key| connector.str(key).map(str::to_owned);
    let file = connector.at.as_ref().map(|at| at.file.to_path_buf()).unwrap_or_default();
    Entry {
        name: text("name").unwrap_or_default(),
        application,
        source: source.to_owned(),
        parent: text("connector_tenant"),
        tenant_id: text("tenant_id"),
        is_editable: file.parent() == Some(directory),
        file,
    }
}
