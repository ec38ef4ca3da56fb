//! What the sink knows of its file, durably.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::private;

const NAME: &str = "position.json";

/// Which file it is, whatever it is called.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// Without inodes every file of the path counts as the same.
    #[cfg(not(unix))]
    pub(super) fn of(_metadata: &Metadata) -> Self {
        Self { device: 0, inode: 0 }
    }
}

/// Up to where events are delivered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Record {
    /// The journal whose sequence it is.
    pub(super) store: String,
    /// The last event in the file.
    pub(super) sequence: u64,
    /// The file.
    pub(super) file: Identity,
    /// Where that event's line ends.
    pub(super) offset: u64,
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
