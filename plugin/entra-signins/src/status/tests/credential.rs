//! What is said of the credential in use, and of permissions that no page grants.

use jiff::Timestamp;

use super::super::credential::of_credential;
use super::*;
use crate::identity::CredentialInUse;

const DAY: i64 = 86_400;

/// What is said of a secret in this place that expires after so many days.
fn said(place: &'static str, days: Option<i64>, other_refused: Option<&'static str>) -> Vec<String> {
    let expires_at = days.and_then(|days| Timestamp::from_second(days * DAY).ok());
    let credential = CredentialInUse { strategy: "client_secret", place, expires_at, other_refused };
    of_credential(&credential, true, Timestamp::UNIX_EPOCH)
}

/// Scenario: two credentials, either in use, the other refused or not; an expiry far away, near and over.
/// Guarantee: which one is in use, which one can go, and what follows when it expires.
#[test]
fn the_credential_in_use_is_remarked_on() {
    let alone = CredentialInUse {
        strategy: "client_secret",
        place: "auth",
        expires_at: Timestamp::from_second(7 * DAY).ok(),
        other_refused: None,
    };
    assert_eq!(
        of_credential(&alone, false, Timestamp::UNIX_EPOCH),
        [
            "the client_secret in auth expires in 7 days (1970-01-08T00:00:00Z): make its successor and write it as auth.next"
        ]
    );
    let has_not_been_needed =
        "tokens come by the client_secret in auth; the credential in auth.next has not been needed";
    assert_eq!(said("auth", Some(31), None), [has_not_been_needed]);
    assert_eq!(
        said("auth", Some(1), None),
        [
            has_not_been_needed,
            "the client_secret in auth expires in a day (1970-01-02T00:00:00Z): auth.next takes its place then",
        ]
    );
    assert_eq!(
        said("auth.next", Some(-1), Some("client_secret_expired")),
        [
            "tokens come by the client_secret in auth.next: the credential in auth is refused (client_secret_expired) and can go; \
             write into auth what auth.next holds",
            "the client_secret in auth.next has expired (1969-12-31T00:00:00Z): make its successor and write it as auth",
        ]
    );
    assert_eq!(
        said("auth", None, Some("client_refused")),
        ["tokens come by the client_secret in auth: the credential in auth.next is refused (client_refused)"]
    );
}

/// Scenario: a managed identity lacks the permission. Guarantee: the way out names it and how to assign it, and no page.
#[test]
fn no_page_grants_a_managed_identity_its_permission() {
    let verdict =
        Verdict::pending("permission_missing", String::new(), &Consent::Command, "AuditLog.Read.All");
    let way_out = verdict.way_out.expect("there is one");
    assert_eq!(way_out.url, None);
    for part in ["AuditLog.Read.All", "New-MgServicePrincipalAppRoleAssignment"] {
        assert!(way_out.text.contains(part), "{}", way_out.text);
    }
}
