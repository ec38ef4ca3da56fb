//! Tokens of a parent connector: how its app registration proves itself, when a token is renewed, and what the
//! identity platform's refusals mean.
//!
//! Nothing outside sees a secret: an [`AccessToken`] puts itself into a request. [`schedule`] decides when Microsoft
//! is asked, [`exchange`] asks (the identity platform through the `oauth2` crate, or Azure's own service), [`delegated`] does so on behalf of
//! users who have signed in, [`aadsts`] reads refusals, [`TokenProvider`] joins them.

mod aadsts;
mod answer;
mod credential;
mod delegated;
mod error;
mod exchange;
mod expiry;
mod managed_identity;
mod openid;
mod provider;
mod schedule;
mod token;
mod token_endpoint;
mod transport;

#[cfg(test)]
pub(crate) use aadsts::testing;
pub use credential::CredentialError;
pub use delegated::NOT_AUTHORIZED;
pub use error::{Diagnosis, IdentityError};
pub use exchange::CredentialInUse;
pub use expiry::{Expiring, ExpiryWatch};
pub use provider::{DeviceSignIn, SignIn, SignedIn, TokenProvider, refused_in_browser};
pub use token::{AUDIT_LOG_READ_ALL, AccessToken};
