use super::*;
use crate::clock::Clock;

fn token(payload: &str) -> AccessToken {
    let jwt = format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(payload));
    AccessToken::new(jwt.into(), 7, Clock::system().monotonic())
}

/// Scenario: tokens with roles, with none, and with one that was not asked for.
/// Guarantees: tenant and roles are read; a token without the role does not claim it.
#[test]
fn claims_are_read() {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let full =
        token(&format!(r#"{{"tid":"{tenant}","roles":["Directory.Read.All","AuditLog.Read.All"],"exp":1}}"#));
    assert!(full.has_role(AUDIT_LOG_READ_ALL));
    assert_eq!(full.tenant().map(|tenant| tenant.to_string()).as_deref(), Some(tenant));
    let other = token(r#"{"roles":["Directory.Read.All"]}"#);
    assert!(!other.has_role(AUDIT_LOG_READ_ALL));
    assert_eq!(other.tenant(), None);
    assert_eq!(token("{}").roles(), Vec::<String>::new());
    assert!(!token("{}").has_role(AUDIT_LOG_READ_ALL));
}

/// Scenario: a token that is no JWT, or one whose payload is no JSON.
/// Guarantees: it is used all the same: its content is Microsoft's affair.
#[test]
fn an_opaque_token_is_used() {
    for text in ["opaque", "a.b.c", "..", ""] {
        let token = AccessToken::new(text.into(), 1, Clock::system().monotonic());
        assert!(token.has_role(AUDIT_LOG_READ_ALL), "{text}");
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
