//! Whose turn it is: of several that change one secret, the last that was asked has the last word, whoever is quicker.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place in the order in which changes were asked for.
#[derive(Debug)]
pub(super) struct Turn(u64);

/// The order, and who has had a turn.
#[derive(Debug, Default)]
pub(super) struct Turns {
    next: AtomicU64,
    last: Mutex<HashMap<PathBuf, u64>>,
}

impl Turns {
    /// The next turn.
    pub(super) fn next(&self) -> Turn {
        Turn(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether a later turn has changed this file already.
    pub(super) fn is_late(&self, turn: &Turn, file: &Path) -> bool {
        self.lock().get(file).is_some_and(|last| *last > turn.0)
    }

    /// This one has changed the file.
    pub(super) fn taken(&self, turn: &Turn, file: &Path) {
        self.lock().insert(file.to_owned(), turn.0);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, u64>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
