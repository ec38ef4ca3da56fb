//! Names of rotated files: the file's own, then when it was rotated, `signins.ndjson.20260301T120000Z`, with `-2` and on
//! for more in one second, and `.gz` when it is compressed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Suffix of a compressed file.
pub(super) const GZ: &str = ".gz";
/// Suffix of a file that is being compressed.
pub(super) const TMP: &str = ".gz.tmp";

const STAMP: &str = "%Y%m%dT%H%M%SZ";
const STAMP_LENGTH: usize = "20260301T120000Z".len();

/// When a file was rotated, and which one in that second: ascending is oldest first.
pub(super) type Rotation = (String, u32);

/// The forms in which one rotated file is there.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Forms {
    pub(super) plain: Option<PathBuf>,
    pub(super) compressed: Option<PathBuf>,
    pub(super) unfinished: Option<PathBuf>,
}

/// The rotated files of this path, oldest first. Names of any other shape are not ours and are left alone.
pub(super) fn list(path: &Path) -> io::Result<BTreeMap<Rotation, Forms>> {
    let mut found = BTreeMap::<Rotation, Forms>::new();
    let Some(own) = path.file_name().and_then(|name| name.to_str()) else { return Ok(found) };
    for entry in fs::read_dir(directory_of(path))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Some(suffix) = name.strip_prefix(own).and_then(|rest| rest.strip_prefix('.')) else { continue };
        let (stamp, form): (_, fn(&mut Forms) -> &mut Option<PathBuf>) = match suffix {
            _ if suffix.ends_with(TMP) => {
                (&suffix[..suffix.len() - TMP.len()], |forms| &mut forms.unfinished)
            }
            _ if suffix.ends_with(GZ) => (&suffix[..suffix.len() - GZ.len()], |forms| &mut forms.compressed),
            _ => (suffix, |forms| &mut forms.plain),
        };
        if let Some(rotation) = parse(stamp) {
            *form(found.entry(rotation).or_default()) = Some(entry.path());
        }
    }
    Ok(found)
}

/// A name for a file rotated now that no file has.
pub(super) fn free_name(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let stamp = now.strftime(STAMP).to_string();
    let taken = list(path)?;
    let last = taken.keys().filter(|(other, _)| *other == stamp).map(|(_, serial)| *serial).max();
    let suffix = match last {
        None => stamp,
        Some(serial) => format!("{stamp}-{}", serial + 1),
    };
    Ok(with_suffix(path, &format!(".{suffix}")))
}

/// The path with this after its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The directory that a file stands in.
pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn parse(suffix: &str) -> Option<Rotation> {
    let (stamp, serial) = match suffix.split_once('-') {
        Some((stamp, serial)) => (stamp, serial.parse().ok()?),
        None => (suffix, 1),
    };
    let shape = |(index, byte): (usize, u8)| match index {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    (stamp.len() == STAMP_LENGTH && stamp.bytes().enumerate().all(shape)).then(|| (stamp.to_owned(), serial))
}
