//! What AADSTS numbers mean: the one table, and what stands in for numbers that are not in it.
//!
//! Numbers are those of learn.microsoft.com/entra/identity-platform/reference-error-codes, and some that are seen in
//! the field. Microsoft asks clients to act on OAuth's `error`, which is coarse, and may change the numbers: so an
//! unknown number is no surprise, and its `error` decides.

use super::answer::ErrorAnswer;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

/// What helps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Class {
    /// Time.
    Transient,
    /// Much time: Microsoft was asked too often.
    BackOff,
    /// An admin's consent.
    Consent,
    /// Setting something right.
    Configuration,
}

/// What an error means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub(super) class: Class,
    /// A stable code in snake case.
    pub(super) reason: &'static str,
    /// A sentence without its full stop.
    pub(super) sentence: &'static str,
    /// A sentence.
    pub(super) way_out: &'static str,
}

pub(super) const fn transient(
    reason: &'static str,
    sentence: &'static str,
    way_out: &'static str,
) -> Meaning {
    Meaning { class: Class::Transient, reason, sentence, way_out }
}

const fn back_off(reason: &'static str, sentence: &'static str, way_out: &'static str) -> Meaning {
    Meaning { class: Class::BackOff, reason, sentence, way_out }
}

pub(super) const fn consent(reason: &'static str, sentence: &'static str) -> Meaning {
    let way_out = "Have an admin of the tenant open the consent page and accept.";
    Meaning { class: Class::Consent, reason, sentence, way_out }
}

pub(super) const fn configuration(
    reason: &'static str,
    sentence: &'static str,
    way_out: &'static str,
) -> Meaning {
    Meaning { class: Class::Configuration, reason, sentence, way_out }
}

/// What an answer means, and the number that says so.
pub(super) fn meaning(answer: &ErrorAnswer, unavailable: bool) -> (Meaning, Option<u32>) {
    let numbers = answer.numbers();
    for number in &numbers {
        if let Some(meaning) = of_number(*number) {
            return (meaning, Some(*number));
        }
    }
    let meaning = if unavailable {
        of_error("temporarily_unavailable")
    } else if answer.suberror.as_deref() == Some("consent_required") {
        of_error("consent_required")
    } else {
        of_error(&answer.error)
    };
    (meaning, numbers.first().copied())
}

/// All of both tables.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = Meaning> {
    let numbers = NUMBERS.iter().map(|(_, meaning)| *meaning);
    numbers.chain(ERRORS.iter().map(|(_, meaning)| *meaning)).chain([UNKNOWN])
}

fn of_number(number: u32) -> Option<Meaning> {
    NUMBERS.iter().find(|(numbers, _)| numbers.contains(&number)).map(|(_, meaning)| *meaning)
}

fn of_error(error: &str) -> Meaning {
    ERRORS.iter().find(|(known, _)| *known == error).map_or(UNKNOWN, |(_, meaning)| *meaning)
}

const UNKNOWN: Meaning = configuration(
    "token_refused",
    "Microsoft refuses a token",
    "Read what Microsoft says; check tenant_id, client_id and auth.",
);

#[rustfmt::skip]
pub(super) const NUMBERS: &[(&[u32], Meaning)] = &[
    (&[50_001, 500_011],
     configuration("resource_not_found", "the tenant does not know the resource that the token is for", "Check scope, graph_endpoint and cloud; the scope is Graph's address with /.default.")),
    (&[50_011, 500_113],
     configuration("redirect_uri_mismatch", "the redirect address is not registered for the app", "Add the redirect URI to the app registration.")),
    (&[50_012, 50_027, 700_027],
     configuration("client_assertion_refused", "Microsoft refuses the signature: the certificate is not registered for the app, or the key is another's", "Upload the certificate to the app registration, or configure the one that is there.")),
    (&[50_013],
     configuration("assertion_invalid", "the assertion is not valid", "Check certificate, key and this machine's clock.")),
    (&[500_133],
     configuration("assertion_out_of_time", "the assertion is outside the time that it is good for", "Set this machine's clock right.")),
    (&[50_020, 50_034, 51_004],
     configuration("user_not_in_tenant", "the user does not exist in the tenant", "Authorize with a user of the tenant.")),
    (&[50_033, 50_087, 90_006, 90_012, 90_024, 90_033, 90_090],
     transient("microsoft_unwell", "Microsoft's identity platform has a passing error", "Nothing to do: it is tried again by itself.")),
    (&[50_053],
     configuration("user_locked", "the user is locked, or the address is blocked as malicious", "Unlock the user or use another address, and authorize again.")),
    (&[50_055, 50_144],
     configuration("password_expired", "the user's password has expired", "Change the password and authorize again.")),
    (&[50_057],
     configuration("user_disabled", "the user is disabled", "Enable the user or authorize with another.")),
    (&[50_126],
     configuration("password_wrong", "user name or password is wrong", "Authorize again.")),
    (&[50_059, 90_019, 50_128],
     configuration("tenant_not_determined", "Microsoft cannot tell which tenant is meant", "Check tenant_id.")),
    (&[50_072, 50_074, 50_076, 50_078, 50_079, 50_158],
     configuration("mfa_required", "the user must pass multifactor authentication", "Authorize again and pass it.")),
    (&[50_089, 50_132, 50_133, 50_173, 70_000, 70_008, 700_082, 700_084, 70_043],
     configuration("sign_in_again", "the authorization has expired or was revoked", "Authorize again.")),
    (&[50_105],
     configuration("user_not_assigned", "the user is not assigned to the app", "Assign the user in Enterprise applications, or authorize with another.")),
    (&[50_194],
     configuration("app_not_multi_tenant", "the app is registered for one tenant alone", "Write that tenant's id, or make the app registration multi-tenant.")),
    (&[50_196],
     back_off("asked_too_often", "Microsoft was asked for the same token too often", "Nothing to do: it is left alone for a while. If it comes again, look for another program with this client_id.")),
    (&[500_021, 500_022, 500_212, 500_213],
     configuration("tenant_policy", "a policy of the tenant does not let the app in", "Have an admin allow the app in tenant restrictions or cross-tenant access settings.")),
    (&[53_000, 53_001, 53_002, 53_003, 530_032, 530_034, 530_035],
     configuration("conditional_access", "Conditional Access or a security policy of the tenant blocks the token", "Have an admin exclude the app, or allow the address that this machine leaves by.")),
    (&[501_481],
     configuration("code_verifier_wrong", "the authorization code was asked for by somebody else", "Authorize again.")),
    (&[54_005],
     configuration("code_redeemed", "the authorization code was used already", "Authorize again.")),
    (&[65_001],
     consent("consent_missing", "nobody has consented to the app in the tenant")),
    (&[65_004],
     consent("consent_declined", "consent was declined")),
    (&[65_005],
     configuration("app_misconfigured", "the app registration asks for a permission that does not exist", "Check API permissions of the app registration.")),
    (&[90_094],
     consent("admin_consent_needed", "an admin of the tenant must consent to the app")),
    (&[90_095],
     consent("admin_consent_requested", "an admin of the tenant was asked to consent to the app and has not yet")),
    (&[90_008],
     configuration("graph_permission_missing", "the app registration asks for no permission of Microsoft Graph", "Add AuditLog.Read.All (application) to API permissions of the app registration.")),
    (&[90_093],
     consent("user_may_not_consent", "Graph does not let the user consent to the app")),
    (&[650_052],
     configuration("service_missing", "the tenant has no subscription to the service that the app asks for", "Check subscriptions of the tenant and API permissions of the app registration.")),
    (&[650_054],
     configuration("resource_removed", "the app asks for a resource that is gone", "Check API permissions of the app registration.")),
    (&[650_056],
     consent("app_not_consented", "the app registration is incomplete, or nobody has consented to it in the tenant")),
    (&[650_057],
     configuration("resource_not_in_manifest", "the app registration does not list the resource that the token is for", "Add AuditLog.Read.All (application) of Microsoft Graph to API permissions.")),
    (&[70_001, 1_000_031],
     configuration("app_not_accessible", "the app cannot be used in the tenant", "Check that the app is enabled in Enterprise applications of the tenant.")),
    (&[7_000_112],
     configuration("app_disabled", "the app is disabled", "Enable sign-in for the app in Enterprise applications of the tenant.")),
    (&[700_011, 700_016],
     consent("app_not_in_tenant", "the tenant does not know the app: nobody has consented there, or it is the wrong tenant or client id")),
    (&[7_000_229],
     consent("service_principal_missing", "the app has no service principal in the tenant: nobody has consented there")),
    (&[70_002, 7_000_215],
     configuration("client_secret_wrong", "the client secret is wrong", "Write the secret's value (not its id) of this app registration as auth.client_secret.")),
    (&[7_000_222],
     configuration("client_secret_expired", "the client secret has expired", "Make a new secret in the app registration and write its value as auth.client_secret.")),
    (&[7_000_218, 900_144, 90_014],
     configuration("parameter_missing", "the token request lacks a parameter", "Check client_id, scope and auth.")),
    (&[9_002_313],
     configuration("request_malformed", "Microsoft cannot read the token request", "Check client_id, scope and login_endpoint.")),
    (&[700_024],
     configuration("client_assertion_out_of_time", "the client assertion is outside the time that it is good for", "Set this machine's clock right, or have the token renewed in its file.")),
    (&[700_021, 700_023],
     configuration("client_assertion_misdirected", "the client assertion is for another app or another token endpoint", "Check client_id, tenant_id and login_endpoint.")),
    (&[700_025],
     configuration("public_client", "the app is registered as a public client, which has no credential", "Turn off public client flows in the app registration, or leave out the credential.")),
    (&[700_030],
     configuration("certificate_subject", "the certificate's subject is not authorized for the app", "Upload the certificate to the app registration.")),
    (&[700_229],
     configuration("federated_token_type", "the federated token is not of the right type", "Check what issues the token in auth.token_file.")),
    (&[70_021, 700_211, 700_212, 700_213],
     configuration("federated_credential_missing", "no federated credential of the app matches the token's issuer, subject and audience", "Add it to the app registration; a new one takes a few minutes.")),
    (&[70_011, 28_002, 700_022, 1_002_012],
     configuration("scope_wrong", "the scope is not valid", "Write Graph's address with /.default as scope, or leave it out.")),
    (&[70_003, 700_051],
     configuration("grant_not_enabled", "the app may not get tokens in this way", "Check authentication settings of the app registration.")),
    (&[70_016],
     transient("device_code_pending", "the device code has not been entered yet", "Enter the code on the page that was shown.")),
    (&[70_018],
     configuration("device_code_wrong", "the device code is wrong", "Authorize again.")),
    (&[70_019, 70_020],
     configuration("device_code_expired", "the device code has expired", "Authorize again.")),
    (&[90_002],
     configuration("tenant_not_found", "the tenant does not exist in this cloud", "Check tenant_id and cloud.")),
    (&[90_038, 90_051, 900_382, 900_432],
     configuration("wrong_cloud", "the tenant or the app is in another of Microsoft's clouds", "Check cloud, and that app and tenant are in the same one.")),
    (&[90_055],
     transient("tenant_throttled", "Microsoft throttles token requests of the tenant", "Nothing to do: it is tried again by itself.")),
    (&[90_099],
     configuration("partner_app_not_authorized", "the customer has not authorized the partner's app", "Have the app authorized in the customer's tenant.")),
    (&[9_001_023],
     configuration("grant_needs_tenant", "this grant needs one tenant, not all", "Write a tenant's GUID or domain as tenant_id.")),
];

/// Reasons that are the credential's fault, so that another one may do better.
pub(super) const OF_CREDENTIALS: &[&str] = &[
    "assertion_invalid",
    "assertion_out_of_time",
    "certificate_subject",
    "client_assertion_misdirected",
    "client_assertion_out_of_time",
    "client_assertion_refused",
    "client_refused",
    "client_secret_expired",
    "client_secret_missing",
    "client_secret_wrong",
    "credential_expired",
    "credential_unusable",
    "federated_credential_missing",
    "federated_token_type",
    "managed_identity_missing",
    "managed_identity_refused",
    "managed_identity_unreachable",
    "public_client",
    "token_file_empty",
    "token_file_expired",
    "token_file_unreadable",
    "token_file_writable",
];

/// OAuth's `error` (RFC 6749 section 5.2, and Microsoft's additions).
#[rustfmt::skip]
const ERRORS: &[(&str, Meaning)] = &[
    ("temporarily_unavailable",
     transient("microsoft_unavailable", "Microsoft's identity platform is not available", "Nothing to do: it is tried again by itself.")),
    ("server_error",
     transient("microsoft_unavailable", "Microsoft's identity platform is not available", "Nothing to do: it is tried again by itself.")),
    ("consent_required",
     consent("consent_missing", "nobody has consented to the app in the tenant")),
    ("authorization_declined",
     consent("consent_declined", "consent was declined")),
    ("permission_denied",
     consent("consent_declined", "consent was declined")),
    ("expired_token",
     configuration("device_code_expired", "the device code has expired", "Authorize again.")),
    ("bad_verification_code",
     configuration("device_code_wrong", "the device code is wrong", "Authorize again.")),
    ("interaction_required",
     configuration("interaction_required", "Microsoft wants a person to act", "Read what Microsoft says, and authorize again.")),
    ("login_required",
     configuration("interaction_required", "Microsoft wants a person to act", "Read what Microsoft says, and authorize again.")),
    ("invalid_client",
     configuration("client_refused", "Microsoft refuses the app's credential", "Check client_id and auth.")),
    ("unauthorized_client",
     configuration("client_not_allowed", "the app may not get this token", "Check client_id, tenant_id and the app registration.")),
    ("invalid_grant",
     configuration("grant_refused", "Microsoft refuses the authorization", "Read what Microsoft says, and authorize again.")),
    ("invalid_scope",
     configuration("scope_wrong", "the scope is not valid", "Write Graph's address with /.default as scope, or leave it out.")),
    ("invalid_resource",
     configuration("resource_not_found", "the tenant does not know the resource that the token is for", "Check scope, graph_endpoint and cloud; the scope is Graph's address with /.default.")),
    ("access_denied",
     configuration("access_denied", "Microsoft denies the token", "Read what Microsoft says, and ask an admin of the tenant.")),
    ("invalid_request",
     configuration("request_refused", "Microsoft cannot make sense of the token request", "Check tenant_id, client_id, scope and login_endpoint.")),
    ("unsupported_grant_type",
     configuration("grant_not_enabled", "the app may not get tokens in this way", "Check authentication settings of the app registration.")),
];
