//! Tokens of a parent connector: how its app registration proves itself, when a token is renewed, and what the
//! identity platform's refusals mean.
//!
//! Nothing outside sees a secret: an [`AccessToken`] puts itself into a request. [`schedule`] decides when Microsoft
//! is asked, [`exchange`] asks (through the `oauth2` crate), [`aadsts`] reads refusals, [`TokenProvider`] joins them.

mod aadsts;
mod answer;
mod credential;
mod error;
mod exchange;
mod openid;
mod provider;
mod schedule;
mod token;
mod transport;

#[cfg(test)]
pub(crate) use aadsts::testing;
pub use credential::CredentialError;
pub use error::{Diagnosis, IdentityError};
pub use provider::TokenProvider;
pub use token::{AUDIT_LOG_READ_ALL, AccessToken};
