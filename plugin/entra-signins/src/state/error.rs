//! What can be wrong with the state.

use std::path::PathBuf;

use rusqlite::ErrorCode;

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
        "the state file {path} has version {found}, this program knows {known}; run the version that wrote it, or move the file away: what happened since a day before the last sign-in is read again then, and all since start (repeats are dropped by the journal)"
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
        "the state file {path} is damaged ({detail}); move it away: what happened since a day before the last sign-in is read again then, and all since start (repeats are dropped by the journal)"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's word.
        detail: String,
    },
    /// The file turned out to be damaged at work.
    #[error("the state file is damaged ({0})")]
    DamagedAtWork(String),
    /// A read or write failed; nothing of it was kept.
    #[error("the state cannot be read or written: {0}; nothing is lost, it is tried again")]
    Failed(String),
    /// The thread behind the state has ended.
    #[error("the state is closed; the program has to be started again")]
    Closed,
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        let damages = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
        if error.sqlite_error_code().is_some_and(|code| damages.contains(&code)) {
            return Self::DamagedAtWork(error.to_string());
        }
        Self::Failed(error.to_string())
    }
}

impl StateError {
    /// The same, for somebody else who waited for it.
    pub(super) fn told_again(&self) -> Self {
        match self {
            Self::DamagedAtWork(detail) => Self::DamagedAtWork(detail.clone()),
            other => Self::Failed(other.to_string()),
        }
    }

    /// What somebody can do about it while the program runs.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Open { .. } | Self::Failed(_) => {
                "Check free space and permissions of the data directory; it is tried again by itself."
            }
            Self::OtherVersion { .. } | Self::Damaged { .. } | Self::DamagedAtWork(_) => {
                "Stop the program, move state.db away from the source's data directory, and start it again: what may have been \
                 missed is read again, and the journal drops repeats."
            }
            Self::Closed => "Start the program again.",
        }
    }
}
