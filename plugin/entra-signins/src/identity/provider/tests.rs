mod refusals;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collector::config::ProxyConfig;
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
use crate::config::{
    Credential, Endpoints, EntraSigninsConfig, IdentityService, ManagedIdentity, Strategy, WhichIdentity,
};
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
    let http = crate::http::client(&parent.endpoints, &ProxyConfig::default()).expect("builds");
    TokenProvider::new(parent, http, clock).expect("the credential can be used")
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

/// Scenario: a secret full of characters that need encoding, and a certificate.
/// Guarantees: both give a token of the tenant with its roles; nobody is asked before a token is wanted.
#[tokio::test]
async fn both_credentials_give_tokens() {
    let mut scene = Scene::new().await;
    for _ in 0..2 {
        let (tokens, before) = (scene.tokens(), scene.asked());
        let token = tokens.token().await.expect("a token");
        assert_eq!(token.tenant(), Some(TenantId(scene.tenant.id())));
        assert!(token.has_role(ROLE) && token.expires_at() > Clock::system().monotonic());
        assert_eq!(scene.asked(), before + 1);
        assert!(tokens.server_date().is_some());
        scene.parent.credential = Strategy::ClientCertificate {
            certificate: testdata::CERTIFICATE_PEM.to_owned(),
            private_key: testdata::PRIVATE_KEY_PEM.into(),
        }
        .into();
    }
    scene.parent.credential = Strategy::ClientCertificate {
        certificate: testdata::CERTIFICATE_PEM.to_owned(),
        private_key: testdata::OTHER_PRIVATE_KEY_PEM.into(),
    }
    .into();
    let error = scene.tokens().token().await.expect_err("is another's key");
    assert_eq!(error.reason(), "client_assertion_refused");
}

/// Scenario: a secret is rotated: both are good, the old one goes, the new one goes and the old one is back, both go.
/// Guarantees: there is a token for as long as one of them is good; it is known by which, and why not by the other.
#[tokio::test]
async fn a_rotation_has_no_gap() {
    let mut scene = Scene::new().await;
    let good = |scene: &Scene, secrets: &[&str]| {
        scene.tenant.set_client_secrets(secrets.iter().map(|secret| (*secret).to_owned()));
    };
    let secret = |secret: &str| Credential::from(Strategy::ClientSecret(secret.into()));
    scene.parent.credential = Credential { next: Some(Box::new(secret("new"))), ..secret("old") };
    let tokens = scene.tokens();
    let in_use = |tokens: &TokenProvider| {
        let credential = tokens.credential();
        (credential.place, credential.other_refused)
    };
    for (secrets, place, refused, requests) in [
        (["old", "new"].as_slice(), "auth", None, 1),
        (&["new"], "auth.next", Some("client_secret_wrong"), 2),
        (&["new"], "auth.next", Some("client_secret_wrong"), 1),
        (&["old"], "auth", Some("client_secret_wrong"), 2),
    ] {
        good(&scene, secrets);
        let before = scene.asked();
        pass(Duration::from_secs(2)).await;
        tokens.check_now().await.expect("a token");
        assert_eq!(in_use(&tokens), (place, refused), "{secrets:?}");
        assert_eq!(scene.asked(), before + requests, "{secrets:?}");
    }
    good(&scene, &[]);
    pass(Duration::from_secs(2)).await;
    let error = tokens.check_now().await.expect_err("both are refused");
    assert_eq!(error.reason(), "client_secret_wrong");
    assert!(
        error.to_string().contains("the credential in auth.next is refused too (client_secret_wrong)"),
        "{error}"
    );
    assert_eq!(in_use(&tokens).0, "auth");
}

/// Scenario: a credential that is refused after its expiry, and one that is refused before.
/// Guarantees: the first has expired, and keeps what Microsoft said; the second is what Microsoft said.
#[tokio::test]
async fn a_refused_credential_may_have_expired() {
    let mut scene = Scene::new().await;
    scene.refuse(aadsts(700_027));
    let now = Clock::system().now();
    for (expires_at, reason) in [
        (now - SignedDuration::from_hours(1), "credential_expired"),
        (now + SignedDuration::from_hours(1), "client_assertion_refused"),
    ] {
        scene.parent.credential.expires_at = Some(expires_at);
        let error = scene.tokens().token().await.expect_err("is refused");
        assert_eq!((error.reason(), error.diagnosis().aadsts), (reason, Some(700_027)));
    }
}

/// Scenario: two credentials, and a refusal that is no fault of theirs.
/// Guarantees: the other one is not tried.
#[tokio::test]
async fn another_credential_is_no_help_against_other_refusals() {
    let mut scene = Scene::new().await;
    let secret = scene.parent.credential.clone();
    scene.parent.credential.next = Some(Box::new(secret));
    scene.refuse(aadsts(700_016));
    assert_eq!(scene.tokens().token().await.expect_err("is refused").reason(), "app_not_in_tenant");
    assert_eq!(scene.asked(), 1);
}

/// Scenario: a managed identity of a machine and of App Service, a wrong header, and a connector of another tenant.
/// Guarantees: tokens of the identity's own tenant, whatever proxy is configured; of no other tenant.
#[tokio::test]
async fn managed_identities_read_their_own_tenant() {
    let scene = Scene::new().await;
    let address = |path: &str| {
        let url = format!("{}{}/{path}", scene.simulator.login_endpoint(), scene.tenant.id());
        url.parse::<Url>().expect("is a URL")
    };
    let of = |service, tenant| {
        let identity = ManagedIdentity { service, which: WhichIdentity::SystemAssigned };
        let proxy = Some("http://127.0.0.1:1/".to_owned());
        let proxy = ProxyConfig { http: proxy.clone(), https: proxy, no_proxy: Vec::new() };
        Microsoft365 {
            credential: Strategy::ManagedIdentity(identity).into(),
            tenant: Tenant::Id(TenantId(tenant)),
            endpoints: Endpoints { proxy: Some(proxy), ..scene.parent.endpoints.clone() },
            ..scene.parent.clone()
        }
    };
    let machine = || IdentityService::Machine { endpoint: address("metadata/identity/oauth2/token") };
    let app_service =
        |header: &str| IdentityService::AppService { endpoint: address("msi/token"), header: header.into() };
    for service in [machine(), app_service(graph_simulator::IDENTITY_HEADER)] {
        let token = provider(&of(service, scene.tenant.id())).token().await.expect("a token");
        assert_eq!(token.tenant(), Some(TenantId(scene.tenant.id())));
        assert!(token.expires_at() > Clock::system().monotonic() + Duration::from_mins(30));
    }
    let reason = async |service, tenant| {
        provider(&of(service, tenant)).token().await.expect_err("is refused").reason()
    };
    assert_eq!(reason(app_service("hush"), scene.tenant.id()).await, "managed_identity_missing");
    assert_eq!(reason(machine(), Uuid::from_u128(9)).await, "tenant_mismatch");
}

/// Scenario: a federated token that is renewed in its file between two token requests, and once is missing.
/// Guarantees: each request carries what the file holds then; nobody is asked without a token.
#[tokio::test]
async fn a_federated_token_is_read_for_each_request() {
    let server = issuing(r#"{"roles":["AuditLog.Read.All"]}"#).await;
    let directory = tempfile::tempdir().expect("is made");
    let file = directory.path().join("token");
    let strategy = Strategy::FederatedToken { file: file.clone() };
    let parent = Microsoft365 { credential: strategy.into(), ..parent(&server.url, "hush") };
    let tokens = provider(&parent);
    let error = tokens.check_now().await.expect_err("there is no file");
    assert_eq!(error.reason(), "token_file_unreadable");
    std::fs::write(&file, "first").expect("is written");
    pass(Duration::from_secs(10)).await;
    tokens.token().await.expect("a token, without anybody's help");
    std::fs::write(&file, "second").expect("is written");
    pass(Duration::from_secs(2)).await;
    tokens.check_now().await.expect("a token");
    let sent: Vec<_> =
        server.requests().iter().map(|request| form(request)["client_assertion"].clone()).collect();
    assert_eq!(sent, ["first", "second"]);
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
