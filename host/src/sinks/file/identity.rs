//! Whether a file is the one that we know.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// So many bytes before an offset stand for all that is before it. Lines hold ids, so no two files agree in them.
const LOOKED_AT: u64 = 4096;

/// Which file it is, whatever it is called, while it is open. Devices have other numbers after a restart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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

/// What stands before an offset, by which a file is known again: also on another volume, and as a copy.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Fingerprint(Uuid);

impl Fingerprint {
    /// Of the file's bytes before this offset, all of which must be there.
    pub(super) fn before(offset: u64, mut file: &File) -> io::Result<Self> {
        let start = offset.saturating_sub(LOOKED_AT);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(offset - start).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != offset - start {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Self(Uuid::new_v5(&Uuid::nil(), &bytes)))
    }
}
