//! When there is no token.

use super::*;

/// Scenario: every number of the table, as the identity platform sends it.
/// Guarantees: the error is of the number's kind and carries what Microsoft said; it is remembered, with the time of
/// the next try; a demand asks at once and finds that it has passed.
#[tokio::test]
async fn every_refusal_is_understood_and_remembered() {
    let scene = Scene::new().await;
    for (numbers, meaning) in aadsts::NUMBERS {
        for number in *numbers {
            let (tokens, before) = (scene.tokens(), scene.asked());
            scene.refuse(aadsts(*number));
            let error = tokens.token().await.expect_err("is refused");
            scene.tenant.clear_faults();
            let diagnosis = error.diagnosis();
            assert_eq!((diagnosis.reason, diagnosis.aadsts), (meaning.reason, Some(*number)));
            assert_eq!(error.way_out(), meaning.way_out);
            let class = match error {
                IdentityError::Transient { .. } => matches!(meaning.class, Class::Transient | Class::BackOff),
                IdentityError::Consent { .. } => meaning.class == Class::Consent,
                IdentityError::Configuration { .. } => meaning.class == Class::Configuration,
            };
            assert!(class, "{number}: {error:?}");
            let said = diagnosis.description.as_deref().expect("is kept");
            assert!(said.starts_with(&format!("AADSTS{number}: ")) && !said.contains("Trace ID"), "{said}");
            assert!(diagnosis.correlation_id.is_some() && diagnosis.trace_id.is_some());
            assert!(error.to_string().contains(&format!("AADSTS{number}, correlation id")), "{error}");

            let again = tokens.token().await.expect_err("is remembered");
            assert_eq!(again.diagnosis(), error.diagnosis());
            assert!(again.next_try() > Some(Clock::system().monotonic()), "{number}");
            assert_eq!(scene.asked(), before + 1, "{number}");
            pass(Duration::from_secs(1)).await;
            assert!(tokens.check_now().await.is_ok(), "{number}");
        }
    }
}

/// Scenario: what a broken network, a proxy or a portal answers in the identity platform's place.
/// Guarantees: it passes, says what happened in words, and keeps to the wait that is asked for.
#[tokio::test]
async fn what_is_no_answer_passes() {
    let scene = Scene::new().await;
    let status = |status, retry_after_secs| FaultKind::Status { status, retry_after_secs };
    let redirect = FaultKind::Redirect { status: 302, location: "http://127.0.0.1:1/".to_owned() };
    for (fault, reason, wait) in [
        (FaultKind::Reset, "login_broken_off", 0),
        (FaultKind::HalfBody, "login_broken_off", 0),
        (FaultKind::Html, "login_unreadable", 0),
        (FaultKind::BrokenJson, "login_unreadable", 0),
        (FaultKind::EmptyBody, "login_unreadable", 0),
        (FaultKind::HugePage { mebibytes: 2 }, "login_unreadable", 0),
        (redirect, "login_unreadable", 0),
        (status(503, Some(77)), "microsoft_unavailable", 77),
        (status(429, Some(99)), "microsoft_unavailable", 99),
        (status(500, None), "microsoft_unavailable", 0),
    ] {
        scene.refuse(fault.clone());
        let error = scene.tokens().token().await.expect_err("has no answer");
        scene.tenant.clear_faults();
        assert!(matches!(error, IdentityError::Transient { .. }), "{fault:?}: {error:?}");
        assert_eq!(error.reason(), reason, "{fault:?}");
        let least =
            Clock::system().monotonic() + Duration::from_secs(wait).saturating_sub(Duration::from_secs(5));
        assert!(error.next_try() >= Some(least), "{fault:?}");
    }
    let mut parent = scene.parent.clone();
    parent.endpoints.login = nobody().await;
    let error = provider(&parent).token().await.expect_err("nobody is there");
    assert_eq!(error.reason(), "login_unreachable");
    assert!(error.to_string().contains("it refuses connections"), "{error}");
}

/// Scenario: Graph rejects one fresh token after the other.
/// Guarantees: after two of them the error says so, and Microsoft is left alone for a while.
#[tokio::test]
async fn rejections_in_a_row_become_an_error() {
    let scene = Scene::new().await;
    let tokens = scene.tokens();
    for _ in 0..2 {
        let token = tokens.token().await.expect("a token");
        tokens.reject(&token, None);
    }
    let error = tokens.token().await.expect_err("is rejected");
    assert_eq!(error.reason(), "token_rejected");
    assert!(error.next_try().is_some());
    assert_eq!(scene.asked(), 2);
}

/// Scenario: nobody has consented; then to something else; then to what is needed.
/// Guarantees: pending consent with a reason for each; a token as soon as the permission shows in one.
#[tokio::test]
async fn a_token_without_the_permission_is_none() {
    let scene = Scene::new().await;
    let tokens = scene.tokens();
    for (roles, reason) in
        [(vec![], "consent_missing"), (vec!["Directory.Read.All".to_owned()], "permission_missing")]
    {
        scene.tenant.set_roles(roles);
        let error = tokens.check_now().await.expect_err("is of no use");
        assert!(matches!(error, IdentityError::Consent { .. }), "{error:?}");
        assert_eq!(error.reason(), reason);
        pass(Duration::from_secs(1)).await;
    }
    scene.tenant.set_roles([ROLE.to_owned()]);
    assert!(tokens.token().await.is_err(), "is remembered");
    pass(Duration::from_mins(2)).await;
    assert!(tokens.token().await.is_ok());
}

/// Scenario: a token of another tenant than the configured one.
/// Guarantees: it is refused and never served.
#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let other = Uuid::from_u128(0xbad);
    let server = issuing(&format!(r#"{{"tid":"{other}","roles":["AuditLog.Read.All"]}}"#)).await;
    let error = provider(&parent(&server.url, "hush")).token().await.expect_err("is another's");
    assert!(matches!(error, IdentityError::Configuration { .. }), "{error:?}");
    assert_eq!(error.reason(), "tenant_mismatch");
}

/// Scenario: a wrong secret, which whoever answers repeats in its description, in its `error` and in ids.
/// Guarantees: neither secret nor token shows in what is printed, for people or for debugging.
#[tokio::test]
async fn nothing_shows_a_secret() {
    let (hard, word) = ("hush~1+/ %&=  x", "hush_hush");
    for (secret, sent, said, error) in [
        (hard, "hush%7E1%2B%2F+%25%26%3D++x", hard, "invalid_client"),
        (hard, "hush", "hush~1+/ %&= x", hard),
        (hard, "hush", "hush%7E1%2B%2F+%25%26%3D++x", "invalid_client"),
        (hard, "hush", "hush~1+/%20%25%26%3d%20%20x", "invalid_client"),
        (hard, "hush", "hush%257E1%252B%252F%2B%2525%2526%253D%2B%2Bx", "invalid_client"),
        (word, word, "another", word),
    ] {
        let body = serde_json::json!({
            "error": error,
            "suberror": secret,
            "error_description": format!("AADSTS7000215: Invalid client secret {said} provided."),
            "error_codes": [7_000_215],
            "trace_id": secret,
            "correlation_id": secret,
        });
        let server =
            Canned::answer("401 Unauthorized", "Content-Type: application/json\r\n", body.to_string()).await;
        let parent = parent(&server.url, secret);
        let tokens = provider(&parent);
        let error = tokens.token().await.expect_err("is wrong");
        assert_eq!(error.reason(), "client_secret_wrong");
        assert!(server.requests()[0].contains(&format!("client_secret={sent}")), "it was sent");
        let printed = format!("{error} {error:?} {tokens:?} {parent:?} {:?}", SensitiveString::from(secret));
        assert!(!printed.contains("hush"), "{printed}");
    }

    let scene = Scene::new().await;
    let token = scene.tokens().token().await.expect("a token");
    let request = token.authorize(Client::new().get(scene.simulator.graph_endpoint()));
    let request = request.build().expect("builds");
    let sent = request.headers()["authorization"].to_str().expect("is text").to_owned();
    let printed = format!("{token:?} {request:?}");
    assert!(sent.starts_with("Bearer ") && !printed.contains(&sent["Bearer ".len()..]), "{printed}");
}

/// Scenario: a federated token and what a key signed come back in a refusal of something in between.
/// Guarantees: nothing that can be printed shows them.
#[tokio::test]
async fn nothing_shows_an_assertion() {
    let directory = tempfile::tempdir().expect("is made");
    let file = directory.path().join("token");
    std::fs::write(&file, "hush").expect("is written");
    let body = r#"{"error":"invalid_client","error_description":"AADSTS700027: You sent hush."}"#;
    let server = Canned::answer("401 Unauthorized", "Content-Type: application/json\r\n", body).await;
    let mut parent = parent(&server.url, "");
    parent.credential = Strategy::FederatedToken { file }.into();
    let tokens = provider(&parent);
    let error = tokens.token().await.expect_err("is refused");
    assert_eq!(error.reason(), "client_assertion_refused");
    assert!(error.way_out().contains("auth.token_file"), "{}", error.way_out());
    let printed = format!("{error} {error:?} {tokens:?} {parent:?}");
    assert!(server.requests()[0].contains("client_assertion=hush") && !printed.contains("hush"), "{printed}");
}

/// Scenario: a certificate whose key is none.
/// Guarantees: the provider is not made, and the error does not show the key.
#[test]
fn a_bad_credential_is_refused_at_once() {
    let mut parent = parent(&"http://127.0.0.1:1/".parse().expect("is a URL"), "");
    parent.credential = Strategy::ClientCertificate {
        certificate: testdata::CERTIFICATE_PEM.to_owned(),
        private_key: "hush".into(),
    }
    .into();
    let http = crate::http::client(&parent.endpoints, &ProxyConfig::default()).expect("builds");
    let error = TokenProvider::new(&parent, http, Clock::simulated(|| Timestamp::UNIX_EPOCH), None);
    assert_eq!(error.err(), Some(CredentialError::PrivateKey));
}
