//! A user signs in with a code, in a browser anywhere.

use graph_simulator::Interaction;

use super::sign_in::Person;
use super::*;

async fn begin(person: &Person, tokens: &TokenProvider) -> DeviceSignIn {
    let begun = tokens.device_sign_in().await.expect("a user signs in").expect("has a code");
    assert_eq!(begun.expires_in, Duration::from_mins(15));
    assert!(begun.user_code.len() > 5 && begun.open.path() == "/device", "{begun:?}");
    assert_eq!(begun.open.origin(), person.scene.parent.endpoints.login.origin());
    begun
}

/// Scenario: the user takes a while, in which Microsoft is not well for a moment, and then signs in. Guarantees: Microsoft is asked again until
/// then; there is a token at once, and the next one comes by itself.
#[tokio::test]
async fn a_user_signs_in_anywhere() {
    let person = Person::new(Strategy::DeviceCode).await;
    let tokens = person.tokens();
    person.scene.tenant.set_interaction(Interaction::Waits);
    let begun = begin(&person, &tokens).await;
    let finished = begun.finish();
    let agrees = async {
        while person.scene.asked() < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let unwell = FaultKind::Status { status: 503, retry_after_secs: None };
        person.scene.tenant.inject(Fault::new(unwell).on(Endpoint::Token));
        person.scene.tenant.set_interaction(Interaction::Completes);
    };
    let (signed_in, ()) = tokio::join!(finished, agrees);
    assert!(signed_in.expect("is granted").suffices);
    assert_eq!(tokens.token().await.expect("a token").serial(), 1);
    pass(Duration::from_hours(24)).await;
    assert_eq!(tokens.token().await.expect("a token").serial(), 2);
    assert_eq!(tokens.credential().strategy, "device_code");
}

/// Scenario: the user declines; the code expires; the user never answers and whoever waits goes away. Guarantees: each is told apart, nothing is
/// kept, and Microsoft is no longer asked.
#[tokio::test]
async fn a_user_does_not_sign_in() {
    let person = Person::new(Strategy::DeviceCode).await;
    let tokens = person.tokens();
    person.scene.tenant.set_interaction(Interaction::Declines);
    let declined = begin(&person, &tokens).await.finish().await.expect_err("is declined");
    person.scene.tenant.set_interaction(Interaction::Waits);
    let late = begin(&person, &tokens).await;
    person.scene.simulator.jump_clock(SignedDuration::from_mins(16));
    let expired = late.finish().await.expect_err("has expired");
    assert_eq!((declined.reason(), expired.reason()), ("consent_declined", "device_code_expired"));
    let given_up = begin(&person, &tokens).await;
    let waited = tokio::time::timeout(Duration::from_millis(200), given_up.finish()).await;
    assert!(waited.is_err());
    let asked = person.scene.asked();
    pass(Duration::from_mins(20)).await;
    assert_eq!((person.scene.asked(), person.kept()), (asked, None));
}

/// Scenario: the identity platform gives out no code. Guarantee: it is said why.
#[tokio::test]
async fn no_code_is_given_out() {
    let mut person = Person::new(Strategy::DeviceCode).await;
    person.scene.parent.client_id = Uuid::from_u128(7).to_string().parse().expect("is a GUID");
    let error = person.tokens().device_sign_in().await.expect("a user signs in").expect_err("is refused");
    assert_eq!(error.reason(), "app_not_in_tenant");
}
