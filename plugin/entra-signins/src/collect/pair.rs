//! The two user kinds of a connector, as far as one request may list both: the reader of the first reads for the second as well.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use super::stream::Stream;
use super::together::{Together, USER_KINDS};
use crate::coverage::Second;

/// What the streams of a connector share about it.
#[derive(Debug, Default)]
pub(crate) struct Pair {
    second: OnceLock<Weak<Stream>>,
    together: Mutex<Together>,
}

impl Pair {
    /// A stream of the connector begins.
    pub(crate) fn join(&self, stream: &Arc<Stream>) {
        if stream.key.kind == USER_KINDS[1] {
            // A connector begins each of its kinds once.
            let _set = self.second.set(Arc::downgrade(stream));
        }
    }

    /// Whether both are read in one request now.
    pub(crate) fn is_trusted(&self, now: Second) -> bool {
        self.together().is_trusted(now)
    }

    pub(crate) fn together(&self) -> MutexGuard<'_, Together> {
        self.together.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// The stream that this one may be read with, if it is the first of the two.
    pub(crate) fn second(&self) -> Option<Arc<Stream>> {
        let second = self.connector.pair.second.get().filter(|_| self.key.kind == USER_KINDS[0])?;
        second.upgrade()
    }
}
