//! The file as a delivery: the writer on threads that may block, and its chores between batches.

use std::io;
use std::time::Duration;

use collector::internal_event::ErrorType;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::compress::tidy;
use super::writer::{Lines, Lock, Options, Writer, Written};
use crate::encoding::EncodedEvent;
use crate::journal::Lineage;
use crate::sinks::batch::size_of;
use crate::sinks::{Delivery, Failure, Now, Sent};

/// What happens to rotated files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotated {
    pub(super) gzip: bool,
    pub(super) keep: Option<usize>,
}

/// Appends events to a file.
pub(super) struct FileDelivery {
    options: Options,
    rotated: Rotated,
    lineage: Lineage,
    now: Now,
    reopen: watch::Receiver<u64>,
    stop: CancellationToken,
    /// Held from the first opening to the end, and by what is still at work after it.
    lock: Option<Lock>,
    /// `None` before it is opened and after an error.
    writer: Option<Writer>,
    /// The last event that is known to be delivered.
    delivered: u64,
    /// The task that tidies rotated files.
    tidying: Option<JoinHandle<()>>,
    untidy: bool,
}

impl FileDelivery {
    pub(super) fn new(
        options: Options,
        rotated: Rotated,
        lineage: Lineage,
        (now, reopen): (Now, watch::Receiver<u64>),
        stop: CancellationToken,
    ) -> Self {
        Self {
            options,
            rotated,
            lineage,
            now,
            reopen,
            stop,
            lock: None,
            writer: None,
            delivered: 0,
            tidying: None,
            untidy: true,
        }
    }

    /// The writer, opened if it is not, after a rotation if one is due before `more` bytes.
    async fn ready(&mut self, more: usize) -> Result<Writer, Failure> {
        let now = (self.now)();
        let at = (self.lineage.clone(), self.delivered);
        let (options, held, writer) = (self.options.clone(), self.lock.clone(), self.writer.take());
        let opened = blocking(move || {
            let lock = held.map_or_else(|| Lock::take(&options.state), Ok)?;
            let (writer, rotated) = make_ready(options, &lock, writer, at, more, now)?;
            Ok((lock, writer, rotated))
        });
        let (lock, writer, rotated) = opened.await.map_err(|error| self.failure(&error))?;
        self.lock = Some(lock);
        self.untidy |= rotated;
        self.delivered = writer.delivered();
        self.tidy();
        Ok(writer)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let error_type = ErrorType::IoFailed;
        let reason = format!("{} cannot be written: {error}", self.options.path.display());
        Failure::Temporary { error_type, reason, after: None }
    }

    /// Tidies rotated files aside, one task at a time.
    fn tidy(&mut self) {
        let running = self.tidying.as_ref().is_some_and(|task| !task.is_finished());
        if !self.untidy || running {
            return;
        }
        self.untidy = false;
        let (path, rotated, stop) = (self.options.path.clone(), self.rotated, self.stop.clone());
        let lock = self.lock.clone();
        self.tidying = Some(spawn_blocking(move || {
            let _held = lock;
            if let Err(error) = tidy(&path, rotated.gzip, rotated.keep, &stop) {
                warn!(path = %path.display(), %error, "Rotated files cannot be tidied; trying again with the next rotation.");
            }
        }));
    }
}

impl Delivery for FileDelivery {
    async fn open(&mut self, confirmed: u64) -> Result<u64, Failure> {
        self.delivered = confirmed;
        let writer = self.ready(0).await?;
        let delivered = writer.delivered();
        self.writer = Some(writer);
        Ok(delivered)
    }

    async fn deliver(&mut self, events: &[EncodedEvent]) -> Result<Sent, Failure> {
        let mut writer = self.ready(size_of(events) + events.len()).await?;
        let Some(lines) = lines_after(writer.delivered(), events) else {
            self.writer = Some(writer);
            return Ok(Sent { bytes: 0 });
        };
        let now = (self.now)();
        let (writer, written) = blocking(move || {
            let written = writer.write(&lines, now);
            Ok((writer, written))
        })
        .await
        .map_err(|error| self.failure(&error))?;
        match written {
            Written::Recorded(bytes) => {
                self.writer = Some(writer);
                Ok(Sent { bytes })
            }
            Written::Failed(error) => Err(self.failure(&error)),
        }
    }

    async fn due(&self) {
        let mut reopen = self.reopen.clone();
        let asked = async move {
            if reopen.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = asked => {}
            () = wait_until(self.writer.as_ref().and_then(Writer::ends), &self.now) => {}
        }
    }

    async fn maintain(&mut self) -> Result<(), Failure> {
        self.reopen.mark_unchanged();
        let writer = self.ready(0).await?;
        self.writer = Some(writer);
        Ok(())
    }
}

/// The lines of the events that are not in the file yet; `None` if all are.
fn lines_after(delivered: u64, events: &[EncodedEvent]) -> Option<Lines> {
    let mut bytes = Vec::with_capacity(size_of(events) + events.len());
    for event in events.iter().filter(|event| event.sequence > delivered) {
        bytes.extend_from_slice(&event.body);
        bytes.push(b'\n');
    }
    let last = events.last().map(|event| event.sequence).filter(|_| !bytes.is_empty())?;
    Some(Lines { bytes, last })
}

/// An open writer of the file that the path leads to, and whether a rotation made it so.
fn make_ready(
    options: Options,
    lock: &Lock,
    writer: Option<Writer>,
    (lineage, delivered): (Lineage, u64),
    more: usize,
    now: Timestamp,
) -> io::Result<(Writer, bool)> {
    let writer = match writer {
        Some(writer) if !writer.was_moved() => writer,
        _ => {
            drop(writer);
            Writer::open(options.clone(), lock.clone(), (lineage.clone(), delivered), now)?
        }
    };
    if !writer.is_due(more, now) {
        return Ok((writer, false));
    }
    let delivered = writer.delivered();
    writer.rotate(now)?;
    Ok((Writer::open(options, lock.clone(), (lineage, delivered), now)?, true))
}

async fn wait_until(end: Option<Timestamp>, now: &Now) {
    let Some(end) = end else { return std::future::pending().await };
    let left = Duration::try_from(end.duration_since(now())).unwrap_or_default();
    // A clock that was set back must not make this a busy loop.
    tokio::time::sleep(left.max(Duration::from_millis(100))).await;
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
