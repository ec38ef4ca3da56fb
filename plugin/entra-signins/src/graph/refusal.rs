//! Graph's 403s: who must do what.

use std::fmt;

#[cfg(test)]
mod tests;

/// Why Graph refuses sign-ins.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Refusal {
    /// The tenant has no Entra ID P1 or P2, or is a B2C tenant. Licensed tenants get this now and then too.
    NoLicence,
    /// AuditLog.Read.All is not granted.
    PermissionMissing,
    /// The licence check wants Directory.Read.All besides.
    DirectoryReadMissing,
    /// The app may not do this; which permission it lacks is not said.
    RequestDenied,
    /// A user without one of the roles that may read sign-ins.
    RoleMissing,
    /// A policy wants claims that the token does not carry.
    InsufficientClaims,
    /// Something else; the code says more.
    Other,
}

/// Codes are Microsoft's and in no document of theirs; support threads have them.
pub(crate) const CODES: &[(&str, Refusal)] = &[
    ("Authentication_RequestFromNonPremiumTenantOrB2CTenant", Refusal::NoLicence),
    ("Authentication_MSGraphPermissionMissing", Refusal::PermissionMissing),
    ("Authentication_ApplicationHasNoReadAuditLogDataAccess", Refusal::PermissionMissing),
    ("Authentication_ApplicationHasNoDirectoryReadAccess", Refusal::DirectoryReadMissing),
    ("Authorization_RequestDenied", Refusal::RequestDenied),
    ("insufficient_claims", Refusal::InsufficientClaims),
];

/// Refusals without a code of their own, by words of their message.
const MESSAGES: &[(&str, Refusal)] = &[
    ("allowed roles", Refusal::RoleMissing),
    ("premium license", Refusal::NoLicence),
    ("AuditLog.Read.All", Refusal::PermissionMissing),
];

impl Refusal {
    /// Every one.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 7] = [
        Self::NoLicence,
        Self::PermissionMissing,
        Self::DirectoryReadMissing,
        Self::RequestDenied,
        Self::RoleMissing,
        Self::InsufficientClaims,
        Self::Other,
    ];

    /// By the most specific code that is known, else by the message.
    pub(crate) fn of(codes: &[String], message: &str) -> Self {
        let known = |code: &String| CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
        if let Some((_, refusal)) = codes.iter().find_map(known) {
            return *refusal;
        }
        let said = MESSAGES.iter().find(|(words, _)| message.contains(words));
        said.map_or(Self::Other, |(_, refusal)| *refusal)
    }

    /// A stable code in snake case.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoLicence => "no_licence",
            Self::PermissionMissing => "permission_missing",
            Self::DirectoryReadMissing => "directory_read_missing",
            Self::RequestDenied => "request_denied",
            Self::RoleMissing => "role_missing",
            Self::InsufficientClaims => "insufficient_claims",
            Self::Other => "forbidden",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLicence => "the tenant has no Microsoft Entra ID P1 or P2 licence",
            Self::PermissionMissing => "the app has not been granted AuditLog.Read.All",
            Self::DirectoryReadMissing => {
                "the licence check needs Directory.Read.All, which has not been granted"
            }
            Self::RequestDenied => "the app lacks a permission",
            Self::RoleMissing => "the user has no role that may read sign-ins, such as Reports Reader",
            Self::InsufficientClaims => "a policy of the tenant wants more than the token carries",
            Self::Other => "it is forbidden",
        })
    }
}
