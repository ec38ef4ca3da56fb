//! The password: made into a hash for the configuration, and held against it.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc};
use collector::sensitive::SensitiveString;

use crate::config::PasswordHash;

/// Whether it is the hash of this password. It takes long on purpose, on a thread of its own.
pub(super) async fn verify(hash: &PasswordHash, password: &SensitiveString) -> bool {
    let (hash, password) = (hash.clone(), password.clone());
    let verified = tokio::task::spawn_blocking(move || {
        let hash = phc::PasswordHash::new(hash.as_str()).ok()?;
        Argon2::default().verify_password(password.inner().as_bytes(), &hash).ok()
    });
    matches!(verified.await, Ok(Some(())))
}

/// The hash of a password, with a salt of its own, for the configuration.
pub(crate) fn hash(password: &SensitiveString) -> Option<String> {
    let hash: phc::PasswordHash = Argon2::default().hash_password(password.inner().as_bytes()).ok()?;
    Some(hash.to_string())
}
