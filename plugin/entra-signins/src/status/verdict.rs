//! Status, reason and way out.

use collector::health::{ConnectorStatus, WayOut};
use url::Url;

use crate::config::ClientId;

/// What is to be said of a connector.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// Cato's word.
    pub status: ConnectorStatus,
    /// A stable code in snake case.
    pub reason: &'static str,
    /// A sentence.
    pub message: String,
    /// What to do about it.
    pub way_out: Option<WayOut>,
}

impl Verdict {
    /// Nothing is known yet.
    pub fn checking() -> Self {
        Self {
            status: ConnectorStatus::PendingUserConsent,
            reason: "checking",
            message: "It is being checked, and nothing is asked of anybody: Microsoft has not answered yet."
                .to_owned(),
            way_out: None,
        }
    }

    /// It works.
    pub fn connected() -> Self {
        Self { status: ConnectorStatus::Connected, reason: "ok", message: "Works.".to_owned(), way_out: None }
    }

    /// Something stops it.
    pub fn error(reason: &'static str, message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            status: ConnectorStatus::Error,
            reason,
            message: message.into(),
            way_out: Some(WayOut { text: way_out.into(), url: None }),
        }
    }

    /// An admin must consent to this permission.
    pub fn pending(
        reason: &'static str,
        message: impl Into<String>,
        consent: &Consent,
        permission: &str,
    ) -> Self {
        Self {
            status: ConnectorStatus::PendingUserConsent,
            reason,
            message: message.into(),
            way_out: Some(consent.way_out(permission)),
        }
    }
}

/// Where an admin of the tenant grants the app its permissions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Consent {
    /// On the admin-consent page of the app registration.
    Page(Url),
    /// By a command: there is no page for a managed identity.
    Command,
    /// It does not: a user signs in for the connector of this name, and grants the app theirs.
    SignIn {
        /// The connector's name.
        connector: String,
        /// Whether they may do so in a browser that comes back.
        in_browser: bool,
    },
}

impl Consent {
    /// The admin-consent page of this app in this tenant (learn.microsoft.com/entra/identity-platform/v2-admin-consent).
    pub fn new(login: &Url, tenant: &str, client_id: ClientId) -> Self {
        let mut page = login.clone();
        page.set_path(&format!("{}/{tenant}/adminconsent", login.path().trim_end_matches('/')));
        page.query_pairs_mut().clear().append_pair("client_id", &client_id.to_string());
        Self::Page(page)
    }

    fn way_out(&self, permission: &str) -> WayOut {
        let url = match self {
            Self::Page(page) => Some(page.to_string()),
            Self::Command | Self::SignIn { .. } => None,
        };
        let text = match self {
            Self::Page(_) => format!(
                "Open this page as a global administrator of the tenant and accept the permissions; {permission} must be \
                 among those of the app registration. The status changes by itself within minutes."
            ),
            Self::Command => format!(
                "Have an administrator of the tenant assign {permission} of Microsoft Graph to the managed identity \
                 (New-MgServicePrincipalAppRoleAssignment). Azure keeps tokens, so it may take hours until the status changes."
            ),
            Self::SignIn { connector, in_browser } => {
                let console = if *in_browser { ", or press Authorize in the console," } else { "" };
                format!(
                    "Run `entra-signins connectors authorize {connector}`{console} and sign in as a user of the tenant who may read sign-ins \
                     (Reports Reader, Security Reader); {permission} must be among the delegated permissions of the app registration, and \
                     an administrator must have consented to it. The status changes by itself within seconds."
                )
            }
        };
        WayOut { text, url }
    }
}
