//! Tokens by each kind of credential, and by two of them.

use super::*;
use crate::config::{Credential, Endpoints, IdentityService, ManagedIdentity, WhichIdentity};

/// Scenario: a secret full of characters that need encoding, and a certificate.
/// Guarantees: both give a token of the tenant with its roles; nobody is asked before a token is wanted.
#[tokio::test]
async fn both_credentials_give_tokens() {
    let mut scene = Scene::new().await;
    for _ in 0..2 {
        let (tokens, before) = (scene.tokens(), scene.asked());
        let token = tokens.token().await.expect("a token");
        assert_eq!(token.tenant(), Some(TenantId(scene.tenant.id())));
        assert!(token.permits(ROLE) && token.expires_at() > Clock::system().monotonic());
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
