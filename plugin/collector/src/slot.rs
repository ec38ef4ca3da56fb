//! Where a source offers to do more than to collect, and the host finds the offer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A place for what a source offers, for as long as it lives. Clones share it.
pub struct Slot<T: ?Sized>(Arc<Mutex<Option<Weak<T>>>>);

impl<T: ?Sized> Slot<T> {
    /// Offers it. The source keeps it: when it lets go of it, there is none.
    pub fn offer(&self, offered: &Arc<T>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::downgrade(offered));
    }

    /// What the source offers now.
    pub fn get(&self) -> Option<Arc<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.upgrade()
    }
}

impl<T: ?Sized> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: ?Sized> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: a source offers something and ends. Guarantee: every clone finds it while the source lives, and nobody after that.
    #[test]
    fn an_offer_lives_as_long_as_its_source() {
        let slot = Slot::<str>::default();
        let host = slot.clone();
        assert!(host.get().is_none());
        let offered: Arc<str> = "here".into();
        slot.offer(&offered);
        assert_eq!(host.get().as_deref(), Some("here"));
        drop(offered);
        assert!(host.get().is_none());
    }
}
