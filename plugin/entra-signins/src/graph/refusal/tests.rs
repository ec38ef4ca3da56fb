use std::collections::HashSet;

use super::*;

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}

/// Scenario: every code that Graph is known to refuse sign-ins with, and every message without a code of its own.
/// Guarantees: each has its reason, whatever the case of its letters; others are other.
#[test]
fn every_refusal_has_its_reason() {
    for (code, message, refusal) in [
        ("Authentication_RequestFromNonPremiumTenantOrB2CTenant", "", Refusal::NoLicence),
        ("Authentication_MSGraphPermissionMissing", "", Refusal::PermissionMissing),
        ("Authentication_ApplicationHasNoReadAuditLogDataAccess", "", Refusal::PermissionMissing),
        ("Authentication_ApplicationHasNoDirectoryReadAccess", "", Refusal::DirectoryReadMissing),
        ("Authorization_RequestDenied", "", Refusal::RequestDenied),
        ("authorization_requestdenied", "", Refusal::RequestDenied),
        ("insufficient_claims", "", Refusal::InsufficientClaims),
        ("UnknownError", "User isn't in the allowed roles", Refusal::RoleMissing),
        ("UnknownError", "Tenant doesn't have premium license", Refusal::NoLicence),
        (
            "UnknownError",
            "does not have required MSGraph permissions AuditLog.Read.All",
            Refusal::PermissionMissing,
        ),
        ("UnknownError", "Forbidden", Refusal::Other),
    ] {
        assert_eq!(Refusal::of(&codes(&[code]), message), refusal, "{code}, {message}");
    }
    assert_eq!(Refusal::of(&[], ""), Refusal::Other);
}

/// Scenario: several codes, and a message that says otherwise.
/// Guarantees: the first code that is known counts, before any message.
#[test]
fn the_most_specific_known_code_counts() {
    let nested =
        codes(&["SomethingNew", "Authorization_RequestDenied", "Authentication_MSGraphPermissionMissing"]);
    assert_eq!(Refusal::of(&nested, "premium license"), Refusal::RequestDenied);
}

/// Scenario: all refusals.
/// Guarantees: stable codes and sentences, each its own.
#[test]
fn texts_are_in_order() {
    let all = Refusal::ALL;
    let reasons: HashSet<_> = all.iter().map(|refusal| refusal.reason()).collect();
    let sentences: HashSet<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!((reasons.len(), sentences.len()), (all.len(), all.len()));
    assert!(reasons.iter().all(|reason| reason.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
}
