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
    /// Compares with what the files hold now; none is never a change. Made before they are used, so that no change is missed.
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        let seen = stands_for(files.iter().map(|file| std::fs::read(file).ok()));
        Self { files, seen }
    }

    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
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
    let mut contents = Vec::with_capacity(files.len());
    for file in files {
        contents.push(tokio::fs::read(file).await.ok());
    }
    stands_for(contents.into_iter())
}

fn stands_for(contents: impl Iterator<Item = Option<Vec<u8>>>) -> u64 {
    let mut hasher = DefaultHasher::new();
    contents.for_each(|content| content.hash(&mut hasher));
    hasher.finish()
}
