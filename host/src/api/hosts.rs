//! Under which names this machine may be addressed.
//!
//! A web page can make a name of its own point at 127.0.0.1 and have a browser read what is served there (DNS
//! rebinding). The browser then sends that name in `Host`, so any name that is not ours is refused.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets requests through that address an allowed host.
pub(super) async fn check(State(allowed): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    if is_allowed(&allowed, request.headers()) {
        return next.run(request).await;
    }
    let message = "This address is not served under that host name. Use 127.0.0.1 or localhost, \
                   or add the name to api.allowed_hosts in the configuration.\n";
    (StatusCode::MISDIRECTED_REQUEST, message).into_response()
}

fn is_allowed(allowed: &[String], headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let host = host.to_str().ok().filter(|host| !host.contains('@'));
    let Some(host) = host.and_then(|host| host.parse::<Authority>().ok()) else { return false };
    allowed.iter().any(|name| name.eq_ignore_ascii_case(host.host()))
}
