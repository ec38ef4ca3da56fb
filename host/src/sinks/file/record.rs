//! What the sink knows of its file, durably.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::warn;

use super::identity::Fingerprint;
use crate::journal::Mark;
use crate::private;

const NAME: &str = "position.json";

/// Up to where events are delivered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Record {
    /// The last event in the file.
    pub(super) last: Mark,
    /// Where that event's line ends.
    pub(super) offset: u64,
    /// What stands before it.
    pub(super) before: Fingerprint,
    /// When the first line was written to the file.
    pub(super) since: Timestamp,
}

impl Record {
    /// The record in this directory. One that cannot be understood is none: it is replaced as a whole, so
    /// it was damaged by something else.
    pub(super) fn load(directory: &Path) -> io::Result<Option<Self>> {
        let path = directory.join(NAME);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let record = serde_json::from_slice(&bytes);
        if let Err(error) = &record {
            warn!(path = %path.display(), %error, "The record of a file sink is damaged and is not used.");
        }
        Ok(record.ok())
    }

    /// Replaces the record in this directory; durable when it returns.
    pub(super) fn save(&self, directory: &Path) -> io::Result<()> {
        let aside = directory.join(format!("{NAME}.tmp"));
        let mut file = private::open(OpenOptions::new().write(true).create(true).truncate(true), &aside)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&aside, directory.join(NAME))?;
        sync_directory(directory)
    }
}

/// Files of events are readable by their owner and group: they are personal data, and collectors run in a group.
pub(super) fn for_group(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o640);
    options
}

/// Makes created, renamed and removed names of this directory durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}
