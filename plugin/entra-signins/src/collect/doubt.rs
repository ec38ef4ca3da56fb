//! Whether it is the records that are broken, or our reading of them.
//!
//! A record that is no sign-in is set aside, and its second counts as read. When most records of a stream are none, it is
//! more likely that Microsoft has changed what records look like: then they must not count as read, so that another version of
//! this program can read them. A page tells by itself if it is long enough; on short pages it is told over several.

use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher;

/// So many records are looked back at.
const LOOK_BACK: usize = 20;
/// With fewer nothing can be said.
const ENOUGH: usize = 10;
/// Unreadable records that are known again are no new ones; no more than so many are remembered.
const MOST_KNOWN: usize = 1_000;

/// What the last records of a stream were like.
#[derive(Debug, Default)]
pub(crate) struct Doubt {
    /// Whether each could be read, the newest last.
    last: VecDeque<bool>,
    /// Hashes of unreadable ones.
    known: HashSet<u64>,
}

impl Doubt {
    /// Takes in the records of a page: how many could be read, and those that could not. Whether most of the last ones could not.
    pub(crate) fn look_at<'a>(
        &mut self,
        readable: usize,
        unreadable: impl Iterator<Item = &'a [u8]>,
    ) -> bool {
        self.last.extend(std::iter::repeat_n(true, readable.min(LOOK_BACK)));
        for record in unreadable {
            if self.known.len() >= MOST_KNOWN {
                self.known.clear();
            }
            let hash = self.known.hasher().hash_one(record);
            if self.known.insert(hash) {
                self.last.push_back(false);
            }
        }
        self.last.drain(..self.last.len().saturating_sub(LOOK_BACK));
        let bad = self.last.iter().filter(|readable| !**readable).count();
        self.last.len() >= ENOUGH && bad * 2 > self.last.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(doubt: &mut Doubt, readable: usize, unreadable: &[&str]) -> bool {
        doubt.look_at(readable, unreadable.iter().map(|record| record.as_bytes()))
    }

    /// Scenario: one broken record among few good ones, read again and again. Guarantee: it raises no doubt.
    #[test]
    fn one_broken_record_raises_none() {
        let mut doubt = Doubt::default();
        for _ in 0..50 {
            assert!(!look(&mut doubt, 0, &["broken"]));
        }
        assert!(!look(&mut doubt, 3, &["broken"]));
    }

    /// Scenario: records come one by one, and from some moment on none can be read; later they can again. Guarantee: doubt comes
    /// soon, stays while the same ones are read again, and goes.
    #[test]
    fn a_change_of_records_is_noticed_and_forgotten() {
        let mut doubt = Doubt::default();
        assert!(!look(&mut doubt, 100, &[]));
        let names: Vec<_> = (0..11).map(|number| number.to_string()).collect();
        let doubted: Vec<_> = names.iter().map(|name| look(&mut doubt, 0, &[name])).collect();
        assert_eq!(doubted.iter().filter(|doubted| **doubted).count(), 1, "{doubted:?}");
        assert!(look(&mut doubt, 0, &["3"]));
        assert!(!look(&mut doubt, 12, &[]));
    }
}
