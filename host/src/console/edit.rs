//! Making, editing and removing connectors.

mod panel;

use std::sync::Arc;

use axum::Extension;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use collector::health::ConnectorReport;
use collector::sensitive::SensitiveString;
use maud::{Markup, html};
use serde::Deserialize;
use url::form_urlencoded;

use super::layout::{Place, text, word};
use super::{Console, whole};
use crate::access::form::Form;
use crate::access::guard::LOG_IN;
use crate::access::{Caller, Session};
use crate::connectors::{Application, ConnectorError, Connectors, Entry};
use panel::{FilledIn, Panel};

/// Which panel, and below which parent; or of which connector.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    application: String,
    connector_tenant: String,
    name: String,
}

/// Which connector.
#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
    #[serde(default)]
    client_secret: String,
}

/// Does something with the connectors where it may wait for the disk.
async fn with<T: Send + 'static>(
    console: &Arc<Console>,
    work: impl FnOnce(&Connectors) -> Result<T, ConnectorError> + Send + 'static,
) -> Result<T, String> {
    let console = Arc::clone(console);
    let done = tokio::task::spawn_blocking(move || match &console.connectors {
        Some(connectors) => work(connectors).map_err(|error| error.to_string()),
        None => Err("connectors cannot be changed here".to_owned()),
    });
    done.await.map_err(|error| error.to_string())?
}

/// Whether a connector was made here, and can be changed here.
pub(super) async fn is_editable(console: &Arc<Console>, report: &ConnectorReport) -> bool {
    let entries = with(console, Connectors::list).await.unwrap_or_default();
    let is_for = |application: Application| application.to_string() == report.application;
    let is_it = |entry: &Entry| entry.name == report.name && entry.application.is_none_or(is_for);
    entries.iter().any(|entry| is_it(entry) && entry.is_editable)
}

/// Where a connector that was made here is edited.
pub(super) fn address(name: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", name).finish();
    format!("/connectors/edit?{query}")
}

/// The panel, empty.
pub(super) async fn panel(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Query(Wanted { application, connector_tenant, .. }): Query<Wanted>,
) -> Response {
    let Caller::Browser(session) = &caller else {
        return Redirect::to(&format!("{LOG_IN}?next=/connectors/new")).into_response();
    };
    let content = match with(&console, Connectors::list).await {
        Ok(entries) => {
            let filled_in = FilledIn::empty(application, connector_tenant);
            html! {
                (broken(session, &entries))
                (Panel { session, filled_in: &filled_in, entries: &entries, problem: None, is_new: true }.show())
            }
        }
        Err(problem) => notice(&problem),
    };
    whole(&caller, Some(Place::Integrations), "New connector", &content).into_response()
}

/// The panel of a connector that was made here.
pub(super) async fn edit_panel(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Query(Wanted { name, .. }): Query<Wanted>,
) -> Response {
    let Caller::Browser(session) = &caller else {
        let next =
            form_urlencoded::Serializer::new(String::new()).append_pair("next", &address(&name)).finish();
        return Redirect::to(&format!("{LOG_IN}?{next}")).into_response();
    };
    let wanted = name.clone();
    let found = with(&console, move |connectors| {
        let (application, settings) = connectors.settings(&wanted, None)?;
        Ok((FilledIn::of(wanted, application, settings), connectors.list()?))
    });
    match found.await {
        Ok((filled_in, entries)) => {
            let panel =
                Panel { session, filled_in: &filled_in, entries: &entries, problem: None, is_new: false };
            whole(&caller, Some(Place::Integrations), "Edit connector", &panel.show()).into_response()
        }
        Err(problem) => nothing_done(&caller, &problem),
    }
}

/// Makes it.
pub(super) async fn add(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(filled_in): Form<FilledIn>,
) -> Response {
    let (new, secret) = (filled_in.new_connector(), filled_in.secret());
    let added = with(&console, move |connectors| connectors.add(&new, secret.as_ref())).await;
    saved(&console, &caller, &filled_in, added.map(drop), true).await
}

/// Edits it.
pub(super) async fn edit(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(filled_in): Form<FilledIn>,
) -> Response {
    let (new, secret) = (filled_in.new_connector(), filled_in.secret());
    let edit = move |connectors: &Connectors| {
        connectors.edit(&new.name, Some(new.application), &new.settings, secret.as_ref())
    };
    let edited = with(&console, edit).await;
    saved(&console, &caller, &filled_in, edited.map(drop), false).await
}

/// Leads on, or shows the panel again with what is wrong.
async fn saved(
    console: &Arc<Console>,
    caller: &Caller,
    filled_in: &FilledIn,
    outcome: Result<(), String>,
    is_new: bool,
) -> Response {
    let Caller::Browser(session) = caller else { return StatusCode::UNAUTHORIZED.into_response() };
    let Err(problem) = outcome else {
        let name =
            form_urlencoded::Serializer::new(String::new()).append_pair("name", filled_in.name()).finish();
        return Redirect::to(&format!("/connectors/saved?{name}")).into_response();
    };
    let entries = with(console, Connectors::list).await.unwrap_or_default();
    let panel = Panel { session, filled_in, entries: &entries, problem: Some(&problem), is_new };
    let title = if is_new { "New connector" } else { "Edit connector" };
    (StatusCode::UNPROCESSABLE_ENTITY, whole(caller, Some(Place::Integrations), title, &panel.show()))
        .into_response()
}

/// What to do next with a connector that was just saved: have it authorized.
pub(super) async fn done(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Query(Wanted { name, .. }): Query<Wanted>,
) -> Response {
    let entries = with(&console, Connectors::list).await.unwrap_or_default();
    let found = entries.iter().find(|entry| entry.name == name && entry.is_editable);
    let (Caller::Browser(session), Some(entry)) = (&caller, found) else {
        return Redirect::to("/").into_response();
    };
    let content = html! {
        div.notice.good role="status" { p { (text(&name)) " is saved. It is in use within seconds." } }
        div.actions {
            form.inline method="post" action="/authorize" {
                (word(session))
                input type="hidden" name="source" value=(entry.source.as_deref().unwrap_or_default());
                input type="hidden" name="name" value=(name);
                button type="submit" { "Authorize" }
            }
            @if entry.application == Some(Application::Microsoft365) {
                @let below = form_urlencoded::Serializer::new(String::new()).append_pair("connector_tenant", &name).finish();
                a.button.plain href={ "/connectors/new?application=azure_ad&" (below) } { "New Microsoft Azure AD connector below it" }
            }
            a.button.plain href="/" { "Integrations" }
        }
        p.quiet { "Authorize opens Microsoft's page, where an administrator accepts the permissions or a user signs in. Both connectors of a tenant are authorized at once." }
    };
    whole(&caller, Some(Place::Integrations), "Saved", &content).into_response()
}

/// Removes it.
pub(super) async fn remove(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(Named { name, .. }): Form<Named>,
) -> Response {
    let removed = with(&console, move |connectors| connectors.remove(&name, None)).await;
    changed(&caller, removed.map(drop))
}

/// Gives it another secret.
pub(super) async fn set_secret(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(Named { name, client_secret }): Form<Named>,
) -> Response {
    let secret = SensitiveString::from(client_secret);
    let set = with(&console, move |connectors| connectors.set_secret(&name, None, &secret)).await;
    changed(&caller, set.map(drop))
}

fn changed(caller: &Caller, outcome: Result<(), String>) -> Response {
    match outcome {
        Ok(()) => Redirect::to("/").into_response(),
        Err(problem) => nothing_done(caller, &problem),
    }
}

fn nothing_done(caller: &Caller, problem: &str) -> Response {
    let content = html! { (notice(problem)) p { a.button href="/" { "Integrations" } } };
    (StatusCode::CONFLICT, whole(caller, Some(Place::Integrations), "Nothing was changed", &content))
        .into_response()
}

fn notice(problem: &str) -> Markup {
    html! { div.notice.bad role="alert" { pre { (crate::printable::lines(problem)) } } }
}

/// Connectors whose files have mistakes: they have no page of their own, but can be removed.
fn broken(session: &Session, entries: &[Entry]) -> Markup {
    html! {
        @for entry in entries.iter().filter(|entry| !entry.is_used) {
            (notice(entry.problem.as_deref().unwrap_or_default()))
            form.inline method="post" action="/connectors/remove" {
                (word(session))
                input type="hidden" name="name" value=(entry.name);
                @if entry.application.is_some() { a.button.plain href=(address(&entry.name)) { "Edit " (text(&entry.name)) } " " }
                button.danger type="submit" { "Remove " (text(&entry.name)) }
            }
        }
    }
}
