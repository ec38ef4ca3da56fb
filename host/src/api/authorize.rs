//! `POST /api/v1/authorize`: having a user sign in for a connector, with a code that the person who asked is shown.
//!
//! It changes what the connector may do, so it takes the token, as all that changes something does.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{Json, Response};
use collector::authorize::{AuthorizeError, Authorizer, ConnectorName, DeviceCode, RedirectTo};
use collector::health::WayOut;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use url::Url;

use super::peer::Peer;
use super::{ApiState, lines};

/// What is to be authorized.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The connector's name.
    pub connector: String,
    /// Its application, where the name alone could mean two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Whether with a code, though a browser that comes back would do as well.
    #[serde(default)]
    pub device_code: bool,
}

/// What is to be done, then what came of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Press Authorize in the console: it takes a browser that comes back.
    OpenConsole,
    /// Open the page and enter the code; the next step says what came of it.
    EnterCode {
        /// The page.
        open: String,
        /// The code.
        user_code: String,
        /// How long it is good for.
        expires_in_secs: u64,
    },
    /// It may do this now.
    Granted {
        /// The tenant that granted it.
        tenant_id: String,
        /// What it has.
        permissions: Vec<String>,
        /// What it needs and has not.
        missing: Vec<String>,
    },
    /// There is no such connector.
    Unknown,
    /// It was not authorized.
    Failed {
        /// Why not.
        message: String,
        /// What to do about it.
        way_out: Option<WayOut>,
    },
}

pub(super) async fn authorize(
    State(state): State<ApiState>,
    Extension(peer): Extension<Peer>,
    ask: Result<Json<Ask>, JsonRejection>,
) -> Response {
    match peer.asked(ask) {
        Ok(ask) => {
            let authorizers = state.overview.authorizers();
            lines::answer(lines::driven(|steps| async move {
                // Whoever does not listen any more has given it up.
                let _gone = steps.send(last_step(&authorizers, &ask, &steps).await).await;
            }))
        }
        Err(refusal) => refusal,
    }
}

async fn last_step(authorizers: &[Arc<dyn Authorizer>], ask: &Ask, steps: &mpsc::Sender<Step>) -> Step {
    for authorizer in authorizers {
        match of_source(authorizer.as_ref(), ask, steps).await {
            Err(AuthorizeError::UnknownConnector(_)) => {}
            Ok(step) => return step,
            Err(error) => {
                let message = error.to_string();
                let way_out = match error {
                    AuthorizeError::Failed { way_out, .. } => Some(way_out),
                    _ => None,
                };
                return Step::Failed { message, way_out };
            }
        }
    }
    Step::Unknown
}

async fn of_source(
    authorizer: &dyn Authorizer,
    ask: &Ask,
    steps: &mpsc::Sender<Step>,
) -> Result<Step, AuthorizeError> {
    let connector = ConnectorName { name: ask.connector.clone(), application: ask.application.clone() };
    if !ask.device_code && comes_back(authorizer, &connector).await? {
        return Ok(Step::OpenConsole);
    }
    let DeviceCode { open, user_code, expires_in, granted } = authorizer.by_device_code(&connector).await?;
    let (open, expires_in_secs) = (open.into(), expires_in.as_secs());
    let _gone = steps.send(Step::EnterCode { open, user_code, expires_in_secs }).await;
    let granted = granted.await?;
    Ok(Step::Granted {
        tenant_id: granted.tenant_id,
        permissions: granted.permissions,
        missing: granted.missing,
    })
}

/// Whether a browser that comes back to the console would do. What is begun for the question is given up.
async fn comes_back(authorizer: &dyn Authorizer, connector: &ConnectorName) -> Result<bool, AuthorizeError> {
    let Ok(redirect_uri) = Url::parse("http://localhost/") else { return Ok(false) };
    match authorizer.by_redirect(connector, RedirectTo { redirect_uri, state: String::new() }).await {
        Ok(_given_up) => Ok(true),
        Err(AuthorizeError::NotOffered { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
