//! The HTTP interface: health, metrics, the connectors' status as JSON, and whatever pages are added to it.
//!
//! It shows an [`Overview`], which the topology fills. Connectors are changed ([`connectors`]) and authorized ([`authorize`]) here; a comparison may
//! have missing sign-ins fetched ([`reconcile`]), and costs requests, as an examination does ([`doctor`]). Requests are answered only under names of
//! this machine (see `hosts`), so that a page in somebody's browser cannot read it by a name of its own.

pub mod authorize;
mod connections;
pub(crate) mod connectors;
pub mod doctor;
mod hosts;
mod lines;
mod metrics;
mod overview;
mod peer;
mod rates;
pub mod reconcile;
mod snapshot;
mod tls;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) use doctor::findings_of;
pub use overview::{Offers, Overview, Phase};
pub(crate) use peer::Peer;
pub use snapshot::{ConnectorLine, Health, JournalLine, SinkLine, Snapshot, SourceLine};
pub use tls::TlsError;
pub(crate) use tls::certificates;

use crate::access::{Access, guard};
use crate::config::ApiConfig;
use crate::telemetry::MetricsHandle;
use tls::Tls;

/// What every answer carries: nobody keeps it, frames it or guesses its type, and a page loads nothing from elsewhere. Only our own
/// pages learn where a browser comes from: without that, browsers would not tell us of which page a form is.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
];

/// What answers are made from.
#[derive(Clone, Debug)]
pub struct ApiState {
    /// What is running.
    pub overview: Overview,
    /// The process's metrics.
    pub metrics: MetricsHandle,
    /// Who may do what.
    pub access: Arc<Access>,
}

/// The interface, listening, not yet answering.
#[derive(Debug)]
pub struct Api {
    listener: TcpListener,
    address: SocketAddr,
    allowed_hosts: Arc<[String]>,
    tls: Option<Arc<Tls>>,
}

/// Why there is no interface.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be had.
    #[error(
        "api.address: cannot listen on {address}: {reason}; choose another address, or api.enabled = false"
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        reason: io::Error,
    },
    /// It cannot be served by https.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Api {
    /// Takes the configured address.
    pub async fn bind(config: &ApiConfig) -> Result<Self, BindError> {
        let tls = config.tls.as_ref().map(Tls::read).transpose()?.map(Arc::new);
        let failed = |reason| BindError::Address { address: config.address, reason };
        let listener = TcpListener::bind(config.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, allowed_hosts: config.allowed_hosts.clone().into(), tls })
    }

    /// Where it listens; the port that was taken where 0 was configured.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How people reach it from this machine. On loopback by a name: Microsoft sends browsers back to `localhost` without TLS, but to no
    /// address, and cookies belong to the name.
    pub fn url(&self) -> String {
        let (address, port) = (self.address, self.address.port());
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        if self.answers_to_localhost() {
            format!("{scheme}://localhost:{port}/")
        } else {
            format!("{scheme}://{address}/")
        }
    }

    fn answers_to_localhost(&self) -> bool {
        [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].contains(&self.address.ip())
            && self.allowed_hosts.iter().any(|name| name == "localhost")
    }

    /// Answers until asked to stop, with these pages too; requests in hand are finished.
    pub async fn serve(self, state: ApiState, pages: Router<ApiState>, stop: CancellationToken) {
        let router = router(state, pages, self.allowed_hosts);
        connections::serve(self.listener, self.tls, router, stop).await;
    }
}

fn router(state: ApiState, pages: Router<ApiState>, allowed_hosts: Arc<[String]>) -> Router {
    pages
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/api/v1/connectors", get(status))
        .route("/api/v1/authorize", post(authorize::authorize))
        .route("/api/v1/doctor", post(doctor::doctor))
        .route("/api/v1/reconcile", post(reconcile::reconcile))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&state.access), guard::check))
        .with_state(state)
        .layer(middleware::from_fn_with_state(allowed_hosts, hosts::check))
        .layer(middleware::map_response(add_headers))
}

async fn health(State(state): State<ApiState>) -> Response {
    match state.overview.snapshot().health() {
        Health::Ok => Json(json!({"ok": true})).into_response(),
        Health::Failing(reason) => {
            let body = Json(json!({"ok": false, "reason": reason}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

async fn metrics(State(state): State<ApiState>) -> impl IntoResponse {
    let text = state.metrics.render() + &metrics::connectors(&state.overview.snapshot());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn status(State(state): State<ApiState>) -> Json<Snapshot> {
    Json(state.overview.snapshot())
}

async fn nothing_here() -> impl IntoResponse {
    let known = [
        "/",
        "/health",
        "/metrics",
        "/api/v1/authorize",
        "/api/v1/connectors",
        "/api/v1/doctor",
        "/api/v1/reconcile",
    ];
    (StatusCode::NOT_FOUND, Json(json!({"error": "there is nothing here", "known": known})))
}

async fn wrong_method() -> impl IntoResponse {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        Json(
            json!({"error": "there is nothing to do here in this way; most is read with GET, /api/v1/reconcile, /api/v1/doctor and /api/v1/authorize \
                       are asked with POST, and how connectors are changed is in the manual"}),
        ),
    )
}

async fn add_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}
