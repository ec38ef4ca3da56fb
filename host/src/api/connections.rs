//! Taking connections: so many at once, each for so long, so that nobody who reaches the port can take all that the process may
//! open.

use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::peer::Peer;
use super::tls::Tls;

/// Connections at once; others wait.
const MOST: usize = 64;
/// How long a connection may be silent before a request and between two, and take for a request's head.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection takes requests.
const LIFE: Duration = Duration::from_mins(5);
/// How long the last of them may take, unless it is known to take longer: many events, over a slow line.
const LAST: Duration = Duration::from_hours(1);
/// How long to wait when the system has no more connections to give.
const BEFORE_NEXT: Duration = Duration::from_millis(50);

/// Answers until asked to stop; requests in hand are finished.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    router: Router,
    stop: CancellationToken,
) {
    let (places, tasks) = (Arc::new(Semaphore::new(MOST)), TaskTracker::new());
    let next = async || {
        let place = Arc::clone(&places).acquire_owned().await;
        (place, listener.accept().await)
    };
    while let Some((place, accepted)) = stop.run_until_cancelled(next()).await {
        match accepted {
            Ok((stream, _)) => {
                let (router, stop, tls) = (router.clone(), stop.clone(), tls.clone());
                tasks.spawn(async move {
                    let peer = Peer::of(&stream);
                    match tls {
                        None => answer(stream, peer, router, stop).await,
                        Some(tls) => {
                            if let Some(stream) = greeted(stream, &tls).await {
                                answer(stream, peer, router, stop).await;
                            }
                        }
                    }
                    drop(place);
                });
            }
            Err(error) => {
                warn!(%error, "A connection to the HTTP interface cannot be taken.");
                tokio::time::sleep(BEFORE_NEXT).await;
            }
        }
    }
    tasks.close();
    tasks.wait().await;
}

/// The connection once both sides have agreed on TLS.
async fn greeted(stream: TcpStream, tls: &Tls) -> Option<TlsStream<TcpStream>> {
    match timeout(HEAD, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            debug!(%error, "A connection to the HTTP interface has not come to TLS.");
            None
        }
        Err(_silent) => None,
    }
}

/// Answers the requests of one connection.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    stop: CancellationToken,
) {
    let router = router.layer(Extension(peer.clone()));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let service = TowerToHyperService::new(router);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let life = async {
        tokio::select! {
            served = serving.as_mut() => return served,
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LIFE) => {}
        }
        // The request at hand is finished.
        serving.as_mut().graceful_shutdown();
        serving.await
    };
    tokio::select! {
        served = life => {
            if let Err(error) = served {
                debug!(%error, "A connection to the HTTP interface has broken.");
            }
        }
        () = expired(&peer) => {}
    }
}

async fn expired(peer: &Peer) {
    tokio::time::sleep(LIFE + LAST).await;
    while peer.takes_long() {
        tokio::time::sleep(LAST).await;
    }
}
