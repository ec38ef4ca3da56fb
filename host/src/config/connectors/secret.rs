//! The client secret of a connector: where it rests, what it is good for, and how it comes to the source.

use collector::secrets::SecretName;
use collector::settings::{Problem, Setting, Spanned, Table};

use super::as_table_mut;
use crate::secrets::{Vault, VaultError, of_source};

/// What a secret is good for: whom it is shown, where, and on whose behalf.
const BINDING: [&str; 6] = ["cloud", "login_endpoint", "graph_endpoint", "scope", "tenant_id", "client_id"];
/// Says in `auth` that the client secret is stored.
pub(crate) const STORED: &str = "client_secret_stored";
/// Says to the source why it is not there.
pub(crate) const MISSING: &str = "client_secret_missing";

/// Puts the stored secret where the source looks for one, or why there is none: the connector is there and says so, and all others run.
pub(super) fn put_secret(source: &str, connector: &mut Table, vault: &Vault) -> Option<Problem> {
    let name = secret_name(source, connector);
    let auth = connector.entries.get_mut("auth").and_then(as_table_mut)?;
    let stored = auth.entries.remove(STORED)?;
    if stored.setting != Setting::Boolean(true) {
        let (what, fix) = ("is not true".to_owned(), Some("write true, or remove it".to_owned()));
        return Some(Problem { at: stored.at, key: format!("auth.{STORED}"), what, fix });
    }
    let (key, text) = match vault.get(&name) {
        Ok(Some(secret)) => ("client_secret", secret.inner().to_owned()),
        Ok(None) => (MISSING, "nobody has entered it on this machine".to_owned()),
        Err(VaultError::Unreadable) => {
            let why = "it was cleared, as it was entered for another tenant, app or endpoint, or kept with another key";
            (MISSING, why.to_owned())
        }
        Err(error) => (MISSING, error.to_string()),
    };
    auth.entries.insert(key.to_owned(), Spanned { setting: Setting::String(text), at: stored.at });
    None
}

/// Under which name a connector's client secret lies, and what it is good for.
pub(crate) fn secret_name(source: &str, connector: &Table) -> SecretName {
    let name = format!("{}/client_secret", connector.str("name").unwrap_or_default());
    let bound = BINDING.iter().map(|key| format!("{key}={}\n", connector.str(key).unwrap_or_default()));
    of_source(&source.into(), &SecretName { name, context: bound.collect() })
}
