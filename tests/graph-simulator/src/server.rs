//! The HTTP server: which request goes where, and how replies go out.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt as _, stream};
use hyper::body::Incoming as Received;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::clock::{Clock, SECOND, http_date};
use crate::config::Limits;
use crate::connection::{Connection, ConnectionHandle};
use crate::graph::errors::GraphError;
use crate::graph::limits::Windows;
use crate::graph::{Version, get_sign_in, list_sign_ins, organization};
use crate::identity::{interactive, managed};
use crate::requests::RequestLog;
use crate::tenant::{Tenant, lock};
use crate::wire::{DateHeader, Delivery, Incoming, Reply};
use crate::{control, identity};

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    pub(crate) tenants: HashMap<Uuid, Arc<Tenant>>,
    /// `http://` and the address that is listened on.
    pub(crate) origin: String,
    pub(crate) signing_key: hmac::Key,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) windows: Mutex<Windows>,
    pub(crate) token_life: Duration,
    pub(crate) skiptoken_life: Option<Duration>,
    pub(crate) oldest: Duration,
    pub(crate) gzip_level: u32,
    pub(crate) requests: Mutex<RequestLog>,
    pub(crate) stopping: CancellationToken,
}

impl Shared {
    /// The tenant with this GUID or domain.
    pub(crate) fn tenant_named(&self, name: &str) -> Option<Arc<Tenant>> {
        let by_id = Uuid::try_parse(name).ok().and_then(|id| self.tenants.get(&id));
        let by_domain = || {
            self.tenants.values().find(|t| t.domains.iter().any(|domain| domain.eq_ignore_ascii_case(name)))
        };
        by_id.or_else(by_domain).cloned()
    }

    pub(crate) fn limits(&self) -> Limits {
        *lock(&self.limits)
    }

    /// Counts a request for sign-ins; beyond a limit, how long to wait.
    pub(crate) fn count_request(&self, app: &str, tenant: Uuid) -> Option<Duration> {
        lock(&self.windows).count(&self.limits(), app, tenant, self.clock.elapsed())
    }
}

/// The largest request body that is read.
const MAX_REQUEST_BODY: usize = 1024 * 1024;

/// How long to wait when the system has no more connections to give.
const BEFORE_NEXT: Duration = Duration::from_millis(50);

/// Takes connections until it is stopped, each in a task of its own.
pub(crate) async fn listen(listener: TcpListener, shared: Arc<Shared>, tasks: TaskTracker) {
    while let Some(accepted) = shared.stopping.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => drop(tasks.spawn(serve(stream, Arc::clone(&shared)))),
            Err(error) => {
                tracing::warn!(%error, "A connection cannot be taken.");
                tokio::time::sleep(BEFORE_NEXT).await;
            }
        }
    }
}

/// Answers the requests of one connection. `Date` is ours to set or to leave out.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let connection = Connection::new(stream);
    let handle = connection.handle();
    let stopping = shared.stopping.clone();
    let service = service_fn(|request: hyper::Request<Received>| {
        let (shared, handle) = (Arc::clone(&shared), handle.clone());
        async move { Ok::<_, Infallible>(answer(&shared, &handle, request.map(Body::new)).await) }
    });
    let mut builder = http1::Builder::new();
    builder.auto_date_header(false);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(connection), service));
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = stopping.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "A connection has broken.");
    }
}

/// Answers any request.
async fn answer(shared: &Arc<Shared>, connection: &ConnectionHandle, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let incoming = Arc::new(Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or("").to_owned(),
        headers: parts.headers,
        body: to_bytes(body, MAX_REQUEST_BODY).await.unwrap_or_default(),
        now: shared.clock.now(),
        request_id: Uuid::new_v4(),
    });
    // Pages cost milliseconds of work, and a test's runtime may have one thread.
    let work = {
        let (shared, incoming) = (Arc::clone(shared), Arc::clone(&incoming));
        move || {
            let mut reply = route(&shared, &incoming);
            lock(&shared.requests).push(&incoming, &reply);
            encode(&mut reply, &incoming, shared.gzip_level);
            reply
        }
    };
    let reply = tokio::task::spawn_blocking(work).await;
    let reply =
        reply.unwrap_or_else(|_| Reply::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "panicked"));
    deliver(reply, &incoming, connection, shared).await
}

fn route(shared: &Shared, request: &Incoming) -> Reply {
    let segments: Vec<&str> = request.path.split('/').skip(1).collect();
    let post = request.method == Method::POST;
    let get = request.method == Method::GET;
    if let ["_simulator", rest @ ..] = segments.as_slice() {
        return control::handle(shared, rest, request);
    }
    match segments.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] if post => identity::token_endpoint(shared, tenant, request),
        [tenant, "v2.0", ".well-known", "openid-configuration"] if get => {
            identity::openid_configuration(shared, tenant, request)
        }
        [tenant, "oauth2", "v2.0", "authorize"] if get => interactive::authorize(shared, tenant, request),
        [tenant, "oauth2", "v2.0", "devicecode"] if post => {
            interactive::device_authorization(shared, tenant, request)
        }
        [tenant, "metadata", "identity", "oauth2", "token"] if get => {
            managed::token_endpoint(shared, tenant, true, request)
        }
        [tenant, "msi", "token"] if get => managed::token_endpoint(shared, tenant, false, request),
        [tenant, "adminconsent"] | [tenant, "v2.0", "adminconsent"] if get => {
            interactive::admin_consent(shared, tenant, request)
        }
        [version, rest @ ..] if get => match (Version::parse(version), rest) {
            (Some(version), ["auditLogs", "signIns"]) => list_sign_ins(shared, version, request),
            (Some(version), ["auditLogs", "signIns", id]) => get_sign_in(shared, version, id, request),
            (Some(version), ["organization"]) => organization(shared, version, request),
            _ => nowhere(request),
        },
        _ => nowhere(request),
    }
}

fn nowhere(request: &Incoming) -> Reply {
    let segment = request.path.rsplit('/').next().unwrap_or("");
    GraphError::bad_request(format!("Resource not found for the segment '{segment}'.")).reply(request)
}

/// Compresses the body if the client takes that.
fn encode(reply: &mut Reply, request: &Incoming, level: u32) {
    if !request.accepts_gzip() || reply.body.len() < 256 {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(reply.body.len() / 6), Compression::new(level));
    if encoder.write_all(&reply.body).is_ok()
        && let Ok(compressed) = encoder.finish()
    {
        reply.body = compressed.into();
        reply.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        reply.headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

async fn deliver(
    reply: Reply,
    request: &Incoming,
    connection: &ConnectionHandle,
    shared: &Shared,
) -> Response<Body> {
    let wait = async {
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
    };
    tokio::select! {
        () = wait => {}
        () = shared.stopping.cancelled() => {}
    }
    if reply.delivery == Delivery::Reset {
        connection.reset();
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    let headers = response.headers_mut();
    let id = request.request_id.to_string();
    let client_id = request.header("client-request-id").unwrap_or(&id);
    for (name, value) in [("request-id", id.as_str()), ("client-request-id", client_id)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert(
        HeaderName::from_static("x-ms-ags-diagnostic"),
        HeaderValue::from_static(r#"{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"SIM0001"}}"#),
    );
    if let DateHeader::Ahead(seconds) = reply.date {
        let shown = http_date(shared.clock.now().saturating_add(seconds.saturating_mul(SECOND)));
        if let Ok(value) = HeaderValue::from_str(&shown) {
            headers.insert(header::DATE, value);
        }
    }
    let length = if reply.delivery == Delivery::CutShort { reply.body.len() / 2 } else { reply.body.len() };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    *response.body_mut() = body(reply.body, reply.delivery, shared.stopping.clone());
    response
}

/// Time for the first half of a body to reach the client before the connection breaks.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

fn body(bytes: Bytes, delivery: Delivery, stopping: CancellationToken) -> Body {
    let half = bytes.slice(..bytes.len() / 2);
    match delivery {
        Delivery::Whole | Delivery::Reset => Body::from(bytes),
        Delivery::CutShort => Body::from(half),
        Delivery::Half | Delivery::Stalled => {
            let end = async move {
                if delivery == Delivery::Half {
                    tokio::time::sleep(BEFORE_BREAK).await;
                } else {
                    stopping.cancelled().await;
                }
                Err(io::Error::from(io::ErrorKind::ConnectionAborted))
            };
            Body::from_stream(stream::iter([Ok(half)]).chain(stream::once(end)))
        }
    }
}
