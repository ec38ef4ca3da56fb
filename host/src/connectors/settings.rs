//! What can be said of a connector by command, in the console and over the API.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::ConnectorError;
use super::list::Application;

/// Settings as they are to be. `None` leaves one as it is, an empty text takes it away, so that its default holds.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The tenant's GUID or domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The tenant's name in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_name: Option<String>,
    /// The app registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// How the app proves itself: `client_secret`, `authorization_code` or `device_code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// When its secret expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The cloud, if it is not the global one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
    /// Where the identity platform is, if not where it always is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_endpoint: Option<String>,
    /// Where Graph is, if not where it always is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph_endpoint: Option<String>,
    /// The parent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_tenant: Option<String>,
    /// The kinds to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in_event_types: Option<Vec<String>>,
    /// How far back to begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Seconds between polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_interval_secs: Option<i64>,
}

/// Where a setting stands in a connector's table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Own,
    Auth,
}

impl Settings {
    /// Those of this table.
    pub(super) fn of(connector: &Table) -> Self {
        let auth = connector.get(AUTH).and_then(Value::as_table);
        let text = |key: &str| Some(connector.get(key)?.as_str()?.to_owned());
        let in_auth = |key: &str| Some(auth?.get(key)?.as_str()?.to_owned());
        let list = |list: &Vec<Value>| list.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect();
        Self {
            tenant_id: text("tenant_id"),
            tenant_name: text("tenant_name"),
            client_id: text("client_id"),
            strategy: in_auth("strategy"),
            expires_at: in_auth("expires_at"),
            cloud: text("cloud"),
            login_endpoint: text("login_endpoint"),
            graph_endpoint: text("graph_endpoint"),
            connector_tenant: text("connector_tenant"),
            sign_in_event_types: connector.get("sign_in_event_types").and_then(Value::as_array).map(list),
            start: text("start"),
            poll_interval_secs: connector.get("poll_interval_secs").and_then(Value::as_integer),
        }
    }

    /// Puts them into a table of this application. What else it holds stays.
    pub(super) fn put_into(
        &self,
        connector: &mut Table,
        application: Application,
    ) -> Result<(), ConnectorError> {
        for (of, part, key, value) in self.each() {
            let Some(value) = value else { continue };
            if of != application {
                return Err(ConnectorError::Foreign { key, application });
            }
            let put = |table: &mut Table| match value.as_str() {
                Some("") => table.remove(key),
                _ => table.insert(key.to_owned(), value),
            };
            match part {
                Part::Own => put(connector),
                Part::Auth => in_auth(connector, put),
            };
        }
        Ok(())
    }

    fn each(&self) -> [(Application, Part, &'static str, Option<Value>); 12] {
        use Application::{AzureAd, Microsoft365};
        let text = |text: &Option<String>| Some(Value::from(text.as_deref()?.trim()));
        let kinds = self.sign_in_event_types.clone();
        [
            (Microsoft365, Part::Own, "tenant_id", text(&self.tenant_id)),
            (Microsoft365, Part::Own, "tenant_name", text(&self.tenant_name)),
            (Microsoft365, Part::Own, "client_id", text(&self.client_id)),
            (Microsoft365, Part::Auth, "strategy", text(&self.strategy)),
            (Microsoft365, Part::Auth, "expires_at", text(&self.expires_at)),
            (Microsoft365, Part::Own, "cloud", text(&self.cloud)),
            (Microsoft365, Part::Own, "login_endpoint", text(&self.login_endpoint)),
            (Microsoft365, Part::Own, "graph_endpoint", text(&self.graph_endpoint)),
            (AzureAd, Part::Own, "connector_tenant", text(&self.connector_tenant)),
            (AzureAd, Part::Own, "sign_in_event_types", kinds.map(Value::from)),
            (AzureAd, Part::Own, "start", text(&self.start)),
            (AzureAd, Part::Own, "poll_interval_secs", self.poll_interval_secs.map(Value::from)),
        ]
    }
}

/// The table in a connector that says how its app proves itself.
const AUTH: &str = "auth";

/// Changes that table, which is made if it is not there.
pub(super) fn in_auth<T>(connector: &mut Table, change: impl FnOnce(&mut Table) -> T) -> T {
    let mut auth = match connector.remove(AUTH) {
        Some(Value::Table(auth)) => auth,
        _ => Table::new(),
    };
    let changed = change(&mut auth);
    connector.insert(AUTH.to_owned(), auth.into());
    changed
}
