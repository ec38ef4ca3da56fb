use collector::sensitive::SensitiveString;
use uuid::Uuid;

use super::*;
use crate::config::ClientId;
use crate::http::testing::{Canned, nobody};
use crate::identity::schedule::Severity;

const NOW: i64 = 1_767_323_045;

fn machine_at(endpoint: &Url, which: WhichIdentity) -> ManagedIdentity {
    identity(IdentityService::Machine { endpoint: endpoint.clone() }, which)
}

fn app_service_at(endpoint: &Url, header: &str, which: WhichIdentity) -> ManagedIdentity {
    let header = SensitiveString::from(header);
    identity(IdentityService::AppService { endpoint: endpoint.clone(), header }, which)
}

fn identity(service: IdentityService, which: WhichIdentity) -> ManagedIdentity {
    let clock = Clock::simulated(|| Timestamp::from_second(NOW).expect("is a time"));
    let identity = config::ManagedIdentity { service, which };
    ManagedIdentity::new(&identity, "https://graph.example/.default", clock).expect("can be used")
}

/// A service that issues a token with these members more.
async fn issuing(members: &str) -> Canned {
    let body = format!(r#"{{"access_token":"e30.e30.c2ln","token_type":"Bearer"{members}}}"#);
    Canned::answer("200 OK", "Content-Type: application/json\r\n", body).await
}

fn why(outcome: Outcome) -> (Severity, &'static str) {
    let refused = outcome.result.err().expect("no token comes");
    (refused.severity, refused.error.reason())
}

/// Scenario: each way to name an identity, at a machine and at App Service.
/// Guarantees: the parameters and headers that each service documents; the resource is Graph, without the scope's end.
#[tokio::test]
async fn requests_are_as_documented() {
    let id = Uuid::from_u128(7);
    let resource_id = "/subscriptions/s/userAssignedIdentities/i";
    let resource = "resource=https%3A%2F%2Fgraph.example";
    let ways = [
        (WhichIdentity::SystemAssigned, String::new(), String::new()),
        (WhichIdentity::ClientId(ClientId(id)), format!("&client_id={id}"), format!("&client_id={id}")),
        (WhichIdentity::ObjectId(id), format!("&object_id={id}"), format!("&principal_id={id}")),
        (
            WhichIdentity::ResourceId(resource_id.to_owned()),
            "&msi_res_id=%2Fsubscriptions%2Fs%2FuserAssignedIdentities%2Fi".to_owned(),
            "&mi_res_id=%2Fsubscriptions%2Fs%2FuserAssignedIdentities%2Fi".to_owned(),
        ),
    ];
    for (which, at_machine, at_app_service) in ways {
        let server = issuing("").await;
        machine_at(&server.url, which.clone()).ask().await.result.ok().expect("a token");
        app_service_at(&server.url, "hush", which).ask().await.result.ok().expect("a token");
        let requests = server.requests();
        let line = format!("GET /?api-version=2018-02-01&{resource}{at_machine} HTTP/1.1\r\n");
        assert!(requests[0].starts_with(&line), "{}", requests[0]);
        assert!(requests[0].contains("\r\nmetadata: true\r\n"), "{}", requests[0]);
        let line = format!("GET /?api-version=2019-08-01&{resource}{at_app_service} HTTP/1.1\r\n");
        assert!(requests[1].starts_with(&line), "{}", requests[1]);
        assert!(requests[1].contains("\r\nx-identity-header: hush\r\n"), "{}", requests[1]);
    }
}

/// Scenario: App Service's header comes back in a refusal. Guarantees: nothing that can be printed shows it.
#[tokio::test]
async fn the_header_is_kept() {
    let body = r#"{"error":"invalid_request","error_description":"AADSTS90002: You sent hush."}"#;
    let server = Canned::answer("400 Bad Request", "", body).await;
    let identity = app_service_at(&server.url, "hush", WhichIdentity::SystemAssigned);
    let refused = identity.ask().await.result.err().expect("is refused");
    assert_eq!(refused.error.reason(), "tenant_not_found");
    let printed = format!("{:?} {} {:?}", refused.error, refused.error, identity.header);
    assert!(server.requests()[0].contains("hush") && !printed.contains("hush"), "{printed}");
}

/// Scenario: expiries as text, as numbers, of a token that was issued long ago, in the past, not at all.
/// Guarantees: what is left of the token's life, as far as it is said.
#[tokio::test]
async fn a_life_is_what_is_left_of_it() {
    for (members, secs) in [
        (format!(r#","expires_in":"86399","expires_on":"{}""#, NOW + 600), 600),
        (format!(r#","expires_on":{}"#, NOW + 600), 600),
        (format!(r#","expires_in":"3599","expires_on":"{}""#, NOW - 600), 3_599),
        (r#","expires_in":3599,"expires_on":"soon""#.to_owned(), 3_599),
        (String::new(), UNKNOWN_LIFE.as_secs()),
    ] {
        let server = issuing(&members).await;
        let outcome = machine_at(&server.url, WhichIdentity::SystemAssigned).ask().await;
        let granted = outcome.result.ok().expect("a token");
        assert_eq!(granted.life, Duration::from_secs(secs), "{members}");
    }
}

/// Scenario: every status that is documented, an answer from elsewhere, a refusal of the identity platform, nobody.
/// Guarantees: what passes is tried again, after the wait that is asked for; the rest says what helps.
#[tokio::test]
async fn trouble_is_understood() {
    use Severity::{Lasting, Passing};
    for (status, body, expected) in [
        ("404 Not Found", "", (Passing, "managed_identity_unavailable")),
        ("410 Gone", "", (Passing, "managed_identity_unavailable")),
        ("429 Too Many Requests", "{}", (Passing, "managed_identity_unavailable")),
        ("503 Service Unavailable", "", (Passing, "managed_identity_unavailable")),
        (
            "400 Bad Request",
            r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
            (Lasting, "managed_identity_missing"),
        ),
        ("401 Unauthorized", "", (Lasting, "managed_identity_refused")),
        ("200 OK", "<html>", (Passing, "managed_identity_unreadable")),
        ("302 Found", "", (Passing, "managed_identity_unreadable")),
        (
            "400 Bad Request",
            r#"{"error":"invalid_request","error_description":"AADSTS90002: Tenant not found."}"#,
            (Lasting, "tenant_not_found"),
        ),
    ] {
        let server = Canned::answer(status, "Retry-After: 7\r\n", body).await;
        let outcome = machine_at(&server.url, WhichIdentity::SystemAssigned).ask().await;
        let wait = outcome.result.as_ref().err().and_then(|refused| refused.retry_after);
        assert_eq!(wait, Some(Duration::from_secs(7)), "{status}");
        assert_eq!(why(outcome), expected, "{status}");
    }
    let outcome = machine_at(&nobody().await, WhichIdentity::SystemAssigned).ask().await;
    assert_eq!(why(outcome), (Passing, "managed_identity_unreachable"));
}
