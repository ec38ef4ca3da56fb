//! What Microsoft says against what a user sees: every number of the identity platform and every 403 of Graph that is known,
//! written down apart from the tables in the code.

use std::collections::BTreeSet;

use ConnectorStatus::{Error, PendingUserConsent};

use super::*;
use crate::graph::{GraphError, REFUSALS, Refusal};
use crate::identity::testing::{error_of, numbers};

/// Whether something shows at once or only when it lasts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Shows {
    AtOnce,
    IfItLasts,
}
use Shows::{AtOnce, IfItLasts};

/// Numbers, when they show, status, reason, and words of the way out that name the act.
type Row = (&'static [u32], Shows, ConnectorStatus, &'static str, &'static str);

/// In the order of learn.microsoft.com/entra/identity-platform/reference-error-codes, then what is seen in the field.
#[rustfmt::skip]
const NUMBERS: &[Row] = &[
    (&[50_001, 500_011], AtOnce, Error, "resource_not_found", "Check scope"),
    (&[50_011, 500_113], AtOnce, Error, "redirect_uri_mismatch", "Add the redirect URI"),
    (&[50_012, 50_027, 700_027], AtOnce, Error, "client_assertion_refused", "Upload the certificate"),
    (&[50_013], AtOnce, Error, "assertion_invalid", "clock"),
    (&[500_133], AtOnce, Error, "assertion_out_of_time", "clock"),
    (&[50_020, 50_034, 51_004], AtOnce, Error, "user_not_in_tenant", "Authorize with a user of the tenant"),
    (&[50_033, 50_087, 90_006, 90_012, 90_024, 90_033, 90_090], IfItLasts, Error, "microsoft_unwell", "Nothing to do"),
    (&[50_053], AtOnce, Error, "user_locked", "Unlock the user"),
    (&[50_055, 50_144], AtOnce, Error, "password_expired", "Change the password"),
    (&[50_057], AtOnce, Error, "user_disabled", "Enable the user"),
    (&[50_126], AtOnce, Error, "password_wrong", "Authorize again"),
    (&[50_059, 90_019, 50_128], AtOnce, Error, "tenant_not_determined", "Check tenant_id"),
    (&[50_072, 50_074, 50_076, 50_078, 50_079, 50_158], AtOnce, Error, "mfa_required", "Authorize again"),
    (&[50_089, 50_132, 50_133, 50_173, 70_000, 70_008, 700_082, 700_084, 70_043], AtOnce, Error, "sign_in_again", "Authorize again"),
    (&[50_105], AtOnce, Error, "user_not_assigned", "Assign the user"),
    (&[50_194], AtOnce, Error, "app_not_multi_tenant", "make the app registration multi-tenant"),
    (&[50_196], IfItLasts, Error, "asked_too_often", "left alone"),
    (&[500_021, 500_022, 500_212, 500_213], AtOnce, Error, "tenant_policy", "tenant restrictions"),
    (&[53_000, 53_001, 53_002, 53_003, 530_032, 530_034, 530_035], AtOnce, Error, "conditional_access", "exclude the app"),
    (&[501_481], AtOnce, Error, "code_verifier_wrong", "Authorize again"),
    (&[54_005], AtOnce, Error, "code_redeemed", "Authorize again"),
    (&[65_001], AtOnce, PendingUserConsent, "consent_missing", "Open this page"),
    (&[65_004], AtOnce, PendingUserConsent, "consent_declined", "Open this page"),
    (&[65_005], AtOnce, Error, "app_misconfigured", "Check API permissions"),
    (&[90_094], AtOnce, PendingUserConsent, "admin_consent_needed", "global administrator"),
    (&[90_095], AtOnce, PendingUserConsent, "admin_consent_requested", "global administrator"),
    (&[90_008], AtOnce, Error, "graph_permission_missing", "Add AuditLog.Read.All"),
    (&[90_093], AtOnce, PendingUserConsent, "user_may_not_consent", "global administrator"),
    (&[650_052], AtOnce, Error, "service_missing", "Check subscriptions"),
    (&[650_054], AtOnce, Error, "resource_removed", "Check API permissions"),
    (&[650_056], AtOnce, PendingUserConsent, "app_not_consented", "Open this page"),
    (&[650_057], AtOnce, Error, "resource_not_in_manifest", "Add AuditLog.Read.All"),
    (&[70_001, 1_000_031], AtOnce, Error, "app_not_accessible", "enabled in Enterprise applications"),
    (&[7_000_112], AtOnce, Error, "app_disabled", "Enable sign-in for the app"),
    (&[700_011, 700_016], AtOnce, PendingUserConsent, "app_not_in_tenant", "Open this page"),
    (&[70_002, 7_000_215], AtOnce, Error, "client_secret_wrong", "Write the secret's value"),
    (&[7_000_222], AtOnce, Error, "client_secret_expired", "Make a new secret"),
    (&[7_000_218, 900_144, 90_014], AtOnce, Error, "parameter_missing", "Check client_id"),
    (&[700_024], AtOnce, Error, "client_assertion_out_of_time", "clock right, or have the token renewed"),
    (&[700_025], AtOnce, Error, "public_client", "Turn off public client flows"),
    (&[700_030], AtOnce, Error, "certificate_subject", "Upload the certificate"),
    (&[700_229], AtOnce, Error, "federated_token_type", "what issues the token"),
    (&[70_021, 700_211, 700_212, 700_213], AtOnce, Error, "federated_credential_missing", "Add it to the app registration"),
    (&[70_011, 28_002, 700_022, 1_002_012], AtOnce, Error, "scope_wrong", "/.default"),
    (&[70_016], IfItLasts, Error, "device_code_pending", "Enter the code"),
    (&[70_018], AtOnce, Error, "device_code_wrong", "Authorize again"),
    (&[70_019, 70_020], AtOnce, Error, "device_code_expired", "Authorize again"),
    (&[90_002], AtOnce, Error, "tenant_not_found", "Check tenant_id and cloud"),
    (&[90_038, 90_051, 900_432, 900_382], AtOnce, Error, "wrong_cloud", "Check cloud"),
    (&[90_055], IfItLasts, Error, "tenant_throttled", "Nothing to do"),
    (&[90_099], AtOnce, Error, "partner_app_not_authorized", "Have the app authorized"),
    (&[9_001_023], AtOnce, Error, "grant_needs_tenant", "Write a tenant's GUID"),
    (&[7_000_229], AtOnce, PendingUserConsent, "service_principal_missing", "Open this page"),
    (&[700_021, 700_023], AtOnce, Error, "client_assertion_misdirected", "Check client_id"),
    (&[70_003, 700_051], AtOnce, Error, "grant_not_enabled", "Check authentication settings"),
    (&[9_002_313], AtOnce, Error, "request_malformed", "Check client_id"),
];

/// Graph's 403s: code, message, status, reason, and words of the way out. The refused licence check is not here: it shows only
/// when it comes again.
#[rustfmt::skip]
const FORBIDDEN: &[(&str, &str, ConnectorStatus, &str, &str)] = &[
    ("Authentication_MSGraphPermissionMissing", "", PendingUserConsent, "permission_missing", "AuditLog.Read.All"),
    ("Authentication_ApplicationHasNoDirectoryReadAccess", "", PendingUserConsent, "directory_read_missing", "Directory.Read.All"),
    ("Authentication_ApplicationHasNoReadAuditLogDataAccess", "", PendingUserConsent, "permission_missing", "AuditLog.Read.All"),
    ("Authorization_RequestDenied", "", PendingUserConsent, "request_denied", "Open this page"),
    ("insufficient_claims", "", Error, "insufficient_claims", "Conditional Access"),
    ("UnknownError", "User isn't in the allowed roles", Error, "role_missing", "Reports Reader"),
    ("UnknownError", "", Error, "forbidden", "Conditional Access"),
];
const NO_LICENCE: &str = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

fn verdict(observation: Observation) -> (Shows, Verdict) {
    match observation {
        Observation::Refused(verdict) => (AtOnce, verdict),
        Observation::Passing(verdict) => (IfItLasts, verdict),
        other @ (Observation::Answered
        | Observation::Cleared
        | Observation::Suspect(_)
        | Observation::NoLicence(_)) => {
            panic!("{other:?}")
        }
    }
}

fn assert_way_out(verdict: &Verdict, act: &str) {
    let way_out = verdict.way_out.as_ref().expect("has a way out");
    assert!(way_out.text.contains(act), "{}: {}", verdict.reason, way_out.text);
    let page = way_out.url.as_ref().is_some_and(|url| url.contains("/adminconsent?client_id="));
    assert_eq!(page, verdict.status == PendingUserConsent, "{}", verdict.reason);
}

/// Scenario: every number of the identity platform that is known. Guarantee: each has its status, its reason and a way out that
/// names the act; missing consent leads to the consent page; none is missing here or in the code.
#[test]
fn every_aadsts_number_has_its_status() {
    for (codes, shows, status, reason, act) in NUMBERS {
        for code in *codes {
            let (shown, verdict) = verdict(of_identity(&error_of(*code), &consent()));
            assert_eq!((shown, verdict.status, verdict.reason), (*shows, *status, *reason), "AADSTS{code}");
            assert!(verdict.message.contains(&format!("AADSTS{code}")), "{}", verdict.message);
            assert_way_out(&verdict, act);
        }
    }
    let here: Vec<u32> = NUMBERS.iter().flat_map(|(codes, ..)| codes.iter().copied()).collect();
    let known: BTreeSet<u32> = numbers().collect();
    assert_eq!(here.len(), known.len(), "none twice");
    assert_eq!(here.into_iter().collect::<BTreeSet<_>>(), known);
}

/// Scenario: every 403 of Graph that is known. Guarantee: the same; and a refused licence check is told apart.
#[test]
fn every_refusal_of_graph_has_its_status() {
    let refused = |code: &str, message: &str| {
        let reason = Refusal::of(&[code.to_owned()], message);
        of_graph(&GraphError::Refused { reason, answer: Box::default() }, &consent())
    };
    for (code, message, status, reason, act) in FORBIDDEN {
        let (shown, verdict) = verdict(refused(code, message));
        assert_eq!((shown, verdict.status, verdict.reason), (AtOnce, *status, *reason), "{code}");
        assert_way_out(&verdict, act);
    }
    let Observation::NoLicence(verdict) = refused(NO_LICENCE, "") else { panic!("no licence") };
    assert_eq!((verdict.status, verdict.reason), (Error, "no_licence"));
    assert_way_out(&verdict, "Entra ID P1 or P2");
    let here: BTreeSet<&str> = FORBIDDEN.iter().map(|(code, ..)| *code).chain([NO_LICENCE]).collect();
    let unknown = here.iter().filter(|code| REFUSALS.iter().all(|(known, _)| known != *code));
    assert_eq!(unknown.collect::<Vec<_>>(), [&"UnknownError"]);
    let missing = REFUSALS.iter().filter(|(known, _)| !here.contains(known));
    assert_eq!(missing.count(), 0);
}
