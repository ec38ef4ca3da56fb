//! Sending an administrator to Microsoft to consent, and what came of it when the browser is back.

mod address;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use collector::authorize::{AuthorizeError, ConnectorName, Finish, Granted, RedirectAnswer, RedirectTo};
use collector::config::ComponentKey;
use maud::{Markup, html};
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::layout::{Place, text};
use super::{Console, whole};
use crate::access::form::Form;
use crate::access::{Caller, Session, random};
use crate::api::ApiState;

/// Where Microsoft sends the browser back to: what has to stand among the app registration's redirect addresses.
pub(super) const CALLBACK: &str = "/oauth/callback";
/// So long an administrator may take.
const PATIENCE: Duration = Duration::from_mins(15);
/// Authorizations under way at once; the oldest makes room.
const MOST: usize = 50;

/// Authorizations under way, by the `state` that each was given: nobody can guess it, it is good once, and for the browser alone
/// that was sent away with it.
#[derive(Default)]
pub(super) struct Pending(Mutex<HashMap<String, Begun>>);

struct Begun {
    session: Session,
    connector: String,
    at: Instant,
    finish: Finish,
}

impl Pending {
    fn add(&self, state: String, begun: Begun) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, begun| begun.at.elapsed() < PATIENCE);
        if pending.len() >= MOST {
            let oldest = pending.iter().min_by_key(|(_, begun)| begun.at).map(|(state, _)| state.clone());
            oldest.and_then(|oldest| pending.remove(&oldest));
        }
        pending.insert(state, begun);
    }

    /// Takes the one with this state, if this browser has begun it, and not too long ago. Somebody else's stays.
    fn take(&self, state: &str, session: &Session) -> Option<Begun> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, begun| begun.at.elapsed() < PATIENCE);
        if !pending.get(state)?.session.is_word(session.word()) {
            return None;
        }
        pending.remove(state)
    }
}

/// Which connector.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    source: String,
    name: String,
    #[serde(default)]
    application: Option<String>,
}

/// Begins: a page that leads to Microsoft's.
pub(super) async fn begin(
    State(state): State<ApiState>,
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Form(Which { source, name, application }): Form<Which>,
) -> Response {
    let Caller::Browser(session) = &caller else { return StatusCode::UNAUTHORIZED.into_response() };
    let redirect_uri = match address::callback(console.public_url.as_ref(), &headers) {
        Ok(redirect_uri) => redirect_uri,
        Err(elsewhere) => {
            let page = whole(&caller, None, "Not from this address", &elsewhere.page());
            return (StatusCode::CONFLICT, page).into_response();
        }
    };
    let (Some(authorizer), Some(word)) = (state.overview.authorizer(&ComponentKey::from(source)), random())
    else {
        let content = html! { p { "The source does not run just now. Try again in a moment." } };
        return (StatusCode::SERVICE_UNAVAILABLE, whole(&caller, None, "Authorize", &content))
            .into_response();
    };
    let to = RedirectTo { redirect_uri: redirect_uri.clone(), state: word.clone() };
    let connector = ConnectorName { name, application };
    match authorizer.by_redirect(&connector, to).await {
        Ok(redirect) => {
            let begun = Begun {
                session: session.clone(),
                connector: connector.name.clone(),
                at: Instant::now(),
                finish: redirect.finish,
            };
            console.pending.add(word, begun);
            let content = leads_to(&redirect.open, &redirect.instruction, &redirect_uri);
            whole(
                &caller,
                Some(Place::Integrations),
                &format!("Authorize {}", text(&connector.name)),
                &content,
            )
            .into_response()
        }
        Err(error) => {
            let content = failed(&error);
            (StatusCode::CONFLICT, whole(&caller, None, "Not authorized", &content)).into_response()
        }
    }
}

/// A form may not lead away from here by itself: the policy forbids it.
fn leads_to(page: &Url, instruction: &str, back: &Url) -> Markup {
    html! {
        section.card aria-labelledby="consent" {
            h2 #consent { "Authorize at Microsoft" }
            p { (text(instruction)) " Microsoft sends you back here." }
            p { a.button href=(page) { "Continue to Microsoft" } }
            p.quiet.small { "Redirect address: " code { (back) } }
        }
    }
}

/// The browser is back.
pub(super) async fn end(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let answer = RedirectAnswer::new(query);
    let begun = match (&caller, answer.get("state")) {
        (Caller::Browser(session), Some(state)) => console.pending.take(state, session),
        _ => None,
    };
    let Some(Begun { connector, finish, .. }) = begun else {
        let content = html! {
            div.notice.bad role="alert" {
                p { "Nothing was begun in this browser that this would be the end of, or it was too long ago, or it has ended already." }
                p { "Log in, open the connector and press Authorize again." }
            }
        };
        return (StatusCode::FORBIDDEN, whole(&caller, None, "Not authorized", &content)).into_response();
    };
    let (status, title, content) = match finish(answer).await {
        Ok(granted) if granted.missing.is_empty() => {
            (StatusCode::OK, "Authorized", worked(&connector, &granted))
        }
        Ok(granted) => (StatusCode::OK, "Not everything was granted", lacks(&connector, &granted)),
        Err(error) => (StatusCode::OK, "Not authorized", failed(&error)),
    };
    (status, whole(&caller, Some(Place::Integrations), title, &content)).into_response()
}

fn worked(connector: &str, granted: &Granted) -> Markup {
    html! {
        div.notice.good role="status" { p { strong { (text(connector)) } " is authorized, and so are the connectors that share its tenant." } }
        section.card aria-labelledby="granted" {
            h2 #granted { "What was granted" }
            dl {
                dt { "Tenant" } dd { (text(&granted.tenant_id)) }
                dt { "Permissions" } dd { (text(&granted.permissions.join(", "))) }
            }
        }
        p { a.button href="/" { "Integrations" } }
    }
}

fn lacks(connector: &str, granted: &Granted) -> Markup {
    html! {
        div.notice.wait role="alert" {
            p { strong { (text(connector)) } " still lacks " (text(&granted.missing.join(", "))) "." }
            p { "Add it to the app registration as an application permission of Microsoft Graph, then authorize again. If it was added just now, wait a minute: Microsoft is slow to show it." }
        }
        p { a.button href="/" { "Integrations" } }
    }
}

fn failed(error: &AuthorizeError) -> Markup {
    html! {
        div.notice.bad role="alert" {
            p { (text(&error.to_string())) }
            @if let AuthorizeError::Failed { way_out, .. } = error { p { (text(&way_out.text)) } }
        }
        p { a.button href="/" { "Integrations" } }
    }
}
