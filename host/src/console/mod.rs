//! The web console: pages for people, made here from what runs.
//!
//! Every page reads without scripts; where they run, parts of pages are loaded again by themselves. Nothing is loaded from
//! elsewhere, and text that comes from elsewhere stands for itself and does nothing.

mod activity;
mod assets;
mod authorize;
mod check;
mod edit;
mod events;
mod integrations;
mod layout;
mod log_in;
mod moment;
mod pipeline;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jiff::SignedDuration;
use maud::{Markup, html};
use serde::Deserialize;
use url::Url;

use crate::access::Caller;
use crate::access::guard::LOG_IN;
use crate::api::ApiState;
use crate::connectors::Connectors;
use layout::{Place, page};

/// How far back it is shown how complete hours are.
const ACCOUNTED: SignedDuration = SignedDuration::from_hours(24);

/// What pages are made of besides what runs.
#[derive(Default)]
pub struct Console {
    /// Where connectors are made, if they can be.
    pub(crate) connectors: Option<Arc<Connectors>>,
    /// How browsers reach it, if that is configured.
    pub(crate) public_url: Option<Url>,
    pending: authorize::Pending,
}

impl Console {
    pub(crate) fn new(connectors: Option<Arc<Connectors>>, public_url: Option<Url>) -> Self {
        Self { connectors, public_url, ..Self::default() }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

/// The console's addresses.
pub fn router(console: Console) -> Router<ApiState> {
    let changes = console.connectors.clone().map(crate::api::connectors::router);
    Router::new()
        .route("/", get(integrations_page))
        .route("/integrations/table", get(integrations_table))
        .route("/connector", get(connector_page))
        .route("/activity", get(activity::page))
        .route("/events", get(events::page))
        .route("/events.ndjson", get(events::download))
        .route("/event", get(events::one))
        .route("/pipeline", get(pipeline_page))
        .route("/pipeline/table", get(pipeline_table))
        .route("/connectors/new", get(edit::panel).post(edit::add))
        .route("/connectors/edit", get(edit::edit_panel).post(edit::edit))
        .route("/connectors/saved", get(edit::done))
        .route("/connectors/remove", post(edit::remove))
        .route("/connectors/secret", post(edit::set_secret))
        .route("/check", post(check::check))
        .route("/authorize", post(authorize::begin))
        .route(authorize::CALLBACK, get(authorize::end))
        .route(LOG_IN, get(log_in::page).post(log_in::log_in))
        .route("/logout", post(log_in::log_out))
        .route("/assets/{name}", get(assets::file))
        .layer(Extension(Arc::new(console)))
        .merge(changes.unwrap_or_default())
}

async fn integrations_page(
    Extension(caller): Extension<Caller>,
    State(state): State<ApiState>,
) -> Html<String> {
    let content = integrations::content(&caller, &state.overview.snapshot());
    whole(&caller, Some(Place::Integrations), "Integrations", &content)
}

async fn integrations_table(State(state): State<ApiState>) -> Html<String> {
    Html(integrations::table(&state.overview.snapshot()).into_string())
}

async fn pipeline_page(Extension(caller): Extension<Caller>, State(state): State<ApiState>) -> Html<String> {
    let now = state.overview.now();
    let hours = state.overview.hours(now - ACCOUNTED, now).await;
    let content = pipeline::content(&state.overview.snapshot(), &hours);
    whole(&caller, Some(Place::Pipeline), "Pipeline", &content)
}

async fn pipeline_table(State(state): State<ApiState>) -> Html<String> {
    Html(pipeline::table(&state.overview.snapshot()).into_string())
}

/// Which connector. Names are unique within a source and an application.
#[derive(Debug, Deserialize)]
struct Which {
    source: String,
    application: String,
    name: String,
}

async fn connector_page(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    State(state): State<ApiState>,
    Query(which): Query<Which>,
) -> Response {
    let snapshot = state.overview.snapshot();
    let found = snapshot.connectors.iter().find(|line| {
        (&line.source, line.report.application, &line.report.name)
            == (&which.source, which.application.as_str(), &which.name)
    });
    if let Some(line) = found {
        let is_editable = edit::is_editable(&console, &line.report).await;
        let content = html! {
            @if is_editable && matches!(caller, Caller::Browser(_)) {
                div.actions { a.button.plain href=(edit::address(&which.name)) { "Edit" } }
            }
            (integrations::connector(&caller, &snapshot, line, is_editable))
        };
        return whole(&caller, Some(Place::Integrations), &layout::text(&which.name), &content)
            .into_response();
    }
    let content = html! { p { "There is no such connector. " a href="/" { "All connectors" } } };
    (StatusCode::NOT_FOUND, whole(&caller, None, "Not found", &content)).into_response()
}

fn whole(caller: &Caller, place: Option<Place>, title: &str, content: &Markup) -> Html<String> {
    Html(page(caller, place, title, content).into_string())
}
