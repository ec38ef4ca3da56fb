//! Changing connectors over HTTP: `POST /api/v1/connectors`, and below it `/{name}` with `PATCH` and `DELETE` and `/{name}/secret` with `PUT`.
//!
//! The checks are those of the commands and the console, and so is who may: whoever sends the token, or a page of ours with its session
//! (see [`crate::access`]). Bodies are JSON, which a page of somebody else cannot send. No answer holds a secret.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{patch, post, put};
use axum::{Extension, Router};
use collector::sensitive::SensitiveString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::ApiState;
use crate::connectors::{Application, ConnectorError, Connectors, Entry, New, Settings};

/// Where a connector's secret is said, in every body.
const SECRET: &str = "client_secret";

type Changes = Extension<Arc<Connectors>>;
type Body = Result<Json<Map<String, Value>>, JsonRejection>;
type Asked = Result<Query<Which>, QueryRejection>;

/// Which of two connectors of one name.
#[derive(Debug, Default, Deserialize)]
struct Which {
    application: Option<Application>,
}

/// A new connector's own keys, beside its settings.
#[derive(Deserialize)]
struct Head {
    application: Application,
    name: String,
    #[serde(default)]
    source: Option<String>,
}

/// Changes of these connectors.
pub(crate) fn router(connectors: Arc<Connectors>) -> Router<ApiState> {
    Router::new()
        .route("/api/v1/connectors", post(add))
        .route("/api/v1/connectors/{name}", patch(edit).delete(remove))
        .route("/api/v1/connectors/{name}/secret", put(set_secret))
        .layer(Extension(connectors))
}

/// Why nothing was done.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    error: String,
}

type Answer = Result<Response, Refusal>;

async fn add(Extension(connectors): Changes, body: Body) -> Answer {
    let (mut body, secret) = body_of(body)?;
    let head = ["application", "name", "source"].into_iter().filter_map(|key| body.remove_entry(key));
    let Head { application, name, source } = typed(head.collect())?;
    let new = New { application, name, source, settings: typed(body)? };
    let added = move |connectors: &Connectors| {
        connectors.add(&new, secret.as_ref())?;
        entry(connectors, &new.name)
    };
    answer(StatusCode::CREATED, connectors, added).await
}

async fn edit(Extension(connectors): Changes, Path(name): Path<String>, which: Asked, body: Body) -> Answer {
    let (application, (body, secret)) = (which_of(which)?, body_of(body)?);
    let settings: Settings = typed(body)?;
    let edited = move |connectors: &Connectors| {
        connectors.edit(&name, application, &settings, secret.as_ref())?;
        entry(connectors, &name)
    };
    answer(StatusCode::OK, connectors, edited).await
}

async fn set_secret(
    Extension(connectors): Changes,
    Path(name): Path<String>,
    which: Asked,
    body: Body,
) -> Answer {
    let (application, (body, secret)) = (which_of(which)?, body_of(body)?);
    let Some(secret) = secret.filter(|_| body.is_empty()) else {
        return Err(bad(format!("write {SECRET}, and nothing else")));
    };
    let set = move |connectors: &Connectors| {
        connectors.set_secret(&name, application, &secret)?;
        entry(connectors, &name)
    };
    answer(StatusCode::OK, connectors, set).await
}

async fn remove(Extension(connectors): Changes, Path(name): Path<String>, which: Asked) -> Answer {
    let application = which_of(which)?;
    let removed = move |connectors: &Connectors| {
        let file = connectors.remove(&name, application)?;
        Ok(json!({ "name": name, "removed": file }))
    };
    answer(StatusCode::OK, connectors, removed).await
}

/// What stands there now.
fn entry(connectors: &Connectors, name: &str) -> Result<Value, ConnectorError> {
    let is_it = |entry: &Entry| entry.name == name && entry.is_editable;
    let entry = connectors.list()?.into_iter().find(is_it);
    Ok(json!(entry))
}

/// Does it where it may wait for the disk.
async fn answer(
    status: StatusCode,
    connectors: Arc<Connectors>,
    work: impl FnOnce(&Connectors) -> Result<Value, ConnectorError> + Send + 'static,
) -> Answer {
    let done = tokio::task::spawn_blocking(move || work(&connectors)).await;
    let internal = StatusCode::INTERNAL_SERVER_ERROR;
    let done =
        done.map_err(|error| Refusal { status: internal, code: "failed", error: error.to_string() })?;
    Ok((status, Json(done?)).into_response())
}

/// A body without its secret, and the secret.
fn body_of(body: Body) -> Result<(Map<String, Value>, Option<SensitiveString>), Refusal> {
    let Json(mut body) = body.map_err(|rejection| bad(rejection.body_text()))?;
    match body.remove(SECRET) {
        None | Some(Value::Null) => Ok((body, None)),
        Some(Value::String(secret)) => Ok((body, Some(secret.into()))),
        Some(_) => Err(bad(format!("{SECRET} is no text"))),
    }
}

fn typed<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(body)).map_err(|error| bad(error.to_string()))
}

fn which_of(which: Asked) -> Result<Option<Application>, Refusal> {
    which.map(|Query(which)| which.application).map_err(|rejection| bad(rejection.body_text()))
}

fn bad(error: String) -> Refusal {
    Refusal { status: StatusCode::BAD_REQUEST, code: "bad_request", error }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "code": self.code, "error": self.error }))).into_response()
    }
}

impl From<ConnectorError> for Refusal {
    fn from(error: ConnectorError) -> Self {
        let (status, code) = match &error {
            ConnectorError::Unknown(_) => (StatusCode::NOT_FOUND, "unknown"),
            ConnectorError::Exists { .. } => (StatusCode::CONFLICT, "exists"),
            ConnectorError::ByHand { .. } => (StatusCode::CONFLICT, "by_hand"),
            ConnectorError::Children { .. } => (StatusCode::CONFLICT, "has_children"),
            ConnectorError::NotRead(_) => (StatusCode::CONFLICT, "file_broken"),
            ConnectorError::Name(_) => (StatusCode::UNPROCESSABLE_ENTITY, "name"),
            ConnectorError::Source(_) => (StatusCode::UNPROCESSABLE_ENTITY, "source"),
            ConnectorError::NoSecret(_) => (StatusCode::UNPROCESSABLE_ENTITY, "no_secret"),
            ConnectorError::SecretNeeded(_) => (StatusCode::UNPROCESSABLE_ENTITY, "secret_needed"),
            ConnectorError::Blank => (StatusCode::UNPROCESSABLE_ENTITY, "secret_empty"),
            ConnectorError::Foreign { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "foreign_setting"),
            ConnectorError::Wrong(_) => (StatusCode::UNPROCESSABLE_ENTITY, "wrong"),
            ConnectorError::Secrets(_) | ConnectorError::Io { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "not_written")
            }
        };
        Self { status, code, error: error.to_string() }
    }
}
