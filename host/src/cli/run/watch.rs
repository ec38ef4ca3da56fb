//! Noticing that configuration files have changed, and those of connectors.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::connectors;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long they must stay as they are: an editor may still be writing.
const SETTLED: Duration = Duration::from_millis(300);

/// Looks at files again and again: they are small, and it works on every file system, mounted ones included.
pub(crate) struct Watch {
    files: Vec<PathBuf>,
    /// Whose files are looked at too.
    directory: Option<PathBuf>,
    seen: u64,
}

impl Watch {
    /// Compares with what the files hold now; none is never a change. Made before they are used, so that no change is missed.
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        let seen = content(&files, None);
        Self { files, directory: None, seen }
    }

    /// And with the files of this directory, which is known once the others have been read. What has changed there since is a change.
    pub(crate) fn beside(self, directory: PathBuf) -> Self {
        let seen = content(&self.files, Some(&directory));
        Self { directory: Some(directory), seen, ..self }
    }

    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Returns when the files have changed and stay so. Safe to cancel.
    pub(crate) async fn changed(&mut self) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            let mut found = self.content().await;
            if found == self.seen {
                continue;
            }
            loop {
                tokio::time::sleep(SETTLED).await;
                let settled = self.content().await;
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
        self.seen = self.content().await;
    }

    async fn content(&self) -> u64 {
        let (files, directory) = (self.files.clone(), self.directory.clone());
        let read = tokio::task::spawn_blocking(move || content(&files, directory.as_deref()));
        read.await.unwrap_or(self.seen)
    }
}

/// Stands for what the files hold; one that cannot be read counts as such.
fn content(files: &[PathBuf], directory: Option<&Path>) -> u64 {
    let more = directory.and_then(|directory| connectors::files(directory, None).ok()).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    for file in files.iter().chain(&more) {
        file.hash(&mut hasher);
        std::fs::read(file).ok().hash(&mut hasher);
    }
    hasher.finish()
}
