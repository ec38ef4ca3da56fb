//! Who asks, over which connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Json, Response};
use serde_json::json;
use tokio::net::TcpStream;

/// The other end of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    address: Option<SocketAddr>,
    takes_long: Arc<AtomicBool>,
}

impl Peer {
    pub(super) fn of(stream: &TcpStream) -> Self {
        Self { address: stream.peer_addr().ok(), ..Self::default() }
    }

    /// Whether the connection has an answer that takes long: a month of many tenants takes hours.
    pub(super) fn takes_long(&self) -> bool {
        self.takes_long.load(Ordering::Relaxed)
    }

    /// Its address, if the system says.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.address.map(|address| address.ip().to_canonical())
    }

    /// What is asked for that takes long, by this machine alone.
    ///
    /// # Errors
    ///
    /// The answer that says no.
    #[expect(clippy::result_large_err, reason = "it is the answer")]
    pub(super) fn asked<T>(&self, ask: Result<Json<T>, JsonRejection>) -> Result<T, Response> {
        if !self.address().is_some_and(|address| address.is_loopback()) {
            let error = json!({"error": "this is answered to the machine alone that the program runs on"});
            return Err((StatusCode::FORBIDDEN, Json(error)).into_response());
        }
        let Json(ask) = ask.map_err(|rejection| {
            (rejection.status(), Json(json!({"error": rejection.body_text()}))).into_response()
        })?;
        self.takes_long.store(true, Ordering::Relaxed);
        Ok(ask)
    }
}
