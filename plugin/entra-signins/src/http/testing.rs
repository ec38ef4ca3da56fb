//! A server that says what it was told to say, for answers that no proper server gives.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

use crate::config::Endpoints;

/// What happens to the connection after the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Then {
    /// It ends.
    Close,
    /// It stays open and nothing more comes.
    Stall,
    /// The answer itself comes byte by byte, one a second, after its head.
    Trickle,
}

/// Gives every connection the same answer. Dropping it ends all.
pub(crate) struct Canned {
    /// `http://127.0.0.1:port/`
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Canned {
    /// Serves these bytes.
    pub(crate) async fn serve(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("http://{}/", listener.local_addr().expect("has an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer.into()), Arc::clone(&requests));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(converse(stream, Arc::clone(&answer), then, Arc::clone(&log)));
            }
        });
        Self { url: url.parse().expect("is a URL"), requests, _tasks: tasks }
    }

    /// Serves a whole answer with this status line, headers and body.
    pub(crate) async fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        Self::serve(answer(status, headers, body), Then::Close).await
    }

    /// The requests that have come, as text.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn converse(mut stream: TcpStream, answer: Arc<Vec<u8>>, then: Then, log: Arc<Mutex<Vec<String>>>) {
    let Some(request) = request(&mut stream).await else { return };
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    let at_once = if then == Then::Trickle { head_of(&answer) } else { answer.len() };
    if stream.write_all(&answer[..at_once]).await.is_err() {
        return;
    }
    for byte in &answer[at_once..] {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if stream.write_all(&[*byte]).await.is_err() {
            return;
        }
    }
    if then == Then::Stall {
        std::future::pending::<()>().await;
    }
    stream.shutdown().await.ok();
    // Closing while the client still reads would reset the connection.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.ok();
}

/// How long an answer's head is.
fn head_of(answer: &[u8]) -> usize {
    answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |at| at + 4)
}

/// One request with its body.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(count) if count > 0 => read.extend_from_slice(&chunk[..count]),
            _ => return None,
        }
    }
}

/// The bytes of an answer with the right `Content-Length`. Header lines end in CRLF.
pub(crate) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Both of Microsoft's parts at one address.
pub(crate) fn endpoints(url: &Url) -> Endpoints {
    Endpoints {
        login: url.clone(),
        graph: url.clone(),
        scope: format!("{}/.default", url.origin().ascii_serialization()),
        ca_file: None,
        proxy: None,
    }
}

/// An address on this machine where nobody listens.
pub(crate) async fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    format!("http://{}/", listener.local_addr().expect("has an address")).parse().expect("is a URL")
}
