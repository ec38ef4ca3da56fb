//! A user signs in, in a browser that comes back.

use collector::testing::TestSecrets;
use graph_simulator::Interaction;
use reqwest::redirect::Policy;

use super::*;
use crate::identity::delegated::NOT_AUTHORIZED;

const STATE: &str = "s+t/a=t&e";

/// A tenant whose sign-ins are read on behalf of a user, and where the user's authorization rests.
pub(super) struct Person {
    pub(super) scene: Scene,
    pub(super) secrets: Arc<TestSecrets>,
}

impl Person {
    pub(super) async fn new(strategy: Strategy) -> Self {
        let mut scene = Scene::new().await;
        scene.parent.credential = strategy.into();
        Self { scene, secrets: Arc::default() }
    }

    /// One whose app is a public client.
    pub(super) async fn in_browser() -> Self {
        Self::new(Strategy::AuthorizationCode { client_secret: None }).await
    }

    pub(super) fn tokens(&self) -> TokenProvider {
        self.tokens_of(&self.scene.parent)
    }

    fn tokens_of(&self, parent: &Microsoft365) -> TokenProvider {
        let secrets: Arc<dyn SecretStore> = self.secrets.clone();
        provider_with(parent, Clock::system(), Some(&secrets)).expect("the credential can be used")
    }

    /// The refresh token that is kept.
    pub(super) fn kept(&self) -> Option<String> {
        self.secrets.kept().get("contoso/refresh_token").map(|(_, secret)| secret.inner().to_owned())
    }

    pub(super) async fn signs_in(&self, tokens: &TokenProvider) -> Result<SignedIn, IdentityError> {
        let sign_in = begin(tokens);
        let code = visit(&sign_in.open).await;
        came(sign_in.finish(code).await)
    }
}

fn came<T>(ended: Option<T>) -> T {
    ended.expect("the provider is there")
}

fn begin(tokens: &TokenProvider) -> SignIn {
    let redirect_uri = "http://localhost:8686/oauth/callback".parse().expect("is a URL");
    tokens.sign_in(redirect_uri, STATE.to_owned()).expect("a user signs in")
}

/// Opens Microsoft's page, where the user agrees; the code that the browser comes back with.
async fn visit(page: &Url) -> SensitiveString {
    let client = Client::builder().redirect(Policy::none()).build().expect("builds");
    let answer = client.get(page.clone()).send().await.expect("answers");
    let location = answer.headers()["location"].to_str().expect("is text");
    let back: HashMap<_, _> = Url::parse(location).expect("is a URL").query_pairs().into_owned().collect();
    assert_eq!(back["state"], STATE);
    back["code"].as_str().into()
}

/// Scenario: nobody has signed in; then somebody does, to an app without and to one with a secret. Guarantees: before that Microsoft is asked
/// for nothing; then there is a token with the user's permission, at once, and a refresh token is kept.
#[tokio::test]
async fn a_user_signs_in() {
    for client_secret in [None, Some("the app's")] {
        let strategy = Strategy::AuthorizationCode { client_secret: client_secret.map(Into::into) };
        let person = Person::new(strategy).await;
        person.scene.tenant.set_client_secrets(client_secret.map(str::to_owned));
        let tokens = person.tokens();
        let nobody = tokens.token().await.expect_err("nobody has signed in");
        assert!(matches!(nobody, IdentityError::Consent { .. }), "{nobody:?}");
        assert_eq!((nobody.reason(), person.scene.asked()), (NOT_AUTHORIZED, 0));
        let signed_in = person.signs_in(&tokens).await.expect("is granted");
        let tenant = Some(TenantId(person.scene.tenant.id()));
        let permissions = person.scene.parent_roles();
        assert_eq!(signed_in, SignedIn { tenant, permissions, suffices: true });
        assert_eq!(tokens.token().await.expect("a token").permissions(), signed_in.permissions);
        assert!(person.kept().is_some());
        assert_eq!(tokens.credential().strategy, "authorization_code");
    }
}

impl Scene {
    /// What the simulator grants by default.
    fn parent_roles(&self) -> Vec<String> {
        TenantConfig::new(self.tenant.id(), "Contoso").roles
    }
}

/// Scenario: the page that the user is sent to. Guarantees: it asks for the permission by its name and for a refresh token, with a hashed
/// challenge, and holds no secret.
#[tokio::test]
async fn the_page_shows_a_challenge_alone() {
    let person = Person::new(Strategy::AuthorizationCode { client_secret: Some("hush".into()) }).await;
    let sign_in = begin(&person.tokens());
    let query: HashMap<_, _> = sign_in.open.query_pairs().into_owned().collect();
    let graph = person.scene.parent.endpoints.graph.as_str().trim_end_matches('/');
    assert_eq!(query["scope"], format!("{graph}/AuditLog.Read.All offline_access openid"));
    assert_eq!((query["code_challenge_method"].as_str(), query["response_type"].as_str()), ("S256", "code"));
    assert_eq!(
        (query["redirect_uri"].as_str(), query["state"].as_str()),
        ("http://localhost:8686/oauth/callback", STATE)
    );
    assert!(!query.contains_key("client_secret") && !sign_in.open.as_str().contains("hush"));
    let another = begin(&person.tokens());
    assert_ne!(
        query["code_challenge"],
        another.open.query_pairs().find(|(key, _)| key == "code_challenge").expect("has one").1
    );
}

/// Scenario: codes that were asked for by somebody else, were used already, or are of another tenant. Guarantees: each is refused with its
/// reason, nothing is kept, and neither code nor verifier shows in what is said of it.
#[tokio::test]
async fn other_codes_are_refused() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    let code = visit(&begin(&tokens).open).await;
    let stolen = came(begin(&tokens).finish(code.clone()).await).expect_err("has another verifier");
    let delegated = tokens.0.exchange.delegated().expect("a user signs in");
    let (page, begun) =
        delegated.in_browser("http://localhost/".parse().expect("is a URL"), STATE.to_owned());
    let once = visit(&page).await;
    delegated.redeem(&once, &begun).await.expect("works once");
    let Err(again) = delegated.redeem(&once, &begun).await else { panic!("works once") };
    let nonsense = came(begin(&tokens).finish("nonsense".into()).await).expect_err("is no code");
    for (error, reason) in
        [(stolen, "code_verifier_wrong"), (again, "code_redeemed"), (nonsense, "sign_in_again")]
    {
        assert_eq!(error.reason(), reason);
        let said = format!("{error} {error:?}");
        assert!(!said.contains(code.inner()) && !said.contains(once.inner()), "{said}");
    }
    assert_eq!(person.kept(), None);
}

/// Scenario: what answers is Microsoft for another tenant; or echoes what it was sent. Guarantees: nothing is kept, the tenants' difference is
/// said, and of what was sent nothing is.
#[tokio::test]
async fn another_tenants_token_is_not_kept() {
    let mut person = Person::in_browser().await;
    let tid = URL_SAFE_NO_PAD.encode(format!(r#"{{"tid":"{}","scp":"{ROLE}"}}"#, Uuid::from_u128(0xbad)));
    let body = format!(
        r#"{{"token_type":"Bearer","expires_in":3599,"refresh_token":"r","access_token":"e30.{tid}.c2ln"}}"#
    );
    let server = Canned::answer("200 OK", "Content-Type: application/json\r\n", body).await;
    person.scene.parent.endpoints.login = server.url.clone();
    let tokens = person.tokens();
    let error = came(begin(&tokens).finish("code".into()).await).expect_err("is another tenant");
    assert_eq!((error.reason(), person.kept()), ("tenant_mismatch", None));
    assert!(form(&server.requests()[0]).contains_key("code_verifier"));

    let echo = r#"{"error":"invalid_grant","error_description":"AADSTS50000: you sent hush-hush"}"#;
    let server = Canned::answer("400 Bad Request", "Content-Type: application/json\r\n", echo).await;
    person.scene.parent.endpoints.login = server.url.clone();
    let tokens = person.tokens();
    let error = came(begin(&tokens).finish("hush-hush".into()).await).expect_err("is refused");
    assert!(!format!("{error} {error:?}").contains("hush-hush"), "{error:?}");
}

/// Scenario: the user grants, but not what reading sign-ins needs, while an earlier authorization works. Guarantees: it is said what there is,
/// and the earlier one stays.
#[tokio::test]
async fn a_lesser_grant_replaces_nothing() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    person.signs_in(&tokens).await.expect("is granted");
    let before = person.kept();
    person.scene.tenant.set_roles(["User.Read".to_owned()]);
    let signed_in = person.signs_in(&tokens).await.expect("is granted");
    assert_eq!((signed_in.suffices, signed_in.permissions), (false, vec!["User.Read".to_owned()]));
    assert_eq!(person.kept(), before);
}

/// Scenario: the settings of a connector change after a user has signed in: endpoint, tenant, app; and then back. Guarantees: the refresh token
/// is shown to nobody else, and is there for whom it is good.
#[tokio::test]
async fn an_authorization_is_bound_to_its_settings() {
    let person = Person::in_browser().await;
    person.signs_in(&person.tokens()).await.expect("is granted");
    let elsewhere = Canned::answer("200 OK", "", "").await;
    let parent = &person.scene.parent;
    let mut login = parent.clone();
    login.endpoints.login = elsewhere.url.clone();
    let mut graph = parent.clone();
    graph.endpoints.graph = elsewhere.url.clone();
    let tenant = Microsoft365 { tenant: Tenant::Id(TenantId(Uuid::from_u128(7))), ..parent.clone() };
    let app = Microsoft365 {
        client_id: Uuid::from_u128(7).to_string().parse().expect("is a GUID"),
        ..parent.clone()
    };
    for changed in [login, graph, tenant, app] {
        let error = person.tokens_of(&changed).token().await.expect_err("nobody has signed in");
        assert_eq!(error.reason(), NOT_AUTHORIZED);
    }
    assert_eq!(elsewhere.requests().len(), 0);
    person.tokens().token().await.expect("a token");
}

/// Scenario: a user is away at Microsoft's page and a token is asked for, when the source ends. Guarantees: what was asked for is given up, so that it takes no
/// successor's place; the user's coming back asks for nothing and keeps nothing.
#[tokio::test]
async fn who_is_away_keeps_nothing_alive() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    person.signs_in(&tokens).await.expect("is granted");
    let before = person.kept();
    let away = begin(&tokens);
    let code = visit(&away.open).await;
    pass(Duration::from_hours(24)).await;
    let mut wanted = Box::pin(tokens.token());
    assert!(futures::poll!(wanted.as_mut()).is_pending());
    let inner = Arc::downgrade(&tokens.0);
    drop(wanted);
    drop(tokens);
    assert!(inner.upgrade().is_none());
    assert!(away.finish(code).await.is_none());
    assert_eq!(person.kept(), before);
}

/// Scenario: a host that keeps no secrets. Guarantee: strategies in which a person signs in are refused with words that say so; the others work.
#[tokio::test]
async fn a_host_has_to_keep_secrets() {
    let mut scene = Scene::new().await;
    for strategy in [Strategy::AuthorizationCode { client_secret: None }, Strategy::DeviceCode] {
        scene.parent.credential = strategy.into();
        let refused = provider_with(&scene.parent, Clock::system(), None).map(drop).expect_err("is refused");
        assert_eq!(refused, CredentialError::NoSecretStore);
        assert!(refused.to_string().contains("keeps secrets"), "{refused}");
    }
}

/// Scenario: a sign-in under way is printed for debugging. Guarantee: it shows the connector's tenant and neither verifier nor page.
#[tokio::test]
async fn debug_shows_no_secrets() {
    let person = Person::in_browser().await;
    person.scene.tenant.set_interaction(Interaction::Waits);
    let tokens = person.tokens();
    let device = tokens.device_sign_in().await.expect("a user signs in").expect("has a code");
    let shown = format!("{:?} {device:?}", begin(&tokens));
    assert!(shown.contains("Contoso") || shown.contains(&person.scene.tenant.id().to_string()), "{shown}");
    assert!(!shown.contains("challenge") && !shown.contains(&device.user_code), "{shown}");
}
