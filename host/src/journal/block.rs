//! How events are stored: many of them in a block, in two parts that are compressed apart.
//!
//! The *head* has everything that most readers need, the *raw* part the records that the events were made from, so
//! that a reader without use for them inflates a quarter of the bytes. Both are zstd frames with a checksum.
//!
//! ```text
//! head: count u32 | length of source u16 | source | one entry per event | the events as JSON, one after the other
//! raw:  the records, one after the other
//! entry: flags u8 | id 16 bytes | revision u32 | seconds i64 | nanoseconds i32 | bytes of JSON u32 | of raw u32
//! ```
//!
//! Numbers are little-endian. Sequences are given when the block is written, and an event's is the block's first one plus its
//! index. So the head is followed by a *stamp*, a frame that zstd skips: the first sequence, lest a row that has changed on the
//! disk gives its events others. Older files have none.

use std::io;

use bytes::Bytes;
use collector::config::ComponentKey;
use collector::event::LogEvent;
use jiff::Timestamp;
use uuid::Uuid;
use zstd::bulk::{Compressor, decompress};

use super::StoredEvent;

/// Fast, and within a tenth of the best ratio: records of one kind repeat themselves.
const LEVEL: i32 = 1;
/// Most events in a block: what a reader inflates at once.
const MAX_EVENTS: usize = 1000;
/// Most bytes in a block before compression; one larger event still goes, alone.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// No part is larger, so that a damaged length cannot ask for all memory.
const MAX_PART: u64 = 1 << 30;
const ENTRY_LEN: usize = 41;

/// How a stamp begins: the number of a frame to skip and its length, 8 bytes.
const STAMP: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0];
/// What a stamp takes.
pub(super) const STAMP_BYTES: u64 = 16;

const HAS_ID: u8 = 1;
const HAS_TIME: u8 = 2;
const HAS_RAW: u8 = 4;

/// Identifies an event: one that came before is dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EventKey {
    /// When it happened; never changes for the same event, so that keys of one time lie together.
    pub(super) second: i64,
    pub(super) id: Uuid,
    pub(super) revision: u32,
}

/// Keys of events without a time.
pub(super) const NO_TIME: i64 = i64::MAX;

/// A block, ready to be written.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) source: ComponentKey,
    /// One per event; `None` if it has no id.
    pub(super) keys: Vec<Option<EventKey>>,
    pub(super) head: Part,
    /// Absent if no event has a record.
    pub(super) raw: Option<Part>,
}

/// Compressed bytes.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) body: Vec<u8>,
    /// Bytes before compression.
    pub(super) len: u64,
}

/// A block as it was read.
#[derive(Debug)]
pub(super) struct StoredBlock<'a> {
    pub(super) first_sequence: u64,
    pub(super) source: &'a str,
    pub(super) count: u64,
    pub(super) head: StoredPart<'a>,
    pub(super) raw: Option<StoredPart<'a>>,
}

/// A compressed part as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredPart<'a> {
    pub(super) body: &'a [u8],
    pub(super) len: u64,
}

/// Why a block cannot be read: its bytes are not those that were written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum BlockError {
    #[error("its bytes do not match their checksum")]
    Checksum,
    #[error("its parts do not fit together")]
    Structure,
}

#[derive(Clone, Copy)]
struct Entry {
    flags: u8,
    id: Uuid,
    revision: u32,
    second: i64,
    nanosecond: i32,
    json_len: usize,
    raw_len: usize,
}

impl Entry {
    fn key(&self) -> Option<EventKey> {
        let second = if self.flags & HAS_TIME == 0 { NO_TIME } else { self.second };
        (self.flags & HAS_ID != 0).then_some(EventKey { second, id: self.id, revision: self.revision })
    }

    fn write(&self, to: &mut Vec<u8>) -> io::Result<()> {
        to.push(self.flags);
        to.extend_from_slice(self.id.as_bytes());
        to.extend_from_slice(&self.revision.to_le_bytes());
        to.extend_from_slice(&self.second.to_le_bytes());
        to.extend_from_slice(&self.nanosecond.to_le_bytes());
        to.extend_from_slice(&length(self.json_len)?);
        to.extend_from_slice(&length(self.raw_len)?);
        Ok(())
    }

    fn read(from: &mut Cursor<'_>) -> Result<Self, BlockError> {
        Ok(Self {
            flags: from.array::<1>()?[0],
            id: Uuid::from_bytes(from.array()?),
            revision: u32::from_le_bytes(from.array()?),
            second: i64::from_le_bytes(from.array()?),
            nanosecond: i32::from_le_bytes(from.array()?),
            json_len: from.length()?,
            raw_len: from.length()?,
        })
    }

    fn timestamp(&self) -> Result<Option<Timestamp>, BlockError> {
        let given = self.flags & HAS_TIME != 0;
        given
            .then(|| Timestamp::new(self.second, self.nanosecond))
            .transpose()
            .map_err(|_| BlockError::Structure)
    }
}

/// A block before compression.
#[derive(Default)]
struct Plain {
    entries: Vec<Entry>,
    json: Vec<u8>,
    raw: Vec<u8>,
}

impl Plain {
    fn push(&mut self, event: &LogEvent) {
        let (metadata, before) = (event.metadata(), self.json.len());
        event.write_json(&mut self.json);
        let raw = metadata.raw.as_deref().unwrap_or_default();
        self.raw.extend_from_slice(raw);
        let flags = [
            (metadata.source_event_id.is_some(), HAS_ID),
            (metadata.timestamp.is_some(), HAS_TIME),
            (metadata.raw.is_some(), HAS_RAW),
        ];
        self.entries.push(Entry {
            flags: flags.iter().filter(|(given, _)| *given).fold(0, |all, (_, flag)| all | flag),
            id: metadata.source_event_id.unwrap_or_default(),
            revision: metadata.revision,
            second: metadata.timestamp.map_or(0, Timestamp::as_second),
            nanosecond: metadata.timestamp.map_or(0, Timestamp::subsec_nanosecond),
            json_len: self.json.len() - before,
            raw_len: raw.len(),
        });
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= MAX_EVENTS || self.json.len() + self.raw.len() >= MAX_BYTES
    }

    fn compress(&self, source: &ComponentKey, with: &mut Compressor<'_>) -> io::Result<Encoded> {
        let id = source.id().as_bytes();
        let id_len = u16::try_from(id.len()).map_err(io::Error::other)?;
        let mut head = Vec::with_capacity(6 + id.len() + self.entries.len() * ENTRY_LEN + self.json.len());
        head.extend_from_slice(&length(self.entries.len())?);
        head.extend_from_slice(&id_len.to_le_bytes());
        head.extend_from_slice(id);
        for entry in &self.entries {
            entry.write(&mut head)?;
        }
        head.extend_from_slice(&self.json);
        let any_raw = self.entries.iter().any(|entry| entry.flags & HAS_RAW != 0);
        Ok(Encoded {
            source: source.clone(),
            keys: self.entries.iter().map(Entry::key).collect(),
            head: Part::compress(&head, with)?,
            raw: any_raw.then(|| Part::compress(&self.raw, with)).transpose()?,
        })
    }
}

impl Part {
    fn compress(bytes: &[u8], with: &mut Compressor<'_>) -> io::Result<Self> {
        let mut body = with.compress(bytes)?;
        // It was made with room for bytes that cannot be compressed, and waits in a queue.
        body.shrink_to_fit();
        Ok(Self { body, len: bytes.len() as u64 })
    }

    /// The same, as a reader sees it.
    fn stored(&self) -> StoredPart<'_> {
        StoredPart { body: &self.body, len: self.len }
    }
}

impl Encoded {
    /// Bytes that its parts take.
    pub(super) fn len(&self) -> u64 {
        (self.head.body.len() + self.raw.as_ref().map_or(0, |raw| raw.body.len())) as u64
    }

    /// The same block with the events alone for which `keep` is true.
    pub(super) fn retain(&self, keep: &[bool]) -> io::Result<Self> {
        let block = StoredBlock {
            first_sequence: 0,
            source: self.source.id(),
            count: self.keys.len() as u64,
            head: self.head.stored(),
            raw: self.raw.as_ref().map(Part::stored),
        };
        let (entries, events) = block.parse().map_err(io::Error::other)?;
        let mut plain = Plain::default();
        for ((entry, event), _) in entries.iter().zip(&events).zip(keep).filter(|(_, keep)| **keep) {
            plain.entries.push(*entry);
            plain.json.extend_from_slice(&event.json);
            plain.raw.extend_from_slice(event.raw.as_deref().unwrap_or_default());
        }
        plain.compress(&self.source, &mut compressor()?)
    }
}

impl StoredBlock<'_> {
    /// Its events. Without the raw part their records are absent.
    pub(super) fn decode(&self) -> Result<Vec<StoredEvent>, BlockError> {
        self.parse().map(|(_, events)| events)
    }

    fn parse(&self) -> Result<(Vec<Entry>, Vec<StoredEvent>), BlockError> {
        if stamp(self.head.body).is_some_and(|stamp| stamp != self.first_sequence) {
            return Err(BlockError::Structure);
        }
        let head = self.head.inflate()?;
        let raw = self.raw.map(StoredPart::inflate).transpose()?;
        let mut cursor = Cursor { bytes: &head, at: 0 };
        let count = cursor.length()?;
        let id_len = u16::from_le_bytes(cursor.array()?).into();
        let same_source = cursor.take(id_len)? == self.source.as_bytes();
        if count as u64 != self.count || !same_source {
            return Err(BlockError::Structure);
        }
        let entries = (0..count).map(|_| Entry::read(&mut cursor)).collect::<Result<Vec<_>, _>>()?;
        let (mut json_at, mut raw_at) = (cursor.at, 0);
        let source = ComponentKey::from(self.source);
        let mut events = Vec::with_capacity(count);
        for (entry, sequence) in entries.iter().zip(self.first_sequence..) {
            let recorded = raw.as_ref().filter(|_| entry.flags & HAS_RAW != 0);
            events.push(StoredEvent {
                sequence,
                event_id: (entry.flags & HAS_ID != 0).then_some(entry.id),
                revision: entry.revision,
                timestamp: entry.timestamp()?,
                json: slice(&head, &mut json_at, entry.json_len)?,
                raw: recorded.map(|raw| slice(raw, &mut raw_at, entry.raw_len)).transpose()?,
                source: source.clone(),
            });
        }
        let whole = json_at == head.len() && raw.is_none_or(|raw| raw_at == raw.len());
        whole.then_some((entries, events)).ok_or(BlockError::Structure)
    }
}

impl StoredPart<'_> {
    fn inflate(self) -> Result<Bytes, BlockError> {
        let len = usize::try_from(self.len.min(MAX_PART)).map_err(|_| BlockError::Structure)?;
        let bytes = decompress(self.body, len).map_err(|_| BlockError::Checksum)?;
        (bytes.len() == len).then(|| bytes.into()).ok_or(BlockError::Structure)
    }
}

/// A head with its stamp.
pub(super) fn stamped(head: &[u8], first_sequence: u64) -> Vec<u8> {
    [head, &STAMP, &first_sequence.to_le_bytes()].concat()
}

fn stamp(head: &[u8]) -> Option<u64> {
    let (before, sequence) = head.split_last_chunk()?;
    before.ends_with(&STAMP).then(|| u64::from_le_bytes(*sequence))
}

/// Encodes a batch as blocks, in order.
pub(super) fn encode(source: &ComponentKey, batch: &[LogEvent]) -> io::Result<Vec<Encoded>> {
    let mut with = compressor()?;
    let mut blocks = Vec::with_capacity(1);
    let mut plain = Plain::default();
    for event in batch {
        plain.push(event);
        if plain.is_full() {
            blocks.push(plain.compress(source, &mut with)?);
            plain = Plain::default();
        }
    }
    if !plain.entries.is_empty() {
        blocks.push(plain.compress(source, &mut with)?);
    }
    Ok(blocks)
}

fn compressor() -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    Ok(compressor)
}

fn length(len: usize) -> io::Result<[u8; 4]> {
    u32::try_from(len).map(u32::to_le_bytes).map_err(io::Error::other)
}

/// The next `len` bytes as a part of the same allocation.
fn slice(bytes: &Bytes, at: &mut usize, len: usize) -> Result<Bytes, BlockError> {
    let end = at.checked_add(len).filter(|end| *end <= bytes.len()).ok_or(BlockError::Structure)?;
    Ok(bytes.slice(std::mem::replace(at, end)..end))
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], BlockError> {
        let taken =
            self.bytes.get(self.at..).and_then(|rest| rest.get(..len)).ok_or(BlockError::Structure)?;
        self.at += len;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BlockError> {
        self.take(N)?.try_into().map_err(|_| BlockError::Structure)
    }

    fn length(&mut self) -> Result<usize, BlockError> {
        let len = u32::from_le_bytes(self.array()?);
        usize::try_from(len).map_err(|_| BlockError::Structure)
    }
}

#[cfg(test)]
mod tests;
