//! Having an administrator consent, at the simulator's consent page.

use collector::authorize::{
    AuthorizeError, Authorizer, ConnectorName, Granted, Redirect, RedirectAnswer, RedirectTo,
};
use graph_simulator::Interaction;

use super::*;

pub(super) const ROLE: &str = "AuditLog.Read.All";

/// A source at work, and what it offers.
pub(super) struct Authorized {
    pub(super) scene: Scene,
    pub(super) run: TestRun,
    pub(super) authorizer: Arc<dyn Authorizer>,
}

impl Authorized {
    pub(super) async fn new() -> Self {
        let scene = Scene::new(vec![contoso(10)]).await;
        scene.simulator.tenant(&TENANT).unwrap().set_roles([]);
        Self::of(scene).await
    }

    /// Waits until the source of this scene wants somebody.
    pub(super) async fn of(scene: Scene) -> Self {
        let (context, controls) = scene.host.context();
        let slot = context.authorizer.clone();
        let run = scene.host.run(scene.config.build(context).await.unwrap(), controls);
        let pending = |report: &ConnectorReport| {
            report.status == ConnectorStatus::PendingUserConsent && slot.get().is_some()
        };
        reported(&run, "Microsoft Azure AD", pending).await;
        Self { authorizer: slot.get().unwrap(), scene, run }
    }

    pub(super) async fn begin(&self, connector: &str) -> Result<Redirect, AuthorizeError> {
        self.begin_of(&connector.into()).await
    }

    async fn begin_of(&self, connector: &ConnectorName) -> Result<Redirect, AuthorizeError> {
        let redirect_uri = "http://localhost:8686/oauth/callback".parse().unwrap();
        let to = RedirectTo { redirect_uri, state: "s+t/a=t&e".to_owned() };
        self.authorizer.by_redirect(connector, to).await
    }

    /// Opens Microsoft's page; what the browser comes back with.
    pub(super) async fn visit(&self, redirect: &Redirect) -> RedirectAnswer {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = client.get(redirect.open.clone()).send().await.unwrap();
        let back: url::Url = answer.headers()["location"].to_str().unwrap().parse().unwrap();
        assert_eq!(back.path(), "/oauth/callback");
        let query: Vec<_> = back.query_pairs().into_owned().collect();
        assert!(query.contains(&("state".to_owned(), "s+t/a=t&e".to_owned())), "{query:?}");
        RedirectAnswer::new(query)
    }
}

/// Scenario: nobody has consented; an administrator is sent to Microsoft by the child, consents there and comes back. Guarantee: what was granted is read from a
/// token of the right tenant, and parent and child are connected by themselves.
#[tokio::test]
async fn consent_connects_parent_and_child() {
    let at = Authorized::new().await;
    let redirect = at.begin("Contoso-sign-ins").await.unwrap();
    at.scene.simulator.tenant(&TENANT).unwrap().set_roles([ROLE.to_owned()]);
    let answer = at.visit(&redirect).await;
    let granted = (redirect.finish)(answer).await.unwrap();
    let expected =
        Granted { tenant_id: TENANT.to_string(), permissions: vec![ROLE.to_owned()], missing: Vec::new() };
    assert_eq!(granted, expected);
    let connected = |report: &ConnectorReport| report.status == ConnectorStatus::Connected;
    reported(&at.run, "Microsoft 365", connected).await;
    reported(&at.run, "Microsoft Azure AD", connected).await;
    at.run.stop().await;
}

/// Scenario: the administrator declines; the answer claims a consent that nobody gave, of another tenant; it claims nothing. Guarantee: none of them is
/// believed, and the permission that is missing is named. A consent is waited for, which is how long this takes.
#[tokio::test]
async fn a_redirect_is_not_believed() {
    let at = Authorized::new().await;
    let tenant = at.scene.simulator.tenant(&TENANT).unwrap();
    tenant.set_interaction(Interaction::Declines);
    let redirect = at.begin("Contoso").await.unwrap();
    let answer = at.visit(&redirect).await;
    let declined = (redirect.finish)(answer).await.unwrap_err();
    assert!(
        matches!(&declined, AuthorizeError::Declined(said) if said.contains("AADSTS65004")),
        "{declined:?}"
    );
    let redirect = at.begin("Contoso").await.unwrap();
    let nothing = (redirect.finish)(RedirectAnswer::new(Vec::new())).await.unwrap_err();
    assert!(matches!(nothing, AuthorizeError::Failed { .. }), "{nothing:?}");
    let redirect = at.begin("Contoso").await.unwrap();
    let forged = [("admin_consent", "True"), ("tenant", "00000000-0000-0000-0000-0000000000ff")];
    let forged = forged.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let granted = (redirect.finish)(RedirectAnswer::new(forged)).await;
    let missing =
        Granted { tenant_id: String::new(), permissions: Vec::new(), missing: vec![ROLE.to_owned()] };
    assert_eq!(granted, Ok(missing));
    let unknown = at.begin("nobody").await.map(drop).unwrap_err();
    assert_eq!(unknown, AuthorizeError::UnknownConnector("nobody".to_owned()));
    at.run.stop().await;
}

/// Scenario: the errors that a browser comes back with. Guarantee: what a person said no to is told apart from what somebody has to set right,
/// with words and a way out of its own; what the redirect says beside that does not show. And no code is offered where an administrator consents.
#[tokio::test]
async fn errors_of_a_redirect_are_told_apart() {
    let at = Authorized::new().await;
    for (error, description, declined, words) in [
        ("access_denied", "AADSTS65004: <b>hush</b> declined.", true, "consent was declined (AADSTS65004)"),
        ("access_denied", "hush", true, "Microsoft denies the token (access_denied)"),
        ("permission_denied", "hush", true, "consent was declined (permission_denied)"),
        ("unauthorized_client", "AADSTS90094: hush", false, "an admin of the tenant must consent to the app"),
        ("invalid_request", "AADSTS500113: hush", false, "the redirect address is not registered"),
        ("invalid_request", "AADSTS50011: hush", false, "Add the redirect URI to the app registration."),
        ("access_denied", "AADSTS65005: hush", false, "Check API permissions of the app registration."),
    ] {
        let answer = [("error", error), ("error_description", description), ("admin_consent", "True")];
        let answer = answer.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let redirect = at.begin("Contoso").await.unwrap();
        let refused = (redirect.finish)(RedirectAnswer::new(answer)).await.unwrap_err();
        assert_eq!(matches!(refused, AuthorizeError::Declined(_)), declined, "{refused:?}");
        let said = format!("{refused:?}");
        assert!(said.contains(words) && !said.contains("hush"), "{said}");
    }
    let no_code = at.authorizer.by_device_code(&"Contoso".into()).await.map(drop).unwrap_err();
    assert!(no_code.to_string().contains("permissions of its own"), "{no_code}");
    at.run.stop().await;
}

/// Scenario: a parent has the name of a connector below another parent, which stands first. Guarantee: the application says which of them is authorized; where
/// nobody says it, the parent is.
#[tokio::test]
async fn a_name_is_of_its_application() {
    let other = Uuid::from_u128(0xfa);
    let mut scene = Scene::new(vec![contoso(0), TenantConfig::new(other, "Fabrikam")]).await;
    scene.simulator.tenant(&TENANT).unwrap().set_roles([]);
    scene.config.microsoft_365[0].azure_ad[0].name = "Fabrikam".to_owned();
    let at = Authorized::of(scene).await;
    for (application, tenant) in [
        (None, Some(other)),
        (Some("Microsoft 365"), Some(other)),
        (Some("Microsoft Azure AD"), Some(TENANT)),
        (Some("x"), None),
    ] {
        let application = application.map(str::to_owned);
        let begun = at.begin_of(&ConnectorName { application, ..ConnectorName::from("Fabrikam") }).await.ok();
        let page = begun.map(|redirect| redirect.open.path().to_owned());
        assert_eq!(page, tenant.map(|tenant| format!("/{tenant}/v2.0/adminconsent")));
    }
    at.run.kill().await;
}
