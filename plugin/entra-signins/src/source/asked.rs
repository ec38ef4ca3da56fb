//! The mark that whoever asks Graph leaves first, so that a run that follows at once knows that a part of Microsoft's limits may
//! be spent.

use std::io;
use std::path::{Path, PathBuf};

use collector::config::{ComponentKey, GlobalOptions, make_private_dir};

/// Beside the source's own directory, not in it: whoever tries a configuration out may be another user than the one who
/// runs it, and a state that is thrown away does not undo requests.
#[derive(Debug)]
pub(super) struct Asked {
    data_dir: PathBuf,
    mark: PathBuf,
}

impl Asked {
    /// The mark of this source.
    pub(super) fn of(key: &ComponentKey, globals: &GlobalOptions) -> io::Result<Self> {
        let id = key.id();
        if Path::new(id).file_name().is_none_or(|name| name != id) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the component's id is no plain name"));
        }
        Ok(Self { data_dir: globals.data_dir.clone(), mark: globals.data_dir.join(format!("{id}.asked")) })
    }

    /// Whether it was left. What cannot be looked up counts as left.
    pub(super) fn is_left(&self) -> bool {
        self.mark.try_exists().unwrap_or(true)
    }

    /// Leaves it. One that is there is left alone: it may be another user's.
    pub(super) fn leave(&self) -> io::Result<()> {
        if self.mark.try_exists()? {
            return Ok(());
        }
        make_private_dir(&self.data_dir)?;
        std::fs::write(&self.mark, "")
    }
}
