use super::*;
use crate::clock::Clock;

fn token(payload: &str) -> AccessToken {
    token_of(GrantedTo::App, payload)
}

fn token_of(granted_to: GrantedTo, payload: &str) -> AccessToken {
    let jwt = format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload));
    AccessToken::new(jwt.into(), granted_to, 7, Clock::system().monotonic())
}

/// Scenario: tokens with roles, with none, and with one that was not asked for.
/// Guarantees: tenant and roles are read; a token without the role does not claim it.
#[test]
fn claims_are_read() {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let full =
        token(&format!(r#"{{"tid":"{tenant}","roles":["Directory.Read.All","AuditLog.Read.All"],"exp":1}}"#));
    assert!(full.permits(AUDIT_LOG_READ_ALL));
    assert_eq!(full.tenant().map(|tenant| tenant.to_string()).as_deref(), Some(tenant));
    let other = token(r#"{"roles":["Directory.Read.All"]}"#);
    assert!(!other.permits(AUDIT_LOG_READ_ALL));
    assert_eq!(other.tenant(), None);
    assert_eq!(token("{}").permissions(), Vec::<String>::new());
    assert!(!token("{}").permits(AUDIT_LOG_READ_ALL));
}

/// Scenario: tokens with permissions of the app, and tokens with permissions on behalf of a user, each taken for both.
/// Guarantees: those count that were granted to whom the token is asked for; the others do not.
#[test]
fn permissions_are_of_whom_they_were_granted_to() {
    let of_app = r#"{"roles":["AuditLog.Read.All"]}"#;
    let of_user = r#"{"scp":"openid AuditLog.Read.All"}"#;
    for (granted_to, good, bad) in [(GrantedTo::App, of_app, of_user), (GrantedTo::User, of_user, of_app)] {
        assert!(token_of(granted_to, good).permits(AUDIT_LOG_READ_ALL), "{granted_to:?}");
        assert_eq!(token_of(granted_to, bad).permissions(), Vec::<String>::new(), "{granted_to:?}");
    }
    assert_eq!(token_of(GrantedTo::User, of_user).permissions(), ["openid", "AuditLog.Read.All"]);
}

/// Scenario: a token that is no JWT, or one whose payload is no JSON.
/// Guarantees: it is used all the same: its content is Microsoft's affair.
#[test]
fn an_opaque_token_is_used() {
    for text in ["opaque", "a.b.c", "..", ""] {
        let token = AccessToken::new(text.into(), GrantedTo::App, 1, Clock::system().monotonic());
        assert!(token.permits(AUDIT_LOG_READ_ALL), "{text}");
        assert_eq!(token.tenant(), None);
    }
}

/// Scenario: a token is printed for debugging.
/// Guarantees: neither the token nor a part of it shows.
#[test]
fn debug_shows_no_token() {
    let token = token(r#"{"roles":["AuditLog.Read.All"]}"#);
    let shown = format!("{token:?}");
    assert!(shown.contains("AuditLog.Read.All"), "{shown}");
    for part in token.secret.inner().split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}
