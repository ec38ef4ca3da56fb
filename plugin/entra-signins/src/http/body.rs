//! Whole bodies, inflated, up to a cap: a small compressed body must not become all of memory.

use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::time::timeout;

use super::{Failure, text};

/// Room made at first for a body of unknown size.
const FIRST_ROOM: usize = 64 * 1024;
/// The most that is made on the word of `Content-Length` alone.
const MOST_ROOM: usize = 8 * 1024 * 1024;
/// What JSON of sign-ins shrinks to, about.
const GZIP_RATIO: usize = 10;

/// How much of a body is taken, and how long is waited for more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// The most bytes, inflated.
    pub(crate) most: usize,
    /// The longest wait for the next piece.
    pub(crate) stall: Duration,
    /// The longest wait for all of it: what trickles holds a place that others need.
    pub(crate) whole: Duration,
}

/// Why there is no body.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum BodyError {
    /// It did not all come.
    Failed(Failure),
    /// It is larger than the cap.
    TooLarge,
    /// It is encoded in a way that was not asked for.
    Encoding,
}

/// A body, and how many bytes it was on the way.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) received: usize,
}

/// Reads a response to its end.
pub(crate) async fn read(response: Response, limits: BodyLimits) -> Result<Body, BodyError> {
    let read = timeout(limits.whole, pieces(response, limits)).await;
    read.unwrap_or(Err(BodyError::Failed(Failure::TimedOut)))
}

async fn pieces(mut response: Response, limits: BodyLimits) -> Result<Body, BodyError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    let mut sink = Sink::new(text(response.headers(), CONTENT_ENCODING.as_str()), announced, limits.most)?;
    let mut received = 0;
    loop {
        let chunk = timeout(limits.stall, response.chunk()).await;
        let chunk = chunk.map_err(|_| BodyError::Failed(Failure::TimedOut))?;
        match chunk.map_err(|error| BodyError::Failed(broken(error)))? {
            Some(chunk) => {
                received += chunk.len();
                sink.take(&chunk)?;
            }
            None => return Ok(Body { bytes: sink.finish()?, received }),
        }
    }
}

/// Once an answer has begun, whatever happens to the connection is a break.
fn broken(error: reqwest::Error) -> Failure {
    match Failure::from(error) {
        Failure::Unreachable(how) => Failure::Broken(how),
        other => other,
    }
}

enum Sink {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Sink {
    fn new(encoding: Option<&str>, announced: Option<usize>, most: usize) -> Result<Self, BodyError> {
        let room = announced.unwrap_or(FIRST_ROOM).min(MOST_ROOM);
        match encoding {
            None => Ok(Self::Plain(Capped::new(room, most))),
            Some(name) if name.eq_ignore_ascii_case("identity") => Ok(Self::Plain(Capped::new(room, most))),
            Some(name) if name.eq_ignore_ascii_case("gzip") => {
                let room = room.saturating_mul(GZIP_RATIO).min(MOST_ROOM);
                Ok(Self::Gzip(Box::new(MultiGzDecoder::new(Capped::new(room, most)))))
            }
            Some(_) => Err(BodyError::Encoding),
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), BodyError> {
        match self {
            Self::Plain(capped) => capped.write_all(chunk).map_err(|_| BodyError::TooLarge),
            Self::Gzip(decoder) => decoder.write_all(chunk).map_err(|_| inflating(decoder.get_ref())),
        }
    }

    fn finish(self) -> Result<Bytes, BodyError> {
        let capped = match self {
            Self::Plain(capped) => capped,
            Self::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => decoder.finish().map_err(|_| cut())?,
                Err(_) => return Err(inflating(decoder.get_ref())),
            },
        };
        let mut body = capped.body;
        // Pages are kept for as long as a record of theirs.
        body.shrink_to_fit();
        Ok(body.into())
    }
}

fn inflating(capped: &Capped) -> BodyError {
    if capped.full { BodyError::TooLarge } else { cut() }
}

fn cut() -> BodyError {
    BodyError::Failed(Failure::Broken("the compressed body is cut short or damaged".to_owned()))
}

/// A buffer that refuses to grow beyond its cap.
struct Capped {
    body: Vec<u8>,
    most: usize,
    full: bool,
}

impl Capped {
    fn new(room: usize, most: usize) -> Self {
        Self { body: Vec::with_capacity(room.min(most)), most, full: false }
    }
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most - self.body.len() {
            self.full = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
