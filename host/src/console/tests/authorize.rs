//! Tests of being sent away to consent and coming back, over real connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use collector::authorize::{
    AuthorizeError, Authorizer, ConnectorName, DeviceCode, Granted, Redirect, RedirectTo,
};
use collector::health::HealthReporter;
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::access::Access;
use crate::api::{Api, ApiState, Offers, Overview};
use crate::config::ApiConfig;
use crate::console::{self, Console};
use crate::telemetry::metrics_for_tests;

/// Grants whatever comes back.
struct Grants;

#[async_trait]
impl Authorizer for Grants {
    async fn by_redirect(
        &self,
        connector: &ConnectorName,
        to: RedirectTo,
    ) -> Result<Redirect, AuthorizeError> {
        let application = connector.application.as_deref().unwrap_or_default();
        let connector = connector.name.as_str();
        if connector != "contoso" {
            return Err(AuthorizeError::UnknownConnector(connector.to_owned()));
        }
        let mut open: Url = "https://login.example/consent".parse().unwrap();
        open.query_pairs_mut()
            .append_pair("redirect_uri", to.redirect_uri.as_str())
            .append_pair("state", &to.state)
            .append_pair("application", application);
        let granted = Granted {
            tenant_id: "t".to_owned(),
            permissions: vec!["AuditLog.Read.All".to_owned()],
            missing: Vec::new(),
        };
        Ok(Redirect {
            open,
            instruction: "Accept.".to_owned(),
            finish: Box::new(move |_| Box::pin(async move { Ok(granted) })),
        })
    }

    async fn by_device_code(&self, connector: &ConnectorName) -> Result<DeviceCode, AuthorizeError> {
        let connector = connector.name.as_str();
        Err(AuthorizeError::UnknownConnector(connector.to_owned()))
    }
}

struct Served {
    url: String,
    token: String,
    client: Client,
    stop: CancellationToken,
    _authorizer: Arc<dyn Authorizer>,
}

impl Served {
    async fn start() -> Self {
        let mut config = ApiConfig::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        config.allowed_hosts.push("localhost".to_owned());
        let directory = tempfile::tempdir().unwrap();
        let access = Access::open(&config, directory.path()).unwrap();
        let token = std::fs::read_to_string(access.token_file()).unwrap().trim().to_owned();
        let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        let (offers, authorizer): (_, Arc<dyn Authorizer>) = (Offers::default(), Arc::new(Grants));
        offers.authorizer.offer(&authorizer);
        overview.show_source(&"entra".into(), "entra_signins", HealthReporter::channel().1, offers);
        let api = Api::bind(&config).await.unwrap();
        let (url, stop) = (api.url().trim_end_matches('/').to_owned(), CancellationToken::new());
        let state = ApiState { overview, metrics: metrics_for_tests(), access: Arc::new(access) };
        let serving = api.serve(state, console::router(Console::default()), stop.clone());
        tokio_util::task::TaskTracker::new().spawn(serving);
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { url, token, client, stop, _authorizer: authorizer }
    }

    async fn submit(&self, path: &str, cookie: &str, form: String) -> Response {
        let post = self
            .client
            .post(format!("{}{path}", self.url))
            .header("origin", &self.url)
            .header("cookie", cookie);
        post.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> (u16, String) {
        let answer =
            self.client.get(format!("{}{path}", self.url)).header("cookie", cookie).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// A browser that has logged in: its cookie, and the word of its forms.
    async fn browser(&self) -> (String, String) {
        let answer = self.submit("/login", "", format!("secret={}", self.token)).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let (_, page) = self.get("/", &cookie).await;
        let word = page.split_once("name=\"word\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        (cookie, word)
    }

    /// Presses Authorize; the `state` that goes to Microsoft.
    async fn begin(&self, (cookie, word): &(String, String)) -> String {
        let form = format!("word={word}&source=entra&application=Microsoft+365&name=contoso");
        let answer = self.submit("/authorize", cookie, form).await;
        let page = answer.text().await.unwrap();
        let link =
            page.split_once("href=\"https://login.example/consent").unwrap().1.split_once('"').unwrap().0;
        let link: Url =
            format!("https://login.example/consent{}", link.replace("&amp;", "&")).parse().unwrap();
        let value = |name: &str| link.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(value("redirect_uri"), format!("{}/oauth/callback", self.url));
        assert_eq!(value("application"), "Microsoft 365");
        value("state")
    }

    async fn end(&self, state: &str, cookie: &str) -> u16 {
        let (status, page) =
            self.get(&format!("/oauth/callback?admin_consent=True&state={state}"), cookie).await;
        assert_eq!(page.contains("is authorized"), status == 200, "{page}");
        status
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Scenario: a browser comes back from Microsoft: with its own state, with the same again, with a forged one, with none, with two. Guarantee: the first alone
/// ends an authorization.
#[tokio::test]
async fn a_state_is_good_once() {
    let served = Served::start().await;
    let browser = served.browser().await;
    let state = served.begin(&browser).await;
    for forged in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &format!("{state}&state={state}")] {
        assert_eq!(served.end(forged, &browser.0).await, 403, "{forged}");
    }
    assert_eq!(served.end(&state, &browser.0).await, 200);
    assert_eq!(served.end(&state, &browser.0).await, 403);
}

/// Scenario: an administrator comes back within a quarter of an hour, and another time later. Guarantee: the first ends an authorization, the second
/// finds it expired, though the session goes on.
#[tokio::test(start_paused = true)]
async fn a_state_expires() {
    let served = Served::start().await;
    let browser = served.browser().await;
    let state = served.begin(&browser).await;
    tokio::time::advance(Duration::from_mins(14)).await;
    assert_eq!(served.end(&state, &browser.0).await, 200);
    let state = served.begin(&browser).await;
    tokio::time::advance(Duration::from_mins(16)).await;
    assert_eq!(served.end(&state, &browser.0).await, 403);
    served.begin(&browser).await;
}

/// Scenario: somebody makes another browser come back with a state of his own, logged in or not. Guarantee: it ends nothing there, and stays good for the
/// browser that has begun.
#[tokio::test]
async fn a_state_is_good_for_its_browser() {
    let served = Served::start().await;
    let (mine, others) = (served.browser().await, served.browser().await);
    let state = served.begin(&mine).await;
    assert_eq!(served.end(&state, &others.0).await, 403);
    assert_eq!(served.end(&state, "").await, 403);
    assert_eq!(served.end(&state, &mine.0).await, 200);
}

/// Scenario: Authorize is pressed in a console that was opened by 127.0.0.1, where Microsoft sends nobody back to. Guarantee: nothing is begun; the page
/// leads to the same console by its name.
#[tokio::test]
async fn what_microsoft_does_not_send_back_to_is_not_begun() {
    let mut served = Served::start().await;
    let by_name = served.url.clone();
    assert!(by_name.starts_with("http://localhost:"), "{by_name}");
    served.url = by_name.replace("localhost", "127.0.0.1");
    let (cookie, word) = served.browser().await;
    let form = format!("word={word}&source=entra&name=contoso");
    let answer = served.submit("/authorize", &cookie, form).await;
    assert_eq!(answer.status().as_u16(), 409);
    let page = answer.text().await.unwrap();
    assert!(page.contains(&format!("href=\"{by_name}/\"")) && !page.contains("login.example"), "{page}");
}

/// Scenario: Authorize is asked for without a session, by another page, and of a connector that is not there. Guarantee: none leads anywhere.
#[tokio::test]
async fn only_our_own_pages_begin() {
    let served = Served::start().await;
    let (cookie, word) = served.browser().await;
    let form = format!("word={word}&source=entra&name=contoso");
    assert_eq!(served.submit("/authorize", "", form.clone()).await.status().as_u16(), 401);
    assert_eq!(served.submit("/authorize", &cookie, form.replace(&word, "x")).await.status().as_u16(), 403);
    let unknown = served.submit("/authorize", &cookie, form.replace("contoso", "<script>")).await;
    assert_eq!(unknown.status().as_u16(), 409);
    assert!(!unknown.text().await.unwrap().contains("<script>"));
}
