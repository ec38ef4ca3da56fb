//! Errors of the token endpoint: AADSTS numbers with the OAuth `error` and HTTP status that go with them.

use axum::http::StatusCode;
use serde_json::json;

use crate::clock::timestamp;
use crate::wire::{Incoming, Reply};

/// A refusal with this AADSTS number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) u32);

/// Numbers by the OAuth error they come with, and the HTTP status of that.
const ERRORS: [(&str, u16, &[u32]); 14] = [
    (
        "invalid_client",
        401,
        &[
            50_012, 50_027, 70_002, 700_021, 700_023, 700_024, 700_025, 700_027, 700_030, 7_000_215,
            7_000_218, 7_000_222,
        ],
    ),
    (
        "unauthorized_client",
        400,
        &[
            50_001, 70_001, 700_011, 700_016, 700_022, 700_051, 90_094, 90_099, 1_000_031, 7_000_112,
            7_000_229,
        ],
    ),
    (
        "invalid_grant",
        400,
        &[
            50_013, 50_020, 50_034, 50_053, 50_055, 50_057, 50_089, 50_105, 50_126, 50_128, 50_132, 50_133,
            50_144, 50_173, 51_004, 53_000, 53_001, 53_002, 53_003, 54_005, 65_001, 65_004, 70_000, 70_008,
            70_043, 700_082, 700_084, 500_133, 501_481, 500_212, 500_213, 530_032, 530_034, 530_035,
        ],
    ),
    ("interaction_required", 400, &[50_072, 50_074, 50_076, 50_078, 50_079, 50_158, 90_095]),
    ("invalid_resource", 400, &[28_002, 500_011, 650_052, 650_054, 650_056, 650_057]),
    ("invalid_scope", 400, &[70_011, 1_002_012]),
    ("unsupported_grant_type", 400, &[70_003]),
    ("authorization_pending", 400, &[70_016]),
    ("authorization_declined", 400, &[70_017]),
    ("bad_verification_code", 400, &[70_018]),
    ("expired_token", 400, &[70_019, 70_020]),
    ("access_denied", 400, &[500_021, 500_022, 65_005, 90_093]),
    ("temporarily_unavailable", 503, &[50_033, 50_087, 90_006, 90_012, 90_024, 90_033, 90_090]),
    (
        "invalid_request",
        400,
        &[
            50_011, 50_059, 50_194, 50_196, 70_021, 700_211, 700_212, 700_213, 700_229, 90_002, 90_008,
            90_014, 90_019, 90_038, 90_051, 900_144, 900_382, 900_432, 9_001_023, 9_002_313,
        ],
    ),
];

/// What Microsoft says with a number; others get a general sentence.
const MESSAGES: [(u32, &str); 25] = [
    (50_012, "Client assertion has already been used or failed authentication."),
    (50_027, "JWT token is invalid or malformed."),
    (50_033, "A transient error has occurred. Please try again."),
    (
        50_059,
        "No tenant-identifying information found in either the request or implied by any provided credentials.",
    ),
    (
        50_196,
        "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
    ),
    (
        53_003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    (
        65_001,
        "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
    ),
    (70_003, "The app requested an unsupported grant type."),
    (
        70_011,
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid.",
    ),
    (
        90_002,
        "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
    ),
    (90_033, "A transient error has occurred. Please try again."),
    (90_055, "Too many requests. The tenant is being throttled."),
    (
        500_011,
        "The resource principal was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
    ),
    (
        700_016,
        "Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    (700_021, "Client assertion application identifier doesn't match 'client_id' parameter."),
    (700_023, "Client assertion audience claim does not match Realm issuer."),
    (700_024, "Client assertion is not within its valid time range."),
    (
        700_027,
        "The certificate with identifier used to sign the client assertion is not registered on application, or the signature is invalid.",
    ),
    (
        900_144,
        "The request body must contain the following parameter: 'grant_type', 'client_id' and 'scope'.",
    ),
    (
        1_002_012,
        "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
    ),
    (7_000_112, "Application is disabled."),
    (
        7_000_215,
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app.",
    ),
    (
        7_000_218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    (
        7_000_222,
        "The provided client secret keys for app are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.",
    ),
    (
        9_001_023,
        "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
    ),
];

/// The OAuth `error` and HTTP status of a number; unknown ones are `invalid_request`.
pub(crate) fn classify(code: u32) -> (&'static str, StatusCode) {
    // Throttling has no OAuth error of its own.
    if code == 90_055 {
        return ("temporarily_unavailable", StatusCode::TOO_MANY_REQUESTS);
    }
    let known = ERRORS.iter().find(|(_, _, codes)| codes.contains(&code));
    let (error, status) = known.map_or(("invalid_request", 400), |(error, status, _)| (*error, *status));
    (error, StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST))
}

/// The answer that refuses a token with this number.
pub(crate) fn refusal(request: &Incoming, code: u32, suberror: Option<&str>, claims: Option<&str>) -> Reply {
    let (error, status) = classify(code);
    let message = MESSAGES.iter().find(|(known, _)| *known == code);
    let message = message.map_or("The request was refused.", |(_, message)| message);
    let trace = request.request_id;
    let correlation = request.header("client-request-id").map_or_else(|| trace.to_string(), str::to_owned);
    let at = timestamp(request.now).strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let mut body = json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"),
        "error_codes": [code],
        "timestamp": at,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("{}/error?code={code}", request.origin()),
    });
    if let Some(suberror) = suberror {
        body["suberror"] = json!(suberror);
    }
    if let Some(claims) = claims {
        body["claims"] = json!(claims);
    }
    Reply::json(status, &body)
}
