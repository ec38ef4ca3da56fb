//! What can go wrong, by what its reader can do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

/// Why the journal cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its directory cannot be made.
    #[error("the directory {path} cannot be made: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A later version of this program wrote it.
    #[error(
        "{path} has format {found} and this program knows {known}: run the version that wrote it, or a later one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file is something else.
    #[error("{path} is no journal of this program: move it away, and a new journal is made")]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// The file was changed by something else than this program, or its disk is failing.
    #[error(
        "{path} is damaged ({reason}): restore it, or move its whole directory away; then a new journal is made and \
         sources read again what they can"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Its disk is full, and it cannot even be opened.
    #[error(
        "{path} cannot be opened, probably since its disk is full ({reason}): make room, and start again"
    )]
    Full {
        /// The file.
        path: PathBuf,
        /// What the store said.
        reason: String,
    },
    /// It cannot be written.
    #[error(
        "{path} cannot be written ({reason}): check its permissions; if they are right it is damaged, so restore it or move its \
             whole directory away"
    )]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What the store said.
        reason: String,
    },
    /// It does not work now; the same call can be made again.
    #[error("{reason}")]
    Unavailable {
        /// What the store said.
        reason: String,
    },
    /// The program is stopping.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    /// What an error means that came while the file was opened.
    pub(super) fn opening(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotAJournal { path },
            // What is asked of the file is right: it does not have a column or a text that it had.
            None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown) => {
                Self::Damaged { path, reason: error.to_string() }
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path, reason: error.to_string() },
            _ if is_full(error) => Self::Full { path, reason: error.to_string() },
            _ => Self::Unavailable { reason: format!("{}: {error}", path.display()) },
        }
    }
}

/// An error while the journal is in use. The next attempt may work.
impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unavailable { reason: error.to_string() }
    }
}

/// Whether there is no room on the disk. SQLite tells a quota that is used up from no other failed write.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    let no_room = [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE];
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || extended.is_some_and(|code| no_room.contains(&code))
}

/// Whether the file's pages do not fit together, or a value is not what was written.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, InvalidColumnType};
    error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
        || matches!(error, FromSqlConversionFailure(..) | InvalidColumnType(..))
}
