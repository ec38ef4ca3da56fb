//! Records that no event can be made of: without an id, without a time, or no object at all.
//!
//! They are kept, once each, in a bounded file that only its owner may read, so that nothing vanishes and a record that
//! comes at every read does not fill the disk. The file may be moved away at any time. One that is full takes no more:
//! the records that it cannot take are counted, and taken after all if they are read again when there is room.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use serde::Serialize;

use crate::state::{State, StateError, StreamKey};

/// The file's bound.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The file and the memory of what is in it.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    path: PathBuf,
    most_bytes: u64,
    state: State,
    /// Held from looking records up until they are remembered: lanes may meet the same ones.
    keeping: tokio::sync::Mutex<()>,
}

/// A record that is no sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Unreadable {
    /// Why.
    pub(crate) reason: String,
    /// The record.
    pub(crate) record: Bytes,
}

/// What became of the records of a page.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Kept {
    /// Records that are in the file now and were not before.
    pub(crate) new: usize,
    /// Records that found no room in it.
    pub(crate) lost: usize,
}

/// One line of the file.
#[derive(Serialize)]
struct Line<'a> {
    tenant_id: String,
    sign_in_event_type: &'static str,
    reason: &'a str,
    record: &'a str,
}

impl DeadLetter {
    pub(crate) fn new(path: PathBuf, state: State) -> Self {
        Self { path, most_bytes: MOST_BYTES, state, keeping: tokio::sync::Mutex::new(()) }
    }

    /// Where the records are.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps those of a page's records that are not there already: one write to the file, one to the state.
    pub(crate) async fn keep(&self, stream: StreamKey, records: &[Unreadable]) -> Result<Kept, StateError> {
        let mut on_page = HashSet::new();
        let (records, hashes): (Vec<&Unreadable>, Vec<Vec<u8>>) = records
            .iter()
            .map(|unreadable| (unreadable, digest(&SHA256, &unreadable.record).as_ref().to_vec()))
            .filter(|(_, hash)| on_page.insert(hash.clone()))
            .unzip();
        let _one_at_a_time = self.keeping.lock().await;
        let known = self.state.were_set_aside(hashes.clone()).await?;
        let unknown = records.into_iter().zip(hashes).zip(known).filter(|(_, known)| !known);
        let (lines, hashes) = unknown
            .map(|((unreadable, hash), _)| Ok((line(stream, unreadable)?, hash)))
            .collect::<std::io::Result<(Vec<_>, Vec<_>)>>()
            .map_err(|error| self.failed(&error))?;
        let new = self.append(&lines).map_err(|error| self.failed(&error))?;
        let kept = Kept { new, lost: hashes.len() - new };
        if new > 0 {
            // Only now: a record that is remembered and not in the file would be lost.
            self.state.set_aside(hashes.into_iter().take(new).collect()).await?;
        }
        Ok(kept)
    }

    /// Appends as many of these lines as there is room for, or none if that fails. Answers how many.
    fn append(&self, lines: &[Vec<u8>]) -> std::io::Result<usize> {
        if lines.is_empty() {
            return Ok(0);
        }
        let mut options = File::options();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.path)?;
        let before = file.metadata()?.len();
        let mut end = before;
        let fits = |line: &&Vec<u8>| {
            end += line.len() as u64;
            end <= self.most_bytes
        };
        let fitting: Vec<_> = lines.iter().take_while(fits).map(Vec::as_slice).collect();
        let written = file.write_all(&fitting.concat()).and_then(|()| file.sync_data());
        if written.is_err() {
            // A line that was cut short would spoil the next one.
            file.set_len(before)?;
        }
        written.map(|()| fitting.len())
    }

    fn failed(&self, error: &std::io::Error) -> StateError {
        StateError::Failed(format!("{}: {error}", self.path.display()))
    }
}

fn line(stream: StreamKey, unreadable: &Unreadable) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&Line {
        tenant_id: stream.tenant.to_string(),
        sign_in_event_type: stream.kind.as_str(),
        reason: &unreadable.reason,
        record: &String::from_utf8_lossy(&unreadable.record),
    })?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests;
