//! A place where secrets rest for tests, with things that can happen to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::secrets::{SecretName, SecretStore, SecretStoreError};
use crate::sensitive::SensitiveString;

/// Keeps secrets in memory. It outlives the sources that are given it, as a host's store does.
#[derive(Debug, Default)]
pub struct TestSecrets(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// By name: the context and the secret.
    secrets: HashMap<String, (String, SensitiveString)>,
    fate: PutFate,
}

/// What becomes of secrets that are put.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum PutFate {
    /// They are kept.
    #[default]
    Kept,
    /// They are refused.
    Refused,
    /// They are not kept, and nobody is ever told: whoever waits can only be killed.
    StuckBefore,
    /// They are kept, and nobody is ever told.
    StuckAfter,
}

impl TestSecrets {
    /// What becomes of secrets that are put from now on.
    pub fn set_fate(&self, fate: PutFate) {
        self.lock().fate = fate;
    }

    /// The secrets that are kept, by name, with their contexts.
    pub fn kept(&self) -> HashMap<String, (String, SensitiveString)> {
        self.lock().secrets.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for TestSecrets {
    async fn get(&self, name: &SecretName) -> Result<Option<SensitiveString>, SecretStoreError> {
        let kept = self.lock();
        let found = kept.secrets.get(&name.name).filter(|(context, _)| *context == name.context);
        Ok(found.map(|(_, secret)| secret.clone()))
    }

    async fn put(&self, name: &SecretName, secret: &SensitiveString) -> Result<(), SecretStoreError> {
        let fate = {
            let mut kept = self.lock();
            if matches!(kept.fate, PutFate::Kept | PutFate::StuckAfter) {
                kept.secrets.insert(name.name.clone(), (name.context.clone(), secret.clone()));
            }
            kept.fate
        };
        match fate {
            PutFate::Kept => Ok(()),
            PutFate::Refused => Err(SecretStoreError("the disk is full".to_owned())),
            PutFate::StuckBefore | PutFate::StuckAfter => std::future::pending().await,
        }
    }

    async fn remove(&self, name: &SecretName) -> Result<(), SecretStoreError> {
        self.lock().secrets.remove(&name.name);
        Ok(())
    }
}
