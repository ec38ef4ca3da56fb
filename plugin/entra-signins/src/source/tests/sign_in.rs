//! Having a user sign in, at the simulator's page and with a code.

use collector::authorize::{AuthorizeError, Granted, RedirectAnswer};
use graph_simulator::{Endpoint, Interaction};
use jiff::SignedDuration;

use super::authorize::{Authorized, ROLE};
use super::*;
use crate::config::Strategy;

async fn scene(strategy: Strategy) -> Scene {
    let mut scene = Scene::new(vec![contoso(10)]).await;
    scene.config.microsoft_365[0].credential = strategy.into();
    scene
}

async fn connected(run: &TestRun) {
    let connected = |report: &ConnectorReport| report.status == ConnectorStatus::Connected;
    reported(run, "Microsoft 365", connected).await;
    reported(run, "Microsoft Azure AD", connected).await;
}

/// Waits until parent and child want a user for this reason.
async fn pending(run: &TestRun, reason: &str) {
    for application in ["Microsoft 365", "Microsoft Azure AD"] {
        let report = reported(run, application, |report| report.reason == reason).await;
        assert_eq!(report.status, ConnectorStatus::PendingUserConsent);
        let way_out = report.way_out.unwrap().text;
        assert!(way_out.contains("`entra-signins connectors authorize Contoso`"), "{way_out}");
    }
}

async fn sign_in(at: &Authorized) {
    let redirect = at.begin("Contoso-sign-ins").await.unwrap();
    let answer = at.visit(&redirect).await;
    let granted = (redirect.finish)(answer).await.unwrap();
    assert_eq!(granted.tenant_id, TENANT.to_string());
    assert!(granted.permissions.contains(&ROLE.to_owned()) && granted.missing.is_empty(), "{granted:?}");
}

/// Scenario: nobody has signed in; a user does, for the child; the source starts again; the authorization is revoked and the token rejected; the
/// user signs in again. Guarantees: until somebody has signed in Graph is asked for nothing, and parent and child say how to; afterwards both are
/// connected by themselves, over the restart too, and each sign-in is delivered once.
#[tokio::test]
async fn a_user_connects_parent_and_child() {
    let mut at = Authorized::of(scene(Strategy::AuthorizationCode { client_secret: None }).await).await;
    pending(&at.run, "not_authorized").await;
    let tenant = at.scene.simulator.tenant(&TENANT).unwrap();
    assert_eq!((tenant.requests(Endpoint::SignIns).len(), tenant.requests(Endpoint::Token).len()), (0, 0));
    sign_in(&at).await;
    connected(&at.run).await;
    at.run.stored(10).await;
    at.run.stop().await;

    let (context, controls) = at.scene.host.context();
    let slot = context.authorizer.clone();
    let run = at.scene.host.run(at.scene.config.build(context).await.unwrap(), controls);
    connected(&run).await;
    tenant.revoke_refresh_tokens();
    tenant.inject(Fault::new(FaultKind::InvalidToken).on(Endpoint::SignIns).times(1));
    pending(&run, "sign_in_again").await;
    // What is revoked is revoked to the second.
    at.scene.simulator.jump_clock(SignedDuration::from_secs(2));
    let at = Authorized { authorizer: slot.get().unwrap(), run, ..at };
    sign_in(&at).await;
    connected(&at.run).await;
    at.run.stop().await;
    assert_eq!(at.scene.delivered(TENANT), at.scene.truth(TENANT));
}

/// Scenario: a user is away at Microsoft's page while the source stops, is killed, and another one takes its place; an administrator likewise.
/// Guarantee: each is told to begin again, and nothing is kept.
#[tokio::test]
async fn a_source_that_has_stopped_authorizes_nothing() {
    for is_killed in [false, true] {
        for is_user in [false, true] {
            let user = Strategy::AuthorizationCode { client_secret: None };
            let at = if is_user { Authorized::of(scene(user).await).await } else { Authorized::new().await };
            let redirect = at.begin("Contoso").await.unwrap();
            let answer = at.visit(&redirect).await;
            let Authorized { scene, run, authorizer } = at;
            if is_killed {
                run.kill().await;
            } else {
                run.stop().await;
            }
            drop(authorizer);
            let asked = scene.simulator.tenant(&TENANT).unwrap().requests(Endpoint::Token).len();
            let ended = (redirect.finish)(answer).await.unwrap_err();
            assert!(ended.to_string().contains("settings of the source have changed"), "{ended:?}");
            assert!(
                matches!(&ended, AuthorizeError::Failed { way_out, .. } if way_out.text == "Begin again.")
            );
            assert_eq!(scene.simulator.tenant(&TENANT).unwrap().requests(Endpoint::Token).len(), asked);
            assert!(scene.host.secrets.kept().is_empty());
        }
    }
}

/// Scenario: a user signs in with a code, in a browser anywhere; before that another has declined. Guarantee: each is told, and the
/// connectors are connected by themselves.
#[tokio::test]
async fn a_code_connects_parent_and_child() {
    let at = Authorized::of(scene(Strategy::DeviceCode).await).await;
    let tenant = at.scene.simulator.tenant(&TENANT).unwrap();
    tenant.set_interaction(Interaction::Declines);
    let code = at.authorizer.by_device_code(&"Contoso".into()).await.unwrap();
    assert!(!format!("{code:?}").contains(&code.user_code));
    let declined = code.granted.await.unwrap_err();
    assert!(matches!(declined, AuthorizeError::Declined(_)), "{declined:?}");
    pending(&at.run, "not_authorized").await;
    tenant.set_interaction(Interaction::Completes);
    let code = at.authorizer.by_device_code(&"Contoso-sign-ins".into()).await.unwrap();
    assert_eq!(code.granted.await.unwrap().missing, Vec::<String>::new());
    connected(&at.run).await;
    at.run.stop().await;
}

/// Scenario: the user declines, comes back with nothing, with the error that an admin must consent, or grants something else than what is
/// needed. Guarantee: each is told apart, and the connectors go on to want somebody.
#[tokio::test]
async fn a_user_does_not_grant() {
    let at = Authorized::of(scene(Strategy::AuthorizationCode { client_secret: None }).await).await;
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
    tenant.set_interaction(Interaction::Completes);
    tenant.set_roles(["User.Read".to_owned()]);
    let redirect = at.begin("Contoso").await.unwrap();
    let answer = at.visit(&redirect).await;
    let granted = (redirect.finish)(answer).await.unwrap();
    let (permissions, missing) = (vec!["User.Read".to_owned()], vec![ROLE.to_owned()]);
    assert_eq!(granted, Granted { tenant_id: TENANT.to_string(), permissions, missing });
    pending(&at.run, "not_authorized").await;
    at.run.stop().await;
}

/// Scenario: the strategies in which a user signs in, each way. Guarantee: what is not offered says why, and what to do instead or that nothing is to be done.
#[tokio::test]
async fn each_strategy_offers_its_own_way() {
    let secret = || Some("hush".into());
    for (strategy, redirect, code) in [
        (Strategy::AuthorizationCode { client_secret: None }, None, None),
        (
            Strategy::AuthorizationCode { client_secret: secret() },
            None,
            Some("press Authorize in the console"),
        ),
        (Strategy::DeviceCode, Some("run `entra-signins connectors authorize`"), None),
    ] {
        let at = Authorized::of(scene(strategy).await).await;
        let refused = |error: AuthorizeError| {
            assert!(matches!(error, AuthorizeError::NotOffered { .. }), "{error:?}");
            error.to_string()
        };
        let begun = at.begin("Contoso").await.map(drop).map_err(refused).err();
        assert_eq!(begun.is_some(), redirect.is_some(), "{begun:?}");
        assert!(begun.unwrap_or_default().contains(redirect.unwrap_or_default()));
        let begun = at.authorizer.by_device_code(&"Contoso".into()).await.map(drop).map_err(refused).err();
        assert_eq!(begun.is_some(), code.is_some(), "{begun:?}");
        assert!(begun.unwrap_or_default().contains(code.unwrap_or_default()));
        at.run.kill().await;
    }
}

/// Scenario: a host that keeps no secrets. Guarantee: the source is not built, and says why.
#[tokio::test]
async fn without_a_store_nobody_can_sign_in() {
    let scene = scene(Strategy::DeviceCode).await;
    let (context, _controls) = scene.host.context();
    let context = SourceContext { secrets: None, ..context };
    let refused = scene.config.build(context).await.map(drop).unwrap_err();
    assert!(refused.to_string().contains("a host that keeps secrets"), "{refused}");
}
