//! The file itself: opening, what a kill left, appending, rotating. Blocking, and in the order of the protocol.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use collector::config::{make_durable_dir, make_private_dir};
use jiff::Timestamp;
use tracing::{info, warn};

use super::identity::{Fingerprint, Identity};
use super::record::{Record, for_group, sync_directory};
use super::rotated::{self, directory_of};
use crate::journal::Lineage;
use crate::private;

/// Where the file and its record are, and when it is rotated.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// The file.
    pub(super) path: PathBuf,
    /// The directory of its record.
    pub(super) state: PathBuf,
    /// Rotated before it would grow past this.
    pub(super) max_bytes: Option<u64>,
    /// Rotated when a multiple of this since 1970 has passed, so that an hour's file ends with the hour.
    pub(super) interval: Option<Duration>,
}

/// The right to the sink's record and rotated files. It is held by everything that works on them, so that a sink
/// that was let go and is still finishing a write on its thread keeps its successor waiting.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    _file: Arc<File>,
}

impl Lock {
    /// Takes the lock of this state directory, which is made if it is not there.
    pub(super) fn take(state: &Path) -> io::Result<Self> {
        make_private_dir(state)?;
        let path = state.join("lock");
        let file = private::open(OpenOptions::new().create(true).truncate(false).write(true), &path)?;
        exclusive(&file)?;
        Ok(Self { _file: Arc::new(file) })
    }
}

/// Lines to append.
pub(super) struct Lines {
    /// Whole lines.
    pub(super) bytes: Vec<u8>,
    /// The sequence of the last one's event.
    pub(super) last: u64,
}

/// An open file and what is recorded of it.
#[derive(Debug)]
pub(super) struct Writer {
    options: Options,
    file: File,
    lineage: Lineage,
    /// The last event that is in the file for good.
    delivered: u64,
    /// Where the next line belongs; past it, up to `length`, stands the tail.
    offset: u64,
    /// When the first line was written to the file.
    since: Timestamp,
    /// The file's length as we know it.
    length: u64,
    _lock: Lock,
}

/// What became of an attempt to write.
pub(super) enum Written {
    /// This many bytes were appended, and everything is recorded.
    Recorded(usize),
    /// Nothing of it is in the file, or the next opening will know it.
    Failed(io::Error),
}

impl Writer {
    /// Opens the file, creating it if need be, and sees what a kill has left. `confirmed` is the journal's position.
    pub(super) fn open(
        options: Options,
        lock: Lock,
        (lineage, confirmed): (Lineage, u64),
        now: Timestamp,
    ) -> io::Result<Self> {
        let known = Record::load(&options.state)?;
        let file = open_file(&options)?;
        let length = file.metadata()?.len();
        let delivered = known.as_ref().map_or(0, |record| lineage.reached(&record.last)).max(confirmed);
        let mut writer =
            Self { options, file, lineage, delivered, offset: length, since: now, length, _lock: lock };
        match known {
            Some(known) if writer.is_recorded(&known)? => {
                writer.offset = known.offset;
                writer.since = known.since;
            }
            known => {
                writer.explain(known.is_some());
                writer.end_torn_line()?;
            }
        }
        writer.save()?;
        Ok(writer)
    }

    /// Whether it is the file that was recorded, and nothing is missing from it.
    fn is_recorded(&self, known: &Record) -> io::Result<bool> {
        Ok(known.offset <= self.length && Fingerprint::before(known.offset, &self.file)? == known.before)
    }

    fn save(&self) -> io::Result<()> {
        let record = Record {
            last: self.lineage.mark(self.delivered),
            offset: self.offset,
            before: Fingerprint::before(self.offset, &self.file)?,
            since: self.since,
        };
        record.save(&self.options.state)
    }

    /// The last event that is in the file for good.
    pub(super) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Appends lines and records them. After a failure the writer is of no more use: open again.
    pub(super) fn write(&mut self, lines: &Lines, now: Timestamp) -> Written {
        match self.append(&lines.bytes, now) {
            Err(error) => Written::Failed(error),
            Ok(appended) => {
                self.delivered = lines.last;
                self.offset += lines.bytes.len() as u64;
                match self.save() {
                    Ok(()) => Written::Recorded(appended),
                    // The new record may be in place or not: nothing is cut, and the next opening reads which.
                    Err(error) => Written::Failed(error),
                }
            }
        }
    }

    /// Whether the file is due to be rotated before this many bytes are appended.
    pub(super) fn is_due(&self, more: usize, now: Timestamp) -> bool {
        let full = self.options.max_bytes.is_some_and(|most| self.length + more as u64 > most);
        let over = self.ends().is_some_and(|end| end <= now);
        self.is_whole() && (full || over)
    }

    /// Whether there is something in the file and all of it is recorded.
    fn is_whole(&self) -> bool {
        self.length > 0 && self.offset == self.length
    }

    /// When the file's time is over; `None` if it is empty, has no time or cannot be rotated now.
    pub(super) fn ends(&self) -> Option<Timestamp> {
        let interval = i64::try_from(self.options.interval?.as_secs()).ok()?.max(1);
        let end = (self.since.as_second().div_euclid(interval) + 1).checked_mul(interval)?;
        if self.is_whole() { Timestamp::from_second(end).ok() } else { None }
    }

    /// Renames the file, so that the next opening begins a new one.
    pub(super) fn rotate(self, now: Timestamp) -> io::Result<()> {
        let path = &self.options.path;
        let name = rotated::free_name(path, now)?;
        fs::rename(path, &name)?;
        sync_directory(directory_of(path))?;
        info!(path = %name.display(), bytes = self.length, "File rotated.");
        Ok(())
    }

    /// Whether the path leads to another file now, or to none.
    pub(super) fn was_moved(&self) -> bool {
        let (ours, there) = (self.file.metadata(), fs::metadata(&self.options.path));
        !matches!((ours, there), (Ok(ours), Ok(there)) if Identity::of(&ours) == Identity::of(&there))
    }

    fn append(&mut self, lines: &[u8], now: Timestamp) -> io::Result<usize> {
        self.resync()?;
        if self.length == 0 {
            self.since = now;
        }
        let rest = &lines[self.take_over(lines)?..];
        let before = self.length;
        if let Err(error) = self.file.write_all(rest).and_then(|()| self.file.sync_data()) {
            self.cut_off(before, rest.len() as u64);
            return Err(error);
        }
        self.length = before + rest.len() as u64;
        Ok(rest.len())
    }

    /// Notices that somebody else changed the file's length since our last write.
    fn resync(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        if length != self.length {
            self.length = length;
            self.leave_alone("was changed by somebody else")?;
        }
        Ok(())
    }

    /// How many bytes of these lines the tail already holds. A tail that is not ours is left alone.
    fn take_over(&mut self, lines: &[u8]) -> io::Result<usize> {
        let tail = usize::try_from(self.length - self.offset).unwrap_or(usize::MAX);
        let common = tail.min(lines.len());
        if common == 0 {
            return Ok(0);
        }
        let mut there = vec![0; common];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.offset))?;
        file.read_exact(&mut there)?;
        if there == lines[..common] {
            return Ok(common);
        }
        let torn = there.iter().zip(lines).all(|(there, ours)| there == ours || *there == 0);
        if torn && (tail == common || self.is_zero_from(self.offset + common as u64)?) {
            self.file.set_len(self.offset)?;
            self.length = self.offset;
        } else {
            self.leave_alone("has bytes at its end that are not ours, or of another encoding")?;
        }
        Ok(0)
    }

    fn is_zero_from(&self, offset: u64) -> io::Result<bool> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        let mut block = vec![0; 64 * 1024];
        loop {
            match file.read(&mut block)? {
                0 => return Ok(true),
                length if block[..length].iter().any(|byte| *byte != 0) => return Ok(false),
                _ => {}
            }
        }
    }

    /// Goes on at the end of the file, whatever stands before.
    fn leave_alone(&mut self, what: &str) -> io::Result<()> {
        warn!(path = %self.options.path.display(), "The file {what}; going on at its end. Events may be in it twice.");
        self.offset = self.length;
        self.end_torn_line()
    }

    /// Ends a line that somebody left without its end, so that ours begin on their own.
    fn end_torn_line(&mut self) -> io::Result<()> {
        if self.length == 0 {
            return Ok(());
        }
        let mut last = [0];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(self.length - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
            self.length += 1;
        }
        self.offset = self.length;
        Ok(())
    }

    /// Cuts off what was written of a batch that failed; what cannot be cut is a tail for the next opening.
    pub(super) fn cut_off(&self, before: u64, most: u64) {
        let ours = self.file.metadata().is_ok_and(|now| (before..=before + most).contains(&now.len()));
        if ours && let Err(error) = self.file.set_len(before).and_then(|()| self.file.sync_data()) {
            warn!(path = %self.options.path.display(), %error, "A partly written batch cannot be cut off.");
        }
    }

    fn explain(&self, is_recorded: bool) {
        let path = self.options.path.display();
        if self.length == 0 {
            info!(%path, "New file.");
        } else if is_recorded {
            warn!(%path, "The file is not as recorded: shorter, or another one. Going on at its end; events may be missing from it or in it twice.");
        } else {
            info!(%path, "The file exists; events are appended.");
        }
    }
}

fn open_file(options: &Options) -> io::Result<File> {
    let directory = directory_of(&options.path);
    make_durable_dir(directory, &mut DirBuilder::new())?;
    let file = for_group(OpenOptions::new().read(true).append(true).create(true)).open(&options.path)?;
    exclusive(&file)?;
    sync_directory(directory)?;
    Ok(file)
}

fn exclusive(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::new(io::ErrorKind::WouldBlock, "another sink or process writes this file"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}
