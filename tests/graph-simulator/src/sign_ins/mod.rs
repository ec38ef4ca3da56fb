//! What a tenant's sign-in log holds: a small entry per sign-in, from which its record is made when it is read.

pub(crate) mod lateness;
pub(crate) mod log;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Nanos;

/// The kinds of sign-in, as `signInEventTypes` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignInKind {
    /// A user typed or confirmed something.
    InteractiveUser,
    /// A client signed in for a user, with a token it held.
    NonInteractiveUser,
    /// An application with a secret or certificate of its own.
    ServicePrincipal,
    /// An Azure resource with an identity that Azure keeps.
    ManagedIdentity,
}

impl SignInKind {
    /// All kinds, in Microsoft's order.
    pub const ALL: [Self; 4] =
        [Self::InteractiveUser, Self::NonInteractiveUser, Self::ServicePrincipal, Self::ManagedIdentity];

    /// The value in `signInEventTypes`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InteractiveUser => "interactiveUser",
            Self::NonInteractiveUser => "nonInteractiveUser",
            Self::ServicePrincipal => "servicePrincipal",
            Self::ManagedIdentity => "managedIdentity",
        }
    }

    /// Whether a user signs in, rather than a workload.
    pub const fn is_user(self) -> bool {
        matches!(self, Self::InteractiveUser | Self::NonInteractiveUser)
    }
}

impl fmt::Display for SignInKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SignInKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}

/// A text that names no [`SignInKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no kind of sign-in has this name")]
pub struct UnknownKind;

/// A sign-in to add to a tenant's log. `Default` is one of a kind and content that the seed picks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewSignIn {
    /// `createdDateTime`, exact to 100 ns; the server's now by default.
    pub created: Option<Timestamp>,
    /// From when queries see it; by default as late as the tenant's lateness draws.
    pub appears_at: Option<Timestamp>,
    /// Its kind.
    pub kind: Option<SignInKind>,
    /// Properties that replace those of the seed's record; `id` is one of them, `createdDateTime` is not.
    pub properties: Map<String, Value>,
}

/// One sign-in in the log: when it happened, when it shows, and the number its record is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `createdDateTime`.
    pub(crate) created: Nanos,
    /// The server's instant from which queries see it.
    pub(crate) appears: Nanos,
    /// Number within the tenant: picks the record's content and its id.
    pub(crate) seq: u32,
    pub(crate) kind: SignInKind,
    /// Digits of the fraction of `createdDateTime`, 0 to 7.
    pub(crate) digits: u8,
}

impl Entry {
    /// The order of the log; equal instants keep the order in which they were made.
    pub(crate) const fn key(&self) -> (Nanos, u32) {
        (self.created, self.seq)
    }

    /// Whether a query at `now` can see it.
    pub(crate) const fn visible(&self, now: Nanos) -> bool {
        self.appears <= now
    }
}
