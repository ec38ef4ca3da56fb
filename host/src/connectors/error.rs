//! Why a connector is not changed.

use std::io;
use std::path::PathBuf;

use collector::settings::Problems;

use super::Application;
use crate::secrets::VaultError;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// Look the name up.
    #[error("there is no connector `{0}`")]
    Unknown(String),
    /// Take another name.
    #[error("there is a connector `{name}` already, in {}", file.display())]
    Exists {
        /// Its name.
        name: String,
        /// Where it stands.
        file: PathBuf,
    },
    /// Files are named after it.
    #[error("`{0}` is no name for a connector: use letters, digits, - _ and . (not first), 64 at most")]
    Name(String),
    /// Name one with `--source`.
    #[error("{0}")]
    Source(String),
    /// It was written by hand.
    #[error("`{name}` stands in {}, which is changed by hand", file.display())]
    ByHand {
        /// Its name.
        name: String,
        /// Where it stands.
        file: PathBuf,
    },
    /// Remove those first.
    #[error("`{name}` has connectors below it: {}; remove them first", children.join(", "))]
    Children {
        /// Its name.
        name: String,
        /// Their names.
        children: Vec<String>,
    },
    /// It holds no secret.
    #[error("`{0}` has no client secret: it is no Microsoft 365 connector, or its auth.strategy has none")]
    NoSecret(String),
    /// Enter it in the same step.
    #[error(
        "`{0}` needs its client secret: one that was entered is good for its tenant, app, endpoints and strategy alone; enter it with \
         this change"
    )]
    SecretNeeded(String),
    /// A secret is some text.
    #[error("the client secret is empty: paste its value, as Microsoft shows it once")]
    Blank,
    /// It belongs to the other application.
    #[error("{key} is no setting of a {application} connector")]
    Foreign {
        /// The setting.
        key: &'static str,
        /// The application that it does not belong to.
        application: Application,
    },
    /// Correct it by hand, or remove it.
    #[error("{} cannot be read as a connector: correct it by hand, or remove the connector and add it again", .0.display())]
    NotRead(PathBuf),
    /// With it the configuration could not be used.
    #[error("it would not work:\n{0}")]
    Wrong(Problems),
    /// Secrets cannot be kept.
    #[error(transparent)]
    Secrets(#[from] VaultError),
    /// The file system refuses.
    #[error("{} cannot be written: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
}
