//! Having a connector authorized: where to send a person, and what came of it when they are back.
//!
//! Where the app has permissions of its own, an administrator [consents](consent); where it reads on behalf of a user, that user
//! [signs in](sign_in). Either serves a parent and its children alike. What a redirect says is a hint: which tenant it was and what was
//! granted is seen in a token.
//!
//! A person may be away for minutes, in which the source may be stopped and another one take its place, with other settings. So what is
//! under way keeps nothing of a source alive, and ends with it: a source that has stopped asks for no token and keeps none in the place of
//! its successor's.

mod consent;
mod sign_in;

use std::future::Future;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use collector::authorize::{
    AuthorizeError, Authorizer, ConnectorName, DeviceCode, Granted, Redirect, RedirectAnswer, RedirectTo,
};
use collector::health::WayOut;
use tokio_util::sync::CancellationToken;

use super::parent::Parent;
use super::shared::Shared;
use super::{CHILD, PARENT};
use crate::config::Strategy;
use crate::identity::{IdentityError, refused_in_browser};

/// Has the connectors of a source authorized, for as long as it runs.
pub(super) struct Authorizing {
    pub(super) shared: Weak<Shared>,
    pub(super) parents: Vec<Arc<Parent>>,
}

impl Authorizing {
    /// The parent of this name, else of the child of this name: a parent and another parent's child may share one.
    fn parent(&self, connector: &ConnectorName) -> Result<(Arc<Parent>, UnderWay), AuthorizeError> {
        let ConnectorName { name, application } = connector;
        let unknown = || AuthorizeError::UnknownConnector(name.clone());
        let shared = self.shared.upgrade().ok_or_else(unknown)?;
        let may_be = |known: &str| application.as_ref().is_none_or(|application| application == known);
        let itself = self.parents.iter().filter(|parent| may_be(PARENT) && parent.config.name == *name);
        let has = |parent: &Parent| parent.children.iter().any(|child| child.config.name == *name);
        let of_child = self.parents.iter().filter(|parent| may_be(CHILD) && has(parent));
        let parent = itself.chain(of_child).next().cloned().ok_or_else(unknown)?;
        let (stop, gone) = (shared.stop.clone(), shared.gone.clone());
        let under_way = UnderWay { parent: Arc::downgrade(&parent), stop, gone };
        Ok((parent, under_way))
    }
}

/// What an authorization has of the source while a person is away.
struct UnderWay {
    parent: Weak<Parent>,
    stop: CancellationToken,
    gone: CancellationToken,
}

impl UnderWay {
    /// What comes of the end of it, if the source runs until then.
    async fn end<F>(self, end: impl FnOnce(Arc<Parent>) -> F) -> Result<Granted, AuthorizeError>
    where
        F: Future<Output = Result<Granted, AuthorizeError>>,
    {
        let parent = self.parent.upgrade().ok_or_else(stopped)?;
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(stopped()),
            () = self.gone.cancelled() => Err(stopped()),
            granted = end(parent) => granted,
        }
    }
}

fn stopped() -> AuthorizeError {
    AuthorizeError::Failed {
        message: "the settings of the source have changed meanwhile, or it has stopped".to_owned(),
        way_out: WayOut { text: "Begin again.".to_owned(), url: None },
    }
}

#[async_trait]
impl Authorizer for Authorizing {
    async fn by_redirect(
        &self,
        connector: &ConnectorName,
        to: RedirectTo,
    ) -> Result<Redirect, AuthorizeError> {
        let (parent, under_way) = self.parent(connector)?;
        let connector = connector.name.as_str();
        let reason = match parent.config.credential.strategy {
            Strategy::ClientSecret(_)
            | Strategy::ClientCertificate { .. }
            | Strategy::FederatedToken { .. } => {
                return Ok(consent::begin(&parent.config, under_way, &to));
            }
            Strategy::AuthorizationCode { .. } => {
                return sign_in::in_browser(&parent, under_way, connector, to);
            }
            Strategy::DeviceCode => {
                "auth.strategy is device_code: run `entra-signins connectors authorize`, which shows a code to sign in with, in a browser anywhere"
            }
            Strategy::ManagedIdentity(_) => BY_COMMAND,
        };
        Err(not_offered(connector, reason))
    }

    async fn by_device_code(&self, connector: &ConnectorName) -> Result<DeviceCode, AuthorizeError> {
        let (parent, under_way) = self.parent(connector)?;
        let connector = connector.name.as_str();
        let reason = match &parent.config.credential.strategy {
            // The same app without a secret is a public client, which may have codes too.
            Strategy::DeviceCode | Strategy::AuthorizationCode { client_secret: None } => {
                return sign_in::on_device(&parent, under_way, connector).await;
            }
            Strategy::AuthorizationCode { client_secret: Some(_) } => {
                "an app with a client secret is given no device codes: press Authorize in the console, to sign in in a browser that comes back there"
            }
            Strategy::ClientSecret(_)
            | Strategy::ClientCertificate { .. }
            | Strategy::FederatedToken { .. } => {
                "it reads with permissions of its own, to which an administrator consents in a browser"
            }
            Strategy::ManagedIdentity(_) => BY_COMMAND,
        };
        Err(not_offered(connector, reason))
    }
}

const BY_COMMAND: &str = "a managed identity is given its permissions by command, not by consent";

fn not_offered(connector: &str, reason: &str) -> AuthorizeError {
    AuthorizeError::NotOffered { connector: connector.to_owned(), reason: reason.to_owned() }
}

/// What the browser came back with, if it is no error.
fn returned(answer: RedirectAnswer) -> Result<RedirectAnswer, AuthorizeError> {
    match answer.get("error") {
        Some(error) => Err(failed(&refused_in_browser(error, answer.get("error_description")))),
        None => Ok(answer),
    }
}

/// An answer that is neither an error nor what was waited for.
fn nothing_said(what: &str) -> AuthorizeError {
    AuthorizeError::Failed {
        message: format!("Microsoft's answer {what}"),
        way_out: WayOut { text: "Begin again.".to_owned(), url: None },
    }
}

fn failed(error: &IdentityError) -> AuthorizeError {
    let said = error.to_string();
    match error.reason() {
        "tenant_mismatch" => AuthorizeError::Mismatch(said),
        "consent_declined" | "access_denied" => AuthorizeError::Declined(said),
        "device_code_expired" => AuthorizeError::Expired,
        _ => {
            let way_out = WayOut { text: error.way_out().to_owned(), url: None };
            AuthorizeError::Failed { message: said, way_out }
        }
    }
}
