//! What is done with rotated files: compressed, and the oldest removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio_util::sync::CancellationToken;

use super::record::{for_group, sync_directory};
use super::rotated::{self, Forms, GZ, TMP, directory_of, with_suffix};

/// Brings the rotated files of this path into order: finishes what a kill has interrupted, compresses what is plain
/// if `gzip`, and keeps the newest `keep`. Stops between blocks when asked to; the next call goes on.
pub(super) fn tidy(path: &Path, gzip: bool, keep: Option<usize>, stop: &CancellationToken) -> io::Result<()> {
    let mut files = rotated::list(path)?;
    while keep.is_some_and(|keep| files.len() > keep)
        && let Some((_, oldest)) = files.pop_first()
    {
        for form in [oldest.plain, oldest.compressed, oldest.unfinished].into_iter().flatten() {
            fs::remove_file(form)?;
        }
    }
    for forms in files.values() {
        finish(forms, gzip, stop)?;
    }
    sync_directory(directory_of(path))
}

fn finish(forms: &Forms, gzip: bool, stop: &CancellationToken) -> io::Result<()> {
    if let Some(unfinished) = &forms.unfinished {
        fs::remove_file(unfinished)?;
    }
    // One that is compressed already, too: somebody else may have done so, and not have come to the end.
    match &forms.plain {
        Some(plain) if gzip && !stop.is_cancelled() => compress(plain, stop),
        Some(_) | None => Ok(()),
    }
}

fn compress(plain: &Path, stop: &CancellationToken) -> io::Result<()> {
    let aside = with_suffix(plain, TMP);
    let written = compress_into(plain, &aside, stop);
    if !matches!(written, Ok(true)) {
        let removed = fs::remove_file(&aside);
        return written.and(removed);
    }
    fs::rename(&aside, with_suffix(plain, GZ))?;
    sync_directory(directory_of(plain))?;
    fs::remove_file(plain)
}

/// Whether it came to its end.
fn compress_into(plain: &Path, aside: &Path, stop: &CancellationToken) -> io::Result<bool> {
    let mut from = File::open(plain)?;
    let to = for_group(OpenOptions::new().write(true).create(true).truncate(true)).open(aside)?;
    let mut encoder = GzEncoder::new(to, Compression::default());
    let mut block = vec![0; 256 * 1024];
    loop {
        let length = from.read(&mut block)?;
        if length == 0 {
            break;
        }
        if stop.is_cancelled() {
            return Ok(false);
        }
        io::Write::write_all(&mut encoder, &block[..length])?;
    }
    encoder.finish()?.sync_all()?;
    Ok(true)
}
