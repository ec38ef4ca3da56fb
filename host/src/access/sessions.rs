//! Browsers that have logged in. Their keys are kept as hashes, in memory alone: a restart logs everybody out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector::sensitive::SensitiveString;
use tokio::time::Instant;

/// A session that nobody uses ends.
const IDLE: Duration = Duration::from_mins(30);
/// Every session ends.
const LIFE: Duration = Duration::from_hours(12);
/// So many people do not work here at once; the oldest session makes room.
const MOST: usize = 200;

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    word: SensitiveString,
}

impl Session {
    /// The word that forms of this session hold, which no other page can know.
    pub(crate) fn word(&self) -> &str {
        self.word.inner()
    }

    /// Whether this is that word.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        verify_slices_are_equal(self.word.inner().as_bytes(), word.as_bytes()).is_ok()
    }
}

#[derive(Debug)]
struct Kept {
    session: Session,
    begun: Instant,
    used: Instant,
}

impl Kept {
    fn lives(&self, now: Instant) -> bool {
        now.duration_since(self.used) < IDLE && now.duration_since(self.begun) < LIFE
    }
}

/// All of them, by the hash of their key.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Vec<u8>, Kept>>);

impl Sessions {
    /// A new one; its key.
    pub(super) fn begin(&self) -> Option<String> {
        let (key, word, now) = (random()?, random()?.into(), Instant::now());
        let mut sessions = self.lock();
        sessions.retain(|_, kept| kept.lives(now));
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| sessions.remove(&oldest));
        }
        sessions.insert(hash(&key), Kept { session: Session { word }, begun: now, used: now });
        Some(key)
    }

    /// The one with this key, if it has not ended. Somebody uses it.
    pub(super) fn find(&self, key: &str) -> Option<Session> {
        let (hash, now) = (hash(key), Instant::now());
        let mut sessions = self.lock();
        let kept = sessions.get_mut(&hash).filter(|kept| kept.lives(now))?;
        kept.used = now;
        Some(kept.session.clone())
    }

    /// The same, without anybody who uses it.
    pub(super) fn look(&self, key: &str) -> Option<Session> {
        let sessions = self.lock();
        let kept = sessions.get(&hash(key)).filter(|kept| kept.lives(Instant::now()))?;
        Some(kept.session.clone())
    }

    /// Ends the one with this key.
    pub(super) fn end(&self, key: &str) {
        self.lock().remove(&hash(key));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(key: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, key.as_bytes()).as_ref().to_vec()
}

/// 256 bits that nobody can guess, as text.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
