//! The `file` sink: events as lines of a file, each exactly once over the current and the rotated files.
//!
//! # The protocol
//!
//! The sink's own record (`<data_dir>/sinks/<id>/position.json`, in `record`) says up to which *offset* of which
//! *file* (by what stands before the offset) it has delivered, and up to which *sequence*, which is true of the journal as
//! far as the journal itself says (`journal::Lineage`): one that was restored from a copy gives sequences again. For each batch:
//!
//! 1. append the lines;
//! 2. flush them to disk;
//! 3. replace the record: written aside, flushed, renamed, the directory flushed;
//! 4. confirm to the journal.
//!
//! | killed after | found at the next start | what happens |
//! | --- | --- | --- |
//! | part of 1 | bytes past the recorded offset, the last line torn | the *tail*, see below |
//! | 1 or 2 | whole lines past the recorded offset | the tail |
//! | 3 | record ahead of the journal | the journal is confirmed up to the record; its events are not written again |
//!
//! **The tail** is what stands past the recorded offset. Nothing says who wrote it, so it is not cut on suspicion:
//! the journal gives the same events again, and what the tail has in common with their lines is taken over byte
//! for byte; writing goes on where it stops, be it in the middle of a line. Blocks that a power failure left as zeros are cut
//! off first. A tail that is anything else is somebody else's (or the encoding was changed between the kill and the start): it
//! stays, the sink says so and goes on at the end of the file, and then a repeat is possible.
//!
//! **Rotation** happens between batches only, when the record covers the whole file, so there is no tail to lose sight
//! of: rename the file, create the new one, record it at offset 0, and only then write to it. Killed between any of
//! these, the next start finds no file or an empty one, shorter than recorded, and begins there. The same
//! holds when the file was moved or deleted by somebody else (`logrotate`): it is looked for before each batch.
//!
//! **Compression** of a rotated file is done aside: into `*.gz.tmp`, flushed, renamed to `*.gz`, and then the plain one is
//! removed. A `*.gz.tmp` is therefore worthless and done again; where both are there, the plain one is removed.
//!
//! **Errors** (a full disk) take the way of a kill: what was written of the batch is cut off, the file is closed, and the next
//! attempt opens it and looks at the record as a start does.
//!
//! A file that is shorter than recorded, or another one, was changed by somebody: the sink says so and goes on at
//! its end. A file that another process writes in the same way is locked and not touched.

mod compress;
mod config;
mod delivery;
mod identity;
mod record;
mod rotated;
#[cfg(test)]
mod tests;
mod writer;

pub use config::DESCRIPTION;
