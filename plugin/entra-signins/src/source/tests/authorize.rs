//! Having an administrator consent, at the simulator's consent page.

use collector::authorize::{AuthorizeError, Authorizer, Granted, Redirect, RedirectAnswer, RedirectTo};
use graph_simulator::Interaction;

use super::*;

const ROLE: &str = "AuditLog.Read.All";

/// A source at work, and what it offers.
struct Authorized {
    scene: Scene,
    run: TestRun,
    authorizer: Arc<dyn Authorizer>,
}

impl Authorized {
    async fn new() -> Self {
        let scene = Scene::new(vec![contoso(10)]).await;
        scene.simulator.tenant(&TENANT).unwrap().set_roles([]);
        let (context, controls) = scene.host.context();
        let slot = context.authorizer.clone();
        let run = scene.host.run(scene.config.build(context).await.unwrap(), controls);
        let pending = |report: &ConnectorReport| {
            report.status == ConnectorStatus::PendingUserConsent && slot.get().is_some()
        };
        reported(&run, "Microsoft Azure AD", pending).await;
        Self { authorizer: slot.get().unwrap(), scene, run }
    }

    async fn begin(&self, connector: &str) -> Result<Redirect, AuthorizeError> {
        let redirect_uri = "http://localhost:8686/oauth/callback".parse().unwrap();
        self.authorizer
            .by_redirect(connector, RedirectTo { redirect_uri, state: "s+t/a=t&e".to_owned() })
            .await
    }

    /// Opens Microsoft's page; what the browser comes back with.
    async fn visit(&self, redirect: &Redirect) -> RedirectAnswer {
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
