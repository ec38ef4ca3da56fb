mod credentials;
mod device;
mod refresh;
mod refusals;
mod sign_in;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector::config::ProxyConfig;
use collector::secrets::SecretStore;
use collector::sensitive::SensitiveString;
use collector::settings::Table;
use futures::FutureExt;
use futures::future::join_all;
use graph_simulator::{
    Endpoint, Fault, FaultKind, Simulator, SimulatorConfig, TenantConfig, TenantHandle, testdata,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::config::{EntraSigninsConfig, Strategy};
use crate::http::testing::{Canned, nobody};
use crate::identity::aadsts::Class;

const ROLE: &str = AUDIT_LOG_READ_ALL;

/// One tenant of a simulated Microsoft, and the parent connector of it.
struct Scene {
    simulator: Simulator,
    tenant: TenantHandle,
    parent: Microsoft365,
}

impl Scene {
    async fn new() -> Self {
        let mut contoso = TenantConfig::new(Uuid::from_u128(0xc0), "Contoso");
        contoso.certificates = vec![testdata::CERTIFICATE_PEM.to_owned()];
        let simulator =
            Simulator::start(SimulatorConfig::with_tenants([contoso.clone()])).await.expect("starts");
        let tenant = simulator.tenant(&contoso.id).expect("is configured");
        let mut parent = parent(&simulator.login_endpoint(), &contoso.client_secret);
        parent.tenant = Tenant::Id(TenantId(contoso.id));
        parent.client_id = contoso.client_id.parse().expect("is a GUID");
        Self { simulator, tenant, parent }
    }

    fn tokens(&self) -> TokenProvider {
        provider(&self.parent)
    }

    /// How often a token was asked for.
    fn asked(&self) -> usize {
        self.tenant.requests(Endpoint::Token).len()
    }

    fn refuse(&self, fault: FaultKind) {
        self.tenant.inject(Fault::new(fault).on(Endpoint::Token).always());
    }
}

fn parent(login: &Url, secret: &str) -> Microsoft365 {
    let serde_json::Value::Object(table) = serde_json::json!({"microsoft_365": [{
        "name": "contoso",
        "tenant_id": Uuid::from_u128(0xc0),
        "client_id": Uuid::from_u128(1),
        "login_endpoint": login,
        "graph_endpoint": login,
        "auth": {"strategy": "client_secret", "client_secret": "replaced"},
    }], "azure_ad": [{"name": "contoso-sign-ins", "connector_tenant": "contoso"}]}) else {
        panic!("is an object");
    };
    let config = EntraSigninsConfig::from_table(&Table::from_json(table)).expect("is a configuration");
    let parent = config.microsoft_365.into_iter().next().expect("has a parent");
    Microsoft365 { credential: Strategy::ClientSecret(secret.into()).into(), ..parent }
}

fn provider(parent: &Microsoft365) -> TokenProvider {
    provider_at(parent, Clock::system())
}

fn provider_at(parent: &Microsoft365, clock: Clock) -> TokenProvider {
    provider_with(parent, clock, None).expect("the credential can be used")
}

fn provider_with(
    parent: &Microsoft365,
    clock: Clock,
    secrets: Option<&Arc<dyn SecretStore>>,
) -> Result<TokenProvider, CredentialError> {
    let http = crate::http::client(&parent.endpoints, &ProxyConfig::default()).expect("builds");
    TokenProvider::new(parent, http, clock, secrets)
}

fn aadsts(code: u32) -> FaultKind {
    FaultKind::Aadsts { code, suberror: None, claims: None }
}

/// Lets time go on between requests, which themselves run in real time.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// What a token request carries.
fn form(request: &str) -> HashMap<String, String> {
    let body = request.split("\r\n\r\n").nth(1).expect("has a body");
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// A server that answers every token request with this token.
async fn issuing(payload: &str) -> Canned {
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
    let body = format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#);
    Canned::answer("200 OK", "Content-Type: application/json\r\n", body).await
}

/// Scenario: fifty callers at once; the first of them leaves before the answer comes.
/// Guarantees: one request, one token for all: nobody who leaves breaks it off.
#[tokio::test]
async fn callers_share_one_request() {
    let scene = Scene::new().await;
    scene.tenant.inject(Fault::new(FaultKind::Delay { millis: 50 }).on(Endpoint::Token));
    let tokens = scene.tokens();
    assert!(tokens.token().now_or_never().is_none());
    let waiting: Vec<_> = (0..50).map(|_| tokens.clone()).collect();
    let got = join_all(waiting.iter().map(TokenProvider::token)).await;
    let serials: Vec<_> = got.into_iter().map(|token| token.expect("a token").serial()).collect();
    assert_eq!(serials, [1; 50]);
    assert_eq!(scene.asked(), 1);
}

/// Scenario: a token nears its end while the identity platform is down, and then it is up again.
/// Guarantees: the token is served all the while, and replaced when that is possible.
#[tokio::test]
async fn a_valid_token_outlives_failing_renewals() {
    let scene = Scene::new().await;
    let tokens = scene.tokens();
    assert_eq!(tokens.token().await.expect("a token").serial(), 1);
    scene.refuse(FaultKind::Reset);
    pass(Duration::from_mins(55)).await;
    let mut ended = tokens.0.ended.subscribe();
    assert_eq!(tokens.token().await.expect("a token").serial(), 1);
    ended.changed().await.expect("the renewal ends");
    assert_eq!(tokens.token().await.expect("a token").serial(), 1);
    scene.tenant.clear_faults();
    pass(Duration::from_secs(2)).await;
    assert_eq!(tokens.token().await.expect("a token").serial(), 1);
    ended.changed().await.expect("the renewal ends");
    assert_eq!(tokens.token().await.expect("a token").serial(), 2);
    assert_eq!(scene.asked(), 3);
}

/// Scenario: a token expires and the identity platform is down; later it is up.
/// Guarantees: the remembered error, then a token without anybody's help.
#[tokio::test]
async fn an_expired_token_is_replaced_once_that_is_possible() {
    let scene = Scene::new().await;
    let tokens = scene.tokens();
    tokens.token().await.expect("a token");
    scene.refuse(aadsts(7_000_222));
    pass(Duration::from_hours(1)).await;
    assert_eq!(tokens.token().await.expect_err("has expired").reason(), "client_secret_expired");
    scene.tenant.clear_faults();
    assert_eq!(tokens.token().await.expect_err("is remembered").reason(), "client_secret_expired");
    pass(Duration::from_secs(31)).await;
    assert_eq!(tokens.token().await.expect("a token").serial(), 2);
}

/// Scenario: three requests find the same token rejected, one of them with a challenge.
/// Guarantees: one renewal, with the challenge's claims, which later renewals do without.
#[tokio::test]
async fn a_rejected_token_is_renewed_once_with_the_claims_asked_for() {
    let server = issuing(r#"{"roles":["AuditLog.Read.All"]}"#).await;
    let tokens = provider(&parent(&server.url, "hush"));
    let first = tokens.token().await.expect("a token");
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;
    tokens.reject(&first, None);
    tokens.reject(&first, Some(claims.to_owned()));
    let second = tokens.token().await.expect("a token");
    tokens.reject(&first, None);
    assert_eq!(tokens.token().await.expect("a token").serial(), second.serial());
    pass(Duration::from_secs(2)).await;
    tokens.check_now().await.expect("a token");
    let forms: Vec<_> = server.requests().iter().map(|request| form(request)).collect();
    let sent: Vec<_> = forms.iter().map(|form| form.get("claims").map(String::as_str)).collect();
    assert_eq!(sent, [None, Some(claims), None]);
    assert_eq!(forms[0]["client_secret"], "hush");
    assert_eq!(forms[0]["grant_type"], "client_credentials");
}

/// Scenario: a tenant by its GUID, by a domain before and after a token, and by a domain of nobody.
/// Guarantees: the GUID, with at most one question; for nobody's domain an error that is remembered.
#[tokio::test]
async fn domains_are_resolved() {
    let mut scene = Scene::new().await;
    let id = TenantId(scene.tenant.id());
    assert_eq!(scene.tokens().tenant_id().await.expect("is configured"), id);
    let asked = |scene: &Scene| scene.tenant.requests(Endpoint::OpenIdConfiguration).len();
    assert_eq!(asked(&scene), 0);

    scene.parent.tenant = Tenant::Domain("contoso.example".to_owned());
    let tokens = scene.tokens();
    let both = join_all([tokens.tenant_id(), tokens.tenant_id()]).await;
    assert!(both.into_iter().all(|found| found.expect("is resolved") == id));
    assert_eq!(asked(&scene), 1);
    let tokens = scene.tokens();
    tokens.token().await.expect("a token");
    assert_eq!(tokens.tenant_id().await.expect("is in the token"), id);
    assert_eq!(asked(&scene), 1);

    scene.parent.tenant = Tenant::Domain("nobody.example".to_owned());
    let tokens = scene.tokens();
    for _ in 0..2 {
        assert_eq!(tokens.tenant_id().await.expect_err("is nobody's").reason(), "tenant_not_found");
    }
    let questions = scene.simulator.requests();
    let nobodys = questions.iter().filter(|request| request.target.starts_with("/nobody.example/"));
    assert_eq!(nobodys.count(), 1);
}

/// Scenario: this machine's clock is an hour behind, and the app proves itself with a certificate.
/// Guarantees: the error says by how much the clock is wrong; the next try goes by Microsoft's clock and works.
#[tokio::test]
async fn a_wrong_clock_is_told_and_overcome() {
    let mut scene = Scene::new().await;
    scene.parent.credential = Strategy::ClientCertificate {
        certificate: testdata::CERTIFICATE_PEM.to_owned(),
        private_key: testdata::PRIVATE_KEY_PEM.into(),
    }
    .into();
    let system = Clock::system();
    let behind = Clock::simulated(move || system.now() - SignedDuration::from_hours(1));
    let tokens = provider_at(&scene.parent, behind);
    let error = tokens.token().await.expect_err("has expired before it began");
    assert_eq!(error.reason(), "client_assertion_out_of_time");
    let offset = error.diagnosis().clock_offset.expect("is seen").as_secs();
    assert!((3_590..3_610).contains(&offset), "{offset}");
    assert!(error.to_string().contains("min behind Microsoft's"), "{error}");
    pass(Duration::from_secs(1)).await;
    tokens.check_now().await.expect("a token");
}

/// Scenario: an attempt ends without an outcome, as if it had panicked.
/// Guarantees: nobody waits for ever; it is tried again.
#[tokio::test]
async fn an_attempt_that_is_broken_off_ends() {
    let scene = Scene::new().await;
    let tokens = scene.tokens();
    assert_eq!(tokens.0.lock().schedule.wanted(tokens.0.clock.monotonic()), Decision::Renew);
    let waiting = tokens.token();
    drop(Attempt { of: Arc::downgrade(&tokens.0), claims: None, outcome: None });
    assert_eq!(waiting.await.expect_err("is broken off").reason(), "token_request_interrupted");
    pass(Duration::from_secs(2)).await;
    assert!(tokens.token().await.is_ok());
}
