//! Having an administrator consent: where to send the browser, and what came of it when it is back.
//!
//! What the redirect says is a hint. Whether the tenant has consented, which tenant it was and to what is seen in a token, which is
//! asked for then. One consent serves a parent and its children alike.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use collector::authorize::{
    AuthorizeError, Authorizer, DeviceCode, Granted, Redirect, RedirectAnswer, RedirectTo,
};
use collector::health::WayOut;
use url::Url;

use super::parent::Parent;
use super::shared::Shared;
use crate::config::{Microsoft365, Strategy, Tenant};
use crate::identity::{AUDIT_LOG_READ_ALL, IdentityError};
use crate::status::lacks_permission_alone;

/// What was consented to shows in tokens some seconds later: so often a token is asked for, with this wait in between.
const TRIES: u32 = 8;
const WAIT: Duration = Duration::from_secs(4);

/// Has the connectors of a source authorized, for as long as it runs.
pub(super) struct Authorizing {
    pub(super) shared: Weak<Shared>,
    pub(super) parents: Vec<Arc<Parent>>,
}

impl Authorizing {
    /// The parent of this name, or of the child of this name.
    fn parent(&self, connector: &str) -> Result<&Arc<Parent>, AuthorizeError> {
        let is_meant = |parent: &&Arc<Parent>| {
            parent.config.name == connector
                || parent.children.iter().any(|child| child.config.name == connector)
        };
        let parent = self.parents.iter().find(is_meant).filter(|_| self.shared.strong_count() > 0);
        parent.ok_or_else(|| AuthorizeError::UnknownConnector(connector.to_owned()))
    }
}

#[async_trait]
impl Authorizer for Authorizing {
    async fn by_redirect(&self, connector: &str, to: RedirectTo) -> Result<Redirect, AuthorizeError> {
        let parent = Arc::clone(self.parent(connector)?);
        if matches!(parent.config.credential.strategy, Strategy::ManagedIdentity(_)) {
            let reason = "a managed identity is given its permissions by command, not by consent".to_owned();
            return Err(AuthorizeError::NotOffered { connector: connector.to_owned(), reason });
        }
        let open = consent_page(&parent.config, &to);
        Ok(Redirect { open, finish: Box::new(move |answer| Box::pin(finish(parent, answer))) })
    }

    async fn by_device_code(&self, connector: &str) -> Result<DeviceCode, AuthorizeError> {
        self.parent(connector)?;
        let reason = "it reads with permissions of its own, to which an administrator consents in a browser";
        Err(AuthorizeError::NotOffered { connector: connector.to_owned(), reason: reason.to_owned() })
    }
}

/// Where an administrator consents to all permissions of the app registration
/// (learn.microsoft.com/entra/identity-platform/v2-admin-consent).
fn consent_page(config: &Microsoft365, to: &RedirectTo) -> Url {
    let tenant = match &config.tenant {
        Tenant::Id(id) => id.to_string(),
        Tenant::Domain(domain) => domain.clone(),
    };
    let login = &config.endpoints.login;
    let mut page = login.clone();
    page.set_path(&format!("{}/{tenant}/v2.0/adminconsent", login.path().trim_end_matches('/')));
    page.query_pairs_mut()
        .clear()
        .append_pair("client_id", &config.client_id.to_string())
        .append_pair("scope", &config.endpoints.scope)
        .append_pair("redirect_uri", to.redirect_uri.as_str())
        .append_pair("state", &to.state);
    page
}

/// The browser is back.
async fn finish(parent: Arc<Parent>, answer: RedirectAnswer) -> Result<Granted, AuthorizeError> {
    if let Some(error) = answer.get("error") {
        let said = answer.get("error_description").unwrap_or(error);
        // What follows the first line is ids and times.
        return Err(AuthorizeError::Declined(said.lines().next().unwrap_or(error).to_owned()));
    }
    if !answer.get("admin_consent").is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        return Err(AuthorizeError::Failed {
            message: "Microsoft's answer does not say that anybody has consented".to_owned(),
            way_out: WayOut { text: "Begin again.".to_owned(), url: None },
        });
    }
    let mut tries = 1;
    loop {
        let token = parent.access.tokens.check_now().await;
        parent.woken.notify_one();
        match token {
            Ok(token) => {
                let tenant_id = token.tenant().map(|tenant| tenant.to_string()).unwrap_or_default();
                return Ok(Granted { tenant_id, permissions: token.roles().to_vec(), missing: Vec::new() });
            }
            Err(IdentityError::Consent { .. } | IdentityError::Transient { .. }) if tries < TRIES => {
                tries += 1;
                tokio::time::sleep(WAIT).await;
            }
            Err(error) if lacks_permission_alone(&error) => {
                let missing = vec![AUDIT_LOG_READ_ALL.to_owned()];
                return Ok(Granted { tenant_id: String::new(), permissions: Vec::new(), missing });
            }
            Err(error) => return Err(failed(&error)),
        }
    }
}

fn failed(error: &IdentityError) -> AuthorizeError {
    if error.reason() == "tenant_mismatch" {
        return AuthorizeError::Mismatch(error.to_string());
    }
    let way_out = WayOut { text: error.way_out().to_owned(), url: None };
    AuthorizeError::Failed { message: error.to_string(), way_out }
}
