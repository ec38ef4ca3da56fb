//! What can be wrong with the state.

use std::path::PathBuf;

/// Errors of the state, by what somebody can do about them.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be opened or made.
    #[error(
        "the state file {path} cannot be opened: {source}; check the directory's owner, permissions and free space"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// The file was written by another version.
    #[error(
        "the state file {path} has version {found}, this program knows {known}; run the version that wrote it, or move the file away to read everything again (repeats are dropped by the journal)"
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The one that is known.
        known: i64,
    },
    /// The file is damaged.
    #[error(
        "the state file {path} is damaged ({detail}); move it away to read everything again (repeats are dropped by the journal)"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's word.
        detail: String,
    },
    /// A read or write failed; nothing of it was kept.
    #[error("the state cannot be read or written: {0}; nothing is lost, it is tried again")]
    Failed(String),
    /// The thread behind the state has ended.
    #[error("the state is closed")]
    Closed,
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
