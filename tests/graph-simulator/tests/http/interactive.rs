//! Users who sign in, devices, administrators who consent, and managed identities.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graph_simulator::{IDENTITY_HEADER, Interaction};
use reqwest::Url;
use serde_json::Value;

use crate::support::{Scene, contoso, scene};

const REDIRECT: &str = "http://localhost:4711/back";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-43-characters";

fn scope(scene: &Scene) -> String {
    format!("{} offline_access", scene.url(".default"))
}

/// What the browser is sent back with.
async fn authorize(scene: &Scene) -> HashMap<String, String> {
    let challenge = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
    let mut url =
        Url::parse(&scene.url(&format!("{}/oauth2/v2.0/authorize", scene.config.id))).expect("is a URL");
    url.query_pairs_mut()
        .append_pair("client_id", &scene.config.client_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("scope", &scope(scene))
        .append_pair("state", "a state & more")
        .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
        .append_pair("code_challenge_method", "S256");
    let response = scene.client.get(url).send().await.expect("answers");
    assert_eq!(response.status(), 302);
    let back = response.headers()["Location"].to_str().expect("is text");
    assert!(back.starts_with(REDIRECT), "{back}");
    Url::parse(back).expect("is a URL").query_pairs().into_owned().collect()
}

async fn redeem(scene: &Scene, code: &str, verifier: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
        ("scope", ""),
    ];
    scene.ask_token(&form).await.json().await.expect("is JSON")
}

/// Scenario: sign-in with PKCE; the code with a wrong verifier, with the right one, and again.
/// Guarantees: only the right exchange gives tokens, once; the token reads sign-ins; refusals have their numbers.
#[tokio::test]
async fn an_authorization_code_works_once() {
    let scene = scene(contoso()).await;
    let back = authorize(&scene).await;
    assert_eq!(back["state"], "a state & more");
    assert_eq!(redeem(&scene, &back["code"], "wrong").await["error_codes"][0], 501_481);
    let tokens = redeem(&scene, &back["code"], VERIFIER).await;
    let access = tokens["access_token"].as_str().unwrap_or_else(|| panic!("no token: {tokens}"));
    let list = scene.client.get(scene.list_url(&[])).bearer_auth(access);
    assert_eq!(list.send().await.expect("answers").status(), 200);
    assert_eq!(redeem(&scene, &back["code"], VERIFIER).await["error_codes"][0], 54_005);
    assert_eq!(redeem(&scene, "forged", VERIFIER).await["error"], "invalid_grant");
}

/// Scenario: refresh tokens are used, used again, and revoked.
/// Guarantees: each use gives a new one and the old stays good, until all are revoked.
#[tokio::test]
async fn refresh_tokens_rotate_and_are_revoked() {
    let scene = scene(contoso()).await;
    let tokens = redeem(&scene, &authorize(&scene).await["code"], VERIFIER).await;
    let refresh = async |token: &str| -> Value {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", "")];
        scene.ask_token(&form).await.json().await.expect("is JSON")
    };
    let first = tokens["refresh_token"].as_str().expect("has a refresh token");
    let second = refresh(first).await["refresh_token"].as_str().expect("has a refresh token").to_owned();
    assert_ne!(second, first);
    assert!(refresh(first).await["access_token"].is_string());
    scene.tenant.revoke_refresh_tokens();
    for token in [first, &second] {
        let refused = refresh(token).await;
        assert_eq!(
            (&refused["error"], &refused["error_codes"][0]),
            (&"invalid_grant".into(), &50_173.into())
        );
    }
}

/// Scenario: a device code while nobody acts, when the user declines, agrees, and after that.
/// Guarantees: pending, declined, tokens, and refused, in the words of RFC 8628 and Microsoft.
#[tokio::test]
async fn device_codes_wait_for_the_user() {
    let scene = scene(contoso()).await;
    let url = scene.url(&format!("{}/oauth2/v2.0/devicecode", scene.config.id));
    let form = [("client_id", scene.config.client_id.clone()), ("scope", scope(&scene))];
    let device: Value =
        scene.client.post(url).form(&form).send().await.expect("answers").json().await.expect("is JSON");
    assert!(device["verification_uri"].is_string() && device["user_code"].is_string());
    let code = device["device_code"].as_str().expect("has a code");
    let poll = async || -> Value {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let form = [("grant_type", grant), ("device_code", code), ("client_secret", ""), ("scope", "")];
        scene.ask_token(&form).await.json().await.expect("is JSON")
    };
    for (interaction, error) in
        [(Interaction::Waits, "authorization_pending"), (Interaction::Declines, "authorization_declined")]
    {
        scene.tenant.set_interaction(interaction);
        assert_eq!(poll().await["error"], error);
    }
    scene.tenant.set_interaction(Interaction::Completes);
    assert!(poll().await["refresh_token"].is_string());
    assert_eq!(poll().await["error"], "invalid_grant");
    scene.simulator.jump_clock(jiff::SignedDuration::from_mins(16));
    assert_eq!(poll().await["error"], "expired_token");
}

/// Scenario: administrators consent or decline; a user declines.
/// Guarantees: the redirect says so, with the state and the tenant's GUID.
#[tokio::test]
async fn consent_is_given_or_declined() {
    let scene = scene(contoso()).await;
    let consent = async || -> HashMap<String, String> {
        let path = format!(
            "contoso.example/adminconsent?client_id={}&redirect_uri={REDIRECT}&state=s",
            scene.config.client_id
        );
        let response = scene.client.get(scene.url(&path)).send().await.expect("answers");
        let back = response.headers()["Location"].to_str().expect("is text").to_owned();
        Url::parse(&back).expect("is a URL").query_pairs().into_owned().collect()
    };
    let given = consent().await;
    assert_eq!(
        (given["admin_consent"].as_str(), given["tenant"].as_str()),
        ("True", scene.config.id.to_string().as_str())
    );
    scene.tenant.set_interaction(Interaction::Declines);
    assert_eq!(consent().await["error"], "access_denied");
    assert_eq!(authorize(&scene).await["error"], "access_denied");
}

/// Scenario: a machine and an App Service ask for their own token, with and without the header.
/// Guarantees: the token works, numbers are text; without the header nothing is given.
#[tokio::test]
async fn managed_identities_get_tokens() {
    let scene = scene(contoso()).await;
    let resource = scene.url("").trim_end_matches('/').to_owned();
    for (path, header, value) in [
        ("metadata/identity/oauth2/token", "Metadata", "true"),
        ("msi/token", "X-IDENTITY-HEADER", IDENTITY_HEADER),
    ] {
        let url =
            scene.url(&format!("{}/{path}?api-version=2018-02-01&resource={resource}", scene.config.id));
        let bare = scene.client.get(&url).send().await.expect("answers");
        assert_eq!(bare.status(), 400);
        let tokens: Value = scene
            .client
            .get(&url)
            .header(header, value)
            .send()
            .await
            .expect("answers")
            .json()
            .await
            .expect("is JSON");
        assert_eq!(tokens["expires_in"], "86400");
        let access = tokens["access_token"].as_str().expect("has a token");
        let list = scene.client.get(scene.list_url(&[])).bearer_auth(access);
        assert_eq!(list.send().await.expect("answers").status(), 200);
    }
}
