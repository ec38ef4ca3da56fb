//! A plain client of Graph, with just enough sense to walk pages.

use std::time::Duration;

use graph_simulator::{Limits, Simulator, SimulatorConfig, TenantConfig, TenantHandle};
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use uuid::Uuid;

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// All kinds of sign-in, as a filter.
pub(crate) const ALL_KINDS: &str = "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser' or t eq 'servicePrincipal' or t eq 'managedIdentity')";

/// One tenant and a client that reads it.
pub(crate) struct Scene {
    pub(crate) simulator: Simulator,
    pub(crate) tenant: TenantHandle,
    pub(crate) config: TenantConfig,
    pub(crate) client: Client,
    pub(crate) token: String,
}

/// A tenant whose GUID is `id`, named Contoso.
pub(crate) fn contoso() -> TenantConfig {
    TenantConfig::new(Uuid::from_u128(0xc0), "Contoso")
}

/// A simulator without limits that has this one tenant; its tokens outlive what tests do to the clock.
pub(crate) async fn scene(tenant: TenantConfig) -> Scene {
    let config = SimulatorConfig::with_tenants([tenant]);
    scene_with(SimulatorConfig { limits: Limits::off(), token_life: 24 * HOUR, ..config }).await
}

/// A simulator with this configuration, and a client of its first tenant.
pub(crate) async fn scene_with(config: SimulatorConfig) -> Scene {
    let tenant = config.tenants[0].clone();
    let simulator = Simulator::start(config).await.expect("starts");
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("builds");
    let mut scene = Scene {
        tenant: simulator.tenant(&tenant.id).expect("is configured"),
        simulator,
        config: tenant,
        client,
        token: String::new(),
    };
    scene.token = scene.new_token(&[]).await;
    scene
}

impl Scene {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.graph_endpoint())
    }

    /// A token request with the secret and these members besides.
    pub(crate) async fn ask_token(&self, more: &[(&str, &str)]) -> Response {
        let scope = self.url(".default");
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.config.client_id),
            ("client_secret", &self.config.client_secret),
            ("scope", &scope),
        ];
        form.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        form.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        let url = self.url(&format!("{}/oauth2/v2.0/token", self.config.id));
        self.client.post(url).form(&form).send().await.expect("answers")
    }

    pub(crate) async fn new_token(&self, more: &[(&str, &str)]) -> String {
        let answer: Value = self.ask_token(more).await.json().await.expect("is JSON");
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// A request for a page, with the token and the header for enum members.
    pub(crate) fn get(&self, url: &str) -> RequestBuilder {
        self.client.get(url).bearer_auth(&self.token).header("Prefer", "include-unknown-enum-members")
    }

    /// The URL of a list of sign-ins with these options.
    pub(crate) fn list_url(&self, options: &[(&str, &str)]) -> String {
        let mut url = reqwest::Url::parse(&self.url("beta/auditLogs/signIns")).expect("is a URL");
        url.query_pairs_mut().extend_pairs(options);
        url.to_string()
    }

    /// One answer to a list request with these options.
    pub(crate) async fn list(&self, options: &[(&str, &str)]) -> Response {
        self.get(&self.list_url(options)).send().await.expect("answers")
    }

    /// All pages of a list.
    pub(crate) async fn pages(&self, options: &[(&str, &str)]) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut next = Some(self.list_url(options));
        while let Some(url) = next {
            let response = self.get(&url).send().await.expect("answers");
            assert_eq!(response.status(), 200, "{}", response.text().await.unwrap_or_default());
            let page: Value = response.json().await.expect("is JSON");
            next = page["@odata.nextLink"].as_str().map(str::to_owned);
            pages.push(page);
        }
        pages
    }

    /// All records of a list.
    pub(crate) async fn walk(&self, options: &[(&str, &str)]) -> Vec<Value> {
        let pages = self.pages(options).await;
        pages.iter().flat_map(|page| page["value"].as_array().expect("is a list")).cloned().collect()
    }
}

/// The ids of records, in order.
pub(crate) fn ids(records: &[Value]) -> Vec<String> {
    records.iter().map(|record| record["id"].as_str().expect("has an id").to_owned()).collect()
}

/// The time of a record.
pub(crate) fn created(record: &Value) -> Timestamp {
    record["createdDateTime"].as_str().and_then(|text| text.parse().ok()).expect("is a time")
}
