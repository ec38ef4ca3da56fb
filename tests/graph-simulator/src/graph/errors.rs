//! Graph's error answers.

use axum::http::StatusCode;
use serde_json::json;

use crate::clock::timestamp;
use crate::wire::{Incoming, Reply};

/// An error of Graph: status, `error.code`, `error.message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Codes with which Graph refuses sign-ins (403), and what it says.
pub const FORBIDDEN_CODES: [(&str, &str); 6] = [
    (
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "Neither tenant is B2C or tenant doesn't have premium license",
    ),
    (
        "Authentication_MSGraphPermissionMissing",
        "Calling principal does not have required MSGraph permissions AuditLog.Read.All",
    ),
    ("Authentication_ApplicationHasNoDirectoryReadAccess", "Failed to do premium license check from ADGraph"),
    (
        "Authentication_ApplicationHasNoReadAuditLogDataAccess",
        "The application does not have the 'Read all audit log data' permission",
    ),
    ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    ("UnknownError", "User isn't in the allowed roles"),
];

impl GraphError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn invalid_filter() -> Self {
        Self::bad_request("Invalid filter clause")
    }

    pub(crate) fn invalid_skiptoken() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "UnknownError", "Invalid Skip Token, skip token is null")
    }

    pub(crate) fn invalid_token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message)
    }

    pub(crate) fn forbidden(code: &str) -> Self {
        let known = FORBIDDEN_CODES.iter().find(|(known, _)| *known == code);
        Self::new(StatusCode::FORBIDDEN, code, known.map_or("Forbidden", |(_, message)| message))
    }

    /// The error for a bare status, as Graph's gateway words it.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::new(status, "ResourceNotFound", "Resource not found."),
            429 => Self::new(
                status,
                "TooManyRequests",
                "Too many requests. This request is throttled. Please try again after the value specified in the Retry-After header.",
            ),
            502 => Self::new(status, "generalException", "Bad gateway."),
            503 => Self::new(status, "serviceNotAvailable", "The service is temporarily unavailable."),
            504 => Self::new(status, "UnknownError", ""),
            _ => Self::new(status, "UnknownError", "An unexpected error occurred."),
        }
    }

    pub(crate) fn reply(&self, request: &Incoming) -> Reply {
        let id = request.request_id.to_string();
        let client_id = request.header("client-request-id").unwrap_or(&id);
        let body = json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": timestamp(request.now).strftime("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": id,
                "client-request-id": client_id,
            },
        }});
        Reply::json(self.status, &body)
    }
}
