//! A connector's file.

use std::path::{Path, PathBuf};

use collector::secrets::SecretName;
use collector::settings::from_toml;
use toml::{Table, Value};

use super::list::Application;
use super::settings::{Settings, in_auth};
use super::{ConnectorError, New};
use crate::config::connectors::{KINDS, STORED, secret_name, sole};

/// A file of one connector, as it is or as it is to be. What it holds beyond [`Settings`] stays; comments do not.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) source: String,
    pub(super) application: Application,
    connector: Table,
}

/// Strategies that a client secret belongs to; the second can do without.
const WITH_SECRET: [&str; 2] = ["client_secret", "authorization_code"];
/// A secret that somebody has written into a file. It does not outlive a change.
const WRITTEN: &str = "client_secret";

impl File {
    /// A new one in this place.
    pub(super) fn new(path: PathBuf, source: &str, new: &New) -> Result<Self, ConnectorError> {
        let mut connector = Table::new();
        connector.insert("name".to_owned(), new.name.clone().into());
        match new.application {
            Application::AzureAd => connector.insert("permissions".to_owned(), "read".into()),
            Application::Microsoft365 => {
                in_auth(&mut connector, |auth| auth.insert("strategy".to_owned(), WITH_SECRET[0].into()))
            }
        };
        new.settings.put_into(&mut connector, new.application)?;
        Ok(Self { path, source: source.to_owned(), application: new.application, connector })
    }

    /// What is written there, if it is one connector.
    pub(super) fn read(path: &Path, text: &str) -> Option<Self> {
        let mut whole: Table = text.parse().ok()?;
        let (source, kinds) = only(whole.get_mut("sources")?)?;
        let (source, (kind, list)) = (source.to_owned(), only(kinds)?);
        let application = if kind == KINDS[0] { Application::Microsoft365 } else { Application::AzureAd };
        let connector = list.as_array_mut()?.first_mut()?.as_table_mut()?;
        let connector = std::mem::take(connector);
        KINDS.contains(&kind).then(|| Self { path: path.to_owned(), source, application, connector })
    }

    /// The same with these settings.
    pub(super) fn with(&self, settings: &Settings) -> Result<Self, ConnectorError> {
        let mut file = self.clone();
        settings.put_into(&mut file.connector, file.application)?;
        Ok(file)
    }

    /// Notes whether a client secret rests elsewhere for it: one that is given, that its strategy needs, or that it had `before` for the
    /// same strategy.
    pub(super) fn with_secret(
        mut self,
        is_given: bool,
        before: Option<&Self>,
    ) -> Result<Self, ConnectorError> {
        let strategy = self.settings().strategy.unwrap_or_default();
        let may_have =
            self.application == Application::Microsoft365 && WITH_SECRET.contains(&strategy.as_str());
        if is_given && !may_have {
            return Err(ConnectorError::NoSecret(self.name().to_owned()));
        }
        if self.application == Application::Microsoft365 {
            let stays = before.is_some_and(|before| before.settings().strategy.as_ref() == Some(&strategy));
            in_auth(&mut self.connector, |auth| {
                let had = [STORED, WRITTEN].map(|key| auth.remove(key)).into_iter().any(|had| had.is_some());
                if is_given || strategy == WITH_SECRET[0] || stays && had && may_have {
                    auth.insert(STORED.to_owned(), true.into());
                }
            });
        }
        Ok(self)
    }

    pub(super) fn name(&self) -> &str {
        self.connector.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn text_of(&self, key: &str) -> Option<String> {
        Some(self.connector.get(key)?.as_str()?.to_owned())
    }

    pub(super) fn settings(&self) -> Settings {
        Settings::of(&self.connector)
    }

    /// Under which name its client secret rests, and for what; nothing if it has none that rests elsewhere.
    pub(super) fn secret(&self) -> Option<SecretName> {
        let auth = self.connector.get("auth")?;
        auth.get(STORED).and_then(|_| self.secret_name())
    }

    fn secret_name(&self) -> Option<SecretName> {
        let mut tree = from_toml(&self.text(), &self.path).ok()?;
        let (source, connector) = sole(&mut tree)?;
        Some(secret_name(&source, connector))
    }

    /// What a user's authorization is good for, as far as its file says.
    pub(super) fn authorized_for(&self) -> (Option<String>, Option<SecretName>) {
        (self.settings().strategy, self.secret_name())
    }

    /// The file's text. It holds no secret, and is another with each change: a running program notices by that, too, that a secret was
    /// entered anew.
    pub(super) fn text(&self) -> String {
        let kind = match self.application {
            Application::Microsoft365 => KINDS[0],
            Application::AzureAd => KINDS[1],
        };
        let list: Value = vec![self.connector.clone()].into();
        let kinds: Table = [(kind.to_owned(), list)].into_iter().collect();
        let sources: Table = [(self.source.clone(), kinds.into())].into_iter().collect();
        let whole: Table = [("sources".to_owned(), sources.into())].into_iter().collect();
        // A table can always be written.
        let text = toml::to_string(&whole).unwrap_or_default();
        format!("# Change {:016x}, made by command or in the console.\n{text}", rand::random::<u64>())
    }
}

/// The one entry of a table.
fn only(value: &mut Value) -> Option<(&str, &mut Value)> {
    let mut entries = value.as_table_mut()?.iter_mut();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key, value)),
        _ => None,
    }
}
