//! Files and directories of the program's own: what they hold of sign-ins is personal, so nobody but their owner may
//! read them.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file as these options say. One that is made is its owner's alone, and so is one that was there, as far as
/// the system lets us: it may belong to somebody else who shares it on purpose.
#[cfg(unix)]
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    use std::fs::Permissions;
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    const OWNER: u32 = 0o600;
    let file = options.mode(OWNER).open(path)?;
    let _not_ours = file.set_permissions(Permissions::from_mode(OWNER));
    Ok(file)
}

/// Elsewhere the directory has to keep others out.
#[cfg(not(unix))]
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.open(path)
}

/// Whether others than its owner may read a file.
#[cfg(unix)]
pub(crate) fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

/// Elsewhere the directory has to keep others out.
#[cfg(not(unix))]
pub(crate) fn is_open_to_others(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// Whether files could be made in this directory, which may have to be made itself. Nothing is left behind.
pub(crate) fn check_directory(directory: &Path) -> io::Result<()> {
    let here = Path::new(".");
    let there = directory.ancestors().find(|above| above.exists()).unwrap_or(here);
    let probe = there.join(format!(".entra-signins-{}.probe", std::process::id()));
    let made = open(OpenOptions::new().write(true).create_new(true), &probe);
    let outcome = made.and_then(|_| std::fs::remove_file(&probe));
    outcome.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", there.display())))
}
