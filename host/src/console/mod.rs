//! The web console: pages for people, made here from what runs.
//!
//! Every page reads without scripts; where they run, parts of pages are loaded again by themselves. Nothing is loaded from
//! elsewhere, and text that comes from elsewhere stands for itself and does nothing.

mod assets;
mod integrations;
mod layout;
mod log_in;
mod pipeline;

#[cfg(test)]
mod tests;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::{Markup, html};
use serde::Deserialize;

use crate::access::Caller;
use crate::access::guard::LOG_IN;
use crate::api::ApiState;
use layout::{Place, page};

/// The console's addresses.
pub fn router() -> Router<ApiState> {
    Router::new()
        .route("/", get(integrations_page))
        .route("/integrations/table", get(integrations_table))
        .route("/connector", get(connector_page))
        .route("/pipeline", get(pipeline_page))
        .route("/pipeline/table", get(pipeline_table))
        .route(LOG_IN, get(log_in::page).post(log_in::log_in))
        .route("/logout", post(log_in::log_out))
        .route("/assets/{name}", get(assets::file))
}

async fn integrations_page(
    Extension(caller): Extension<Caller>,
    State(state): State<ApiState>,
) -> Html<String> {
    let content = integrations::content(&state.overview.snapshot());
    whole(&caller, Some(Place::Integrations), "Integrations", &content)
}

async fn integrations_table(State(state): State<ApiState>) -> Html<String> {
    Html(integrations::table(&state.overview.snapshot()).into_string())
}

async fn pipeline_page(Extension(caller): Extension<Caller>, State(state): State<ApiState>) -> Html<String> {
    let content = pipeline::content(&state.overview.snapshot());
    whole(&caller, Some(Place::Pipeline), "Pipeline", &content)
}

async fn pipeline_table(State(state): State<ApiState>) -> Html<String> {
    Html(pipeline::content(&state.overview.snapshot()).into_string())
}

/// Which connector. Names are unique within a source and an application.
#[derive(Debug, Deserialize)]
struct Which {
    source: String,
    application: String,
    name: String,
}

async fn connector_page(
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
        let content = integrations::connector(line, snapshot.now);
        return whole(&caller, Some(Place::Integrations), &layout::text(&which.name), &content)
            .into_response();
    }
    let content = html! { p { "There is no such connector. " a href="/" { "All connectors" } } };
    (StatusCode::NOT_FOUND, whole(&caller, None, "Not found", &content)).into_response()
}

fn whole(caller: &Caller, place: Option<Place>, title: &str, content: &Markup) -> Html<String> {
    Html(page(caller, place, title, content).into_string())
}
