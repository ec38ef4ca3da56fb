//! Tokens on behalf of a user who has signed in: one after the other, over restarts and refusals.

use collector::testing::PutFate;

use super::sign_in::Person;
use super::*;

/// Scenario: access tokens expire, one after the other, and the program starts again. Guarantees: each next one comes by the refresh token that
/// is kept, without anybody; each use leaves a newer one kept; several who want one share one exchange.
#[tokio::test]
async fn tokens_come_by_themselves() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    person.signs_in(&tokens).await.expect("is granted");
    let mut kept = vec![person.kept()];
    for serial in 2..4 {
        let asked = person.scene.asked();
        pass(Duration::from_hours(24)).await;
        let got = join_all((0..20).map(|_| tokens.token())).await;
        assert!(got.into_iter().all(|token| token.expect("a token").serial() == serial));
        assert_eq!(person.scene.asked(), asked + 1);
        kept.push(person.kept());
    }
    drop(tokens);
    person.tokens().token().await.expect("a token");
    kept.push(person.kept());
    let different: std::collections::HashSet<_> = kept.iter().collect();
    assert_eq!(different.len(), kept.len(), "each is newer");
}

/// Scenario: the program is killed while it keeps a newer refresh token: before that is durable, and after it, before the access token is used.
/// Guarantee: started again, it has tokens without anybody.
#[tokio::test]
async fn a_kill_loses_no_authorization() {
    let person = Person::in_browser().await;
    person.signs_in(&person.tokens()).await.expect("is granted");
    for (fate, is_newer) in [(PutFate::StuckBefore, false), (PutFate::StuckAfter, true)] {
        let before = person.kept();
        person.secrets.set_fate(fate);
        let (killed, asked) = (person.tokens(), person.scene.asked());
        let stuck = tokio::time::timeout(Duration::from_millis(200), killed.token()).await;
        assert!(stuck.is_err(), "no token is given out before the refresh token is kept");
        assert_eq!(person.scene.asked(), asked + 1);
        drop(killed);
        assert_eq!(person.kept() != before, is_newer, "{fate:?}");
        person.secrets.set_fate(PutFate::Kept);
        person.tokens().token().await.expect("a token");
    }
}

/// Scenario: the store takes no secrets for a while. Guarantees: tokens go on to come by the refresh token that is kept; who signs in then is told
/// that it was in vain.
#[tokio::test]
async fn a_store_that_refuses_costs_no_token() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    person.signs_in(&tokens).await.expect("is granted");
    let before = person.kept();
    person.secrets.set_fate(PutFate::Refused);
    for serial in 2..4 {
        pass(Duration::from_hours(24)).await;
        assert_eq!(tokens.token().await.expect("a token").serial(), serial);
    }
    let error = person.signs_in(&tokens).await.expect_err("is not kept");
    assert_eq!(error.reason(), "authorization_not_kept");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(person.kept(), before);
}

/// Scenario: an admin revokes what users have authorized; the access token expires; then the user signs in again. Guarantees: it is said that
/// somebody has to sign in again, with Microsoft's number and without the refresh token; the new authorization is used at once, though a next
/// try lies far ahead.
#[tokio::test]
async fn a_revoked_authorization_is_given_again() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    person.signs_in(&tokens).await.expect("is granted");
    person.scene.tenant.revoke_refresh_tokens();
    pass(Duration::from_hours(24)).await;
    let error = tokens.token().await.expect_err("is revoked");
    assert!(matches!(error, IdentityError::Consent { .. }), "{error:?}");
    assert_eq!((error.reason(), error.diagnosis().aadsts), ("sign_in_again", Some(50_173)));
    let kept = person.kept().expect("stays");
    assert!(!format!("{error} {error:?}").contains(&kept));
    // What is revoked is revoked to the second.
    person.scene.simulator.jump_clock(SignedDuration::from_secs(2));
    person.signs_in(&tokens).await.expect("is granted");
    tokens.token().await.expect("a token");
}

/// Scenario: every way in which an authorization ends. Guarantee: each asks for a user; what is the app's fault does not.
#[tokio::test]
async fn the_end_of_an_authorization_asks_for_a_user() {
    let person = Person::in_browser().await;
    person.signs_in(&person.tokens()).await.expect("is granted");
    for (number, asks) in [
        (50_173, true),
        (70_008, true),
        (70_043, true),
        (700_082, true),
        (700_084, true),
        (50_076, true),
        (50_057, true),
        (65_001, true),
        (99_999, false),
        (7_000_218, false),
        (53_003, false),
        (90_033, false),
    ] {
        person.scene.tenant.clear_faults();
        person.scene.refuse(aadsts(number));
        let error = person.tokens().token().await.expect_err("is refused");
        assert_eq!(matches!(error, IdentityError::Consent { .. }), asks, "AADSTS{number}: {error:?}");
        assert_eq!(error.diagnosis().aadsts, Some(number));
    }
}

/// Scenario: a user signs in while the refresh token of before is being exchanged. Guarantee: what comes of that does not take the place of what
/// the user has left.
#[tokio::test]
async fn the_newest_authorization_stays() {
    let person = Person::in_browser().await;
    let tokens = person.tokens();
    person.signs_in(&tokens).await.expect("is granted");
    person.scene.tenant.inject(Fault::new(FaultKind::Delay { millis: 300 }).on(Endpoint::Token));
    let delegated = tokens.0.exchange.delegated().expect("a user signs in");
    let newest = Granted {
        secret: "access".into(),
        life: Duration::from_hours(1),
        refresh_token: Some("newest".into()),
    };
    let (older, kept) = tokio::join!(delegated.ask(None, None), delegated.keep(&newest));
    assert!(older.result.is_ok() && kept.is_ok());
    assert_eq!(person.kept().as_deref(), Some("newest"));
}

/// Scenario: Graph wants claims, some that the simulator can read and some that it cannot. Guarantee: the next token is asked for with them.
#[tokio::test]
async fn a_challenge_is_passed_on() {
    for (claims, number) in [(r#"{"access_token":{}}"#, None), ("nonsense", Some(9_002_313))] {
        let person = Person::in_browser().await;
        let tokens = person.tokens();
        person.signs_in(&tokens).await.expect("is granted");
        tokens.reject(&tokens.token().await.expect("a token"), Some(claims.to_owned()));
        let next = tokens.token().await;
        assert_eq!(next.err().and_then(|error| error.diagnosis().aadsts), number, "{claims}");
    }
}
