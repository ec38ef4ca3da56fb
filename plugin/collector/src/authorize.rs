//! How a person authorizes a connector, whatever host shows it to them.
//!
//! The source knows the identity provider; the host has the browser or the terminal, and the address that a redirect
//! comes back to. So the source says where to send the person, the host brings back what they came with, and the source
//! says what has thereby been granted. What is granted (a refresh token, say) stays in the source: no secret crosses
//! this boundary except the answer in the redirect, which goes one way and never shows in `Debug`.
//!
//! The host makes the `state` of a redirect, binds it to the browser's session, and looks it up before it hands the
//! answer over; the source only passes it on. Whatever else the redirect claims (a tenant, a scope) the source checks
//! by using what it was granted.
//!
//! ```
//! # use collector::authorize::{AuthorizeError, Authorizer, Granted, RedirectAnswer, RedirectTo};
//! # async fn drive(source: &dyn Authorizer, to: RedirectTo, query: Vec<(String, String)>) -> Result<Granted, AuthorizeError> {
//! let begun = source.by_redirect(&"contoso".into(), to).await?;
//! // The host sends the browser to `begun.open`; later the browser comes back to `to.redirect_uri` with a query.
//! (begun.finish)(RedirectAnswer::new(query)).await
//! # }
//! ```

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use thiserror::Error;
use url::Url;

use crate::health::WayOut;

/// A source whose connectors a person can authorize.
#[async_trait]
pub trait Authorizer: Send + Sync {
    /// Begins with a page in a browser that comes back to the host.
    async fn by_redirect(
        &self,
        connector: &ConnectorName,
        to: RedirectTo,
    ) -> Result<Redirect, AuthorizeError>;

    /// Begins with a code that the person types on a page they open anywhere: for a terminal without a browser.
    async fn by_device_code(&self, connector: &ConnectorName) -> Result<DeviceCode, AuthorizeError>;
}

/// Which connector. Names are unique within an application alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectorName {
    /// Its name.
    pub name: String,
    /// Its application, if whoever asks knows it; otherwise the source prefers the one that others depend on.
    pub application: Option<String>,
}

impl From<&str> for ConnectorName {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), application: None }
    }
}

/// Where the browser comes back to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedirectTo {
    /// The host's own page, as it is registered with the identity provider.
    pub redirect_uri: Url,
    /// The host's `state`: single-use, expiring, bound to the browser's session.
    pub state: String,
}

/// What finishes an authorization by redirect. Called with the answer whose `state` the host has recognized.
pub type Finish =
    Box<dyn FnOnce(RedirectAnswer) -> BoxFuture<'static, Result<Granted, AuthorizeError>> + Send>;

/// An authorization under way in a browser. Dropped, it is given up.
pub struct Redirect {
    /// The page to open.
    pub open: Url,
    /// What the person is to do there, and what has to be set up for it; sentences.
    pub instruction: String,
    /// What to do when the browser is back.
    pub finish: Finish,
}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The page's query may hold a challenge.
        f.debug_struct("Redirect").field("host", &self.open.host_str()).finish_non_exhaustive()
    }
}

/// The query that the browser came back with. It may hold an authorization code, so `Debug` shows names alone.
#[derive(Clone, Eq, PartialEq)]
pub struct RedirectAnswer(Vec<(String, String)>);

impl RedirectAnswer {
    /// The query's names and values, decoded, in their order.
    pub fn new(query: Vec<(String, String)>) -> Self {
        Self(query)
    }

    /// The value of a name that stands in it exactly once: of two values nobody knows which one was meant.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Debug for RedirectAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// An authorization under way on a page that the person opens anywhere.
pub struct DeviceCode {
    /// The page.
    pub open: Url,
    /// What the person types there. It is shown to them and to nobody else.
    pub user_code: String,
    /// How long it is good for.
    pub expires_in: Duration,
    /// Resolves when the person has answered or the code has expired. Dropped, the authorization is given up.
    pub granted: BoxFuture<'static, Result<Granted, AuthorizeError>>,
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("open", &self.open.as_str())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// What a connector may do now, as found by using what it was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Granted {
    /// The tenant that granted it, by its own word.
    pub tenant_id: String,
    /// Permissions that it has.
    pub permissions: Vec<String>,
    /// Permissions that it needs and has not.
    pub missing: Vec<String>,
}

/// Why a connector was not authorized.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum AuthorizeError {
    /// The source has no such connector: look the name up.
    #[error("there is no connector `{0}`")]
    UnknownConnector(String),
    /// The connector's way to authenticate needs no person, or not in this way: nothing is to be done, or use the other.
    #[error("the connector `{connector}` is not authorized in this way: {reason}")]
    NotOffered {
        /// Its name.
        connector: String,
        /// Why not.
        reason: String,
    },
    /// The person, or the organization's policy, said no: ask again.
    #[error("it was declined: {0}")]
    Declined(String),
    /// Nobody answered in time: begin again.
    #[error("nobody answered in time")]
    Expired,
    /// Somebody authorized something else, another tenant for one: begin again with the right account.
    #[error("another tenant than the configured one was authorized: {0}")]
    Mismatch(String),
    /// Anything else.
    #[error("{message}")]
    Failed {
        /// What happened.
        message: String,
        /// What to do about it.
        way_out: WayOut,
    },
}

#[cfg(test)]
mod tests;
