//! Tokens: how they are got, refused, and what they open.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use graph_simulator::{Endpoint, Fault, FaultKind, SimulatorConfig, testdata};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{Scene, contoso, scene, scene_with};

/// The payload of a token.
fn payload(token: &str) -> Value {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).expect("is base64url")).expect("is JSON")
}

/// Status and body of a refusal, after checking that it has all members that Microsoft's have.
async fn refusal(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.expect("is JSON");
    for member in
        ["error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id", "error_uri"]
    {
        assert!(body.get(member).is_some(), "{member} is missing: {body}");
    }
    let code = body["error_codes"][0].as_u64().expect("has a code");
    let description = body["error_description"].as_str().expect("has a description");
    assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
    (status, body)
}

/// Scenario: the secret in the form and in HTTP Basic; the secret has characters that need encoding.
/// Guarantees: both give tokens, each unique, with the claims a client looks at.
#[tokio::test]
async fn a_secret_gives_a_token() {
    let scene = scene(contoso()).await;
    let first = payload(&scene.token);
    assert_eq!(first["tid"], scene.config.id.to_string());
    assert_eq!(first["aud"], scene.url("").trim_end_matches('/'));
    assert_eq!(first["appid"], scene.config.client_id);
    assert_eq!(first["roles"], json!(scene.config.roles));
    assert_eq!(
        first["exp"].as_i64().expect("is a number") - first["iat"].as_i64().expect("is a number"),
        86_400
    );

    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = format!("{}:{}", encode(&scene.config.client_id), encode(&scene.config.client_secret));
    let url = scene.url(&format!("{}/oauth2/v2.0/token", scene.config.domains[0]));
    let form = [("grant_type", "client_credentials"), ("scope", &scene.url(".default"))];
    let request = scene.client.post(url).header("Authorization", format!("Basic {}", STANDARD.encode(basic)));
    let answer: Value = request.form(&form).send().await.expect("answers").json().await.expect("is JSON");
    let second = payload(answer["access_token"].as_str().expect("has a token"));
    assert_eq!(second["tid"], first["tid"]);
    assert_ne!(second["uti"], first["uti"]);
}

/// Scenario: every way to ask wrongly.
/// Guarantees: the AADSTS number, OAuth error and status that Microsoft gives.
#[tokio::test]
async fn wrong_requests_are_refused() {
    let scene = scene(contoso()).await;
    for (change, status, code, error) in [
        (("client_secret", "wrong"), 401, 7_000_215, "invalid_client"),
        (("client_secret", ""), 401, 7_000_218, "invalid_client"),
        (("client_id", "another"), 400, 700_016, "unauthorized_client"),
        (("grant_type", "password"), 400, 70_003, "unsupported_grant_type"),
        (("grant_type", ""), 400, 900_144, "invalid_request"),
        (("scope", "User.Read"), 400, 1_002_012, "invalid_scope"),
        (("scope", "https://other.example/.default"), 400, 500_011, "invalid_resource"),
    ] {
        let (got_status, body) = refusal(scene.ask_token(&[change]).await).await;
        assert_eq!(
            (got_status, &body["error"], &body["error_codes"]),
            (status, &json!(error), &json!([code])),
            "{change:?}"
        );
    }
    for (tenant, code) in [("nowhere.example", 90_002), ("common", 9_001_023)] {
        let url = scene.url(&format!("{tenant}/oauth2/v2.0/token"));
        let (status, body) = refusal(scene.client.post(url).body("").send().await.expect("answers")).await;
        assert_eq!((status, &body["error_codes"]), (400, &json!([code])));
    }
}

/// Scenario: AADSTS faults, known and unknown, with and without extras.
/// Guarantees: each comes as often as asked, in Microsoft's form, and then tokens come again.
#[tokio::test]
async fn any_aadsts_code_on_demand() {
    let scene = scene(contoso()).await;
    for (code, status, error) in [
        (90_033, 503, "temporarily_unavailable"),
        (90_055, 429, "temporarily_unavailable"),
        (65_001, 400, "invalid_grant"),
        (7_000_222, 401, "invalid_client"),
        (50_076, 400, "interaction_required"),
        (1_234_567, 400, "invalid_request"),
    ] {
        let kind =
            FaultKind::Aadsts { code, suberror: Some("basic_action".into()), claims: Some("{}".into()) };
        scene.tenant.inject(Fault::new(kind).times(2));
        for _ in 0..2 {
            let (got, body) = refusal(scene.ask_token(&[]).await).await;
            assert_eq!(
                (got, &body["error"], &body["suberror"]),
                (status, &json!(error), &json!("basic_action"))
            );
            assert_eq!((&body["error_codes"], &body["claims"]), (&json!([code]), &json!("{}")));
        }
        assert_eq!(scene.ask_token(&[]).await.status(), 200);
    }
    assert_eq!(scene.tenant.faults(), []);
}

struct Assertion {
    algorithm: Algorithm,
    key: &'static str,
    thumbprint: Option<String>,
    claims: Value,
}

impl Assertion {
    /// One that is right in all respects.
    fn good(scene: &Scene) -> Self {
        let now = scene.simulator.now().as_second();
        let id = &scene.config.client_id;
        let aud = scene.url(&format!("{}/oauth2/v2.0/token", scene.config.id));
        Self {
            algorithm: Algorithm::PS256,
            key: testdata::PRIVATE_KEY_PEM,
            thumbprint: Some(testdata::CERTIFICATE_THUMBPRINT.to_owned()),
            claims: json!({"aud": aud, "iss": id, "sub": id, "jti": uuid::Uuid::new_v4(), "nbf": now, "exp": now + 300}),
        }
    }

    async fn send(self, scene: &Scene) -> reqwest::Response {
        let header = Header { x5t_s256: self.thumbprint, ..Header::new(self.algorithm) };
        let key = EncodingKey::from_rsa_pem(self.key.as_bytes()).expect("is a key");
        let assertion = jsonwebtoken::encode(&header, &self.claims, &key).expect("signs");
        scene
            .ask_token(&[
                ("client_secret", ""),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", &assertion),
            ])
            .await
    }
}

/// A tenant whose application has a certificate and no secret.
async fn certified_scene() -> Scene {
    let scene = scene(contoso()).await;
    scene.tenant.set_client_secrets([]);
    scene.tenant.set_certificates(&[testdata::CERTIFICATE_PEM]).expect("is a certificate");
    scene
}

/// Scenario: assertions signed with PS256 and RS256 by the registered certificate.
/// Guarantees: a token comes, and it says that a certificate was used.
#[tokio::test]
async fn a_certificate_gives_a_token() {
    let scene = certified_scene().await;
    for algorithm in [Algorithm::PS256, Algorithm::RS256] {
        let response = Assertion { algorithm, ..Assertion::good(&scene) }.send(&scene).await;
        let answer: Value = response.json().await.expect("is JSON");
        assert_eq!(payload(answer["access_token"].as_str().expect("has a token"))["appidacr"], "2");
    }
}

/// Scenario: assertions with one thing wrong each.
/// Guarantees: each is refused with the number for that.
#[tokio::test]
async fn wrong_assertions_are_refused() {
    let scene = certified_scene().await;
    let now = scene.simulator.now().as_second();
    let good = || Assertion::good(&scene);
    let with = |name: &str, value: Value| {
        let mut assertion = good();
        assertion.claims[name] = value;
        assertion
    };
    for (what, assertion, code) in [
        ("other key", Assertion { key: testdata::OTHER_PRIVATE_KEY_PEM, ..good() }, 700_027),
        ("unknown thumbprint", Assertion { thumbprint: Some("AAAA".to_owned()), ..good() }, 700_027),
        ("no thumbprint", Assertion { thumbprint: None, ..good() }, 700_027),
        ("other algorithm", Assertion { algorithm: Algorithm::RS512, ..good() }, 700_027),
        ("other audience", with("aud", json!(scene.url("common/oauth2/v2.0/token"))), 700_023),
        ("other issuer", with("iss", json!("somebody")), 700_021),
        ("expired", with("exp", json!(now - 600)), 700_024),
        ("not yet valid", with("nbf", json!(now + 600)), 700_024),
        ("no jti", with("jti", Value::Null), 50_027),
    ] {
        let (status, body) = refusal(assertion.send(&scene).await).await;
        assert_eq!((status, &body["error_codes"]), (401, &json!([code])), "{what}");
    }
    let twice = json!("one and the same");
    assert_eq!(with("jti", twice.clone()).send(&scene).await.status(), 200);
    let (_, body) = refusal(with("jti", twice).send(&scene).await).await;
    assert_eq!(body["error_codes"], json!([50_012]));
}

/// Scenario: tokens that live 30 s.
/// Guarantees: Graph takes them until then and not after.
#[tokio::test]
async fn tokens_expire_by_the_servers_clock() {
    let life = Duration::from_secs(30);
    let scene =
        scene_with(SimulatorConfig { token_life: life, ..SimulatorConfig::with_tenants([contoso()]) }).await;
    scene.simulator.jump_clock(jiff::SignedDuration::from_secs(25));
    assert_eq!(scene.list(&[]).await.status(), 200);
    scene.simulator.jump_clock(jiff::SignedDuration::from_secs(6));
    let response = scene.list(&[]).await;
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key("WWW-Authenticate"));
    let body: Value = response.json().await.expect("is JSON");
    assert_eq!(body["error"]["code"], "InvalidAuthenticationToken");
}

/// Scenario: roles are missing, the tenant has no licence.
/// Guarantees: the 403 that says so; policies are left out of records without the right to read them.
#[tokio::test]
async fn permissions_are_checked() {
    let scene = scene(contoso().history(50, Duration::from_mins(1))).await;
    let code = async |token: &str, path: &str| {
        let response = scene.client.get(scene.url(path)).bearer_auth(token).send().await.expect("answers");
        let status = response.status().as_u16();
        let body: Value = response.json().await.expect("is JSON");
        (status, body["error"]["code"].as_str().unwrap_or("").to_owned())
    };
    scene.tenant.set_roles(["AuditLog.Read.All".to_owned()]);
    let audit_only = scene.new_token(&[]).await;
    assert_eq!(code(&audit_only, "v1.0/organization").await, (403, "Authorization_RequestDenied".to_owned()));
    assert_eq!(code(&audit_only, "beta/auditLogs/signIns").await.0, 200);
    let records = scene.walk(&[("$filter", crate::support::ALL_KINDS)]).await;
    assert!(records.iter().all(|record| record.get("appliedConditionalAccessPolicies").is_none()));
    scene.tenant.set_roles([]);
    let nothing = scene.new_token(&[]).await;
    let missing = (403, "Authentication_MSGraphPermissionMissing".to_owned());
    assert_eq!(code(&nothing, "beta/auditLogs/signIns").await, missing);
    scene.tenant.set_premium(false);
    let poor = (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant".to_owned());
    assert_eq!(code(&audit_only, "beta/auditLogs/signIns").await, poor);
    assert_eq!(code("a.b.c", "v1.0/organization").await, (401, "InvalidAuthenticationToken".to_owned()));
}

/// Scenario: a claims challenge, answered by a token with the claims among others.
/// Guarantees: the old token stays refused; the new one is accepted; the challenge carries the claims in base64.
#[tokio::test]
async fn claims_challenges_want_their_claims() {
    let scene = scene(contoso()).await;
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    scene.tenant.inject(Fault::new(FaultKind::ClaimsChallenge { claims: claims.to_owned() }).always());
    for _ in 0..2 {
        let response = scene.list(&[]).await;
        assert_eq!(response.status(), 401);
        let header = response.headers()["WWW-Authenticate"].to_str().expect("is text");
        assert!(
            header.starts_with("Bearer ") && header.contains("error=\"insufficient_claims\""),
            "{header}"
        );
        assert!(header.contains(&format!("claims=\"{}\"", STANDARD.encode(claims))), "{header}");
    }
    let more =
        r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"xms_cc":{"values":["cp1"]}}}"#;
    let token = scene.new_token(&[("claims", more)]).await;
    let request = scene.client.get(scene.list_url(&[])).bearer_auth(&token);
    assert_eq!(request.send().await.expect("answers").status(), 200);
}

/// Scenario: OpenID metadata by GUID and by domain, and of a tenant that does not exist.
/// Guarantees: both name the GUID; the other is refused; `/organization` has name and domains.
#[tokio::test]
async fn tenants_are_found_by_domain() {
    let scene = scene(contoso()).await;
    let metadata = async |tenant: &str| -> Value {
        let url = scene.url(&format!("{tenant}/v2.0/.well-known/openid-configuration"));
        scene.client.get(url).send().await.expect("answers").json().await.expect("is JSON")
    };
    let by_domain = metadata("contoso.example").await;
    assert_eq!(by_domain, metadata(&scene.config.id.to_string()).await);
    assert_eq!(by_domain["issuer"], scene.url(&format!("{}/v2.0", scene.config.id)));
    assert_eq!(by_domain["token_endpoint"], scene.url(&format!("{}/oauth2/v2.0/token", scene.config.id)));
    assert_eq!(metadata("nowhere.example").await["error_codes"], json!([90_002]));
    let organization = scene.get(&scene.url("v1.0/organization")).send().await.expect("answers");
    let organization: Value = organization.json().await.expect("is JSON");
    assert_eq!(organization["value"][0]["displayName"], "Contoso");
    assert_eq!(organization["value"][0]["verifiedDomains"][0]["name"], "contoso.example");
    assert_eq!(scene.tenant.requests(Endpoint::OpenIdConfiguration).len(), 2);
}
