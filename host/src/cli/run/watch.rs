//! Noticing that configuration files have changed.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::time::Duration;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long they must stay as they are: an editor may still be writing.
const SETTLED: Duration = Duration::from_millis(300);

/// Looks at files again and again: they are small, and it works on every file system, mounted ones included.
pub(crate) struct Watch {
    files: Vec<PathBuf>,
    seen: u64,
}

impl Watch {
    /// Compares with what the files hold now; none is never a change.
    pub(crate) async fn new(files: Vec<PathBuf>) -> Self {
        let seen = content(&files).await;
        Self { files, seen }
    }

    /// Returns when the files have changed and stay so. Safe to cancel.
    pub(crate) async fn changed(&mut self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            let mut found = content(&self.files).await;
            if found == self.seen {
                continue;
            }
            loop {
                tokio::time::sleep(SETTLED).await;
                let settled = content(&self.files).await;
                if settled == found {
                    self.seen = settled;
                    return;
                }
                found = settled;
            }
        }
    }

    /// The files are in use as they are now.
    pub(crate) async fn settle(&mut self) {
        self.seen = content(&self.files).await;
    }
}

/// Stands for what the files hold; one that cannot be read counts as such.
async fn content(files: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files {
        tokio::fs::read(file).await.ok().hash(&mut hasher);
    }
    hasher.finish()
}
