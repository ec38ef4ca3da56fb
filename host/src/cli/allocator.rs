//! How much memory that is free again the C library keeps to itself.
//!
//! glibc keeps a pool for each thread, and pages of sign-ins that were there once leave holes in all of them: with many busy tenants that is
//! more than the program uses. It reads its settings once, from the environment, when a process begins, and has no safe call to change
//! them later. So a program that will run for long begins anew with them, in the same process, unless somebody has chosen others.

/// Begins anew with bounded pools, if the C library is glibc and has its own settings.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn bound_pools() {
    use std::env;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    /// Two pools. To give large buffers back at once would halve the rest, and cost a sixth more of the processor's time.
    const POOLS: (&str, &str) = ("MALLOC_ARENA_MAX", "2");

    let is_setting = |name: &str| name.starts_with("MALLOC_") || name == "GLIBC_TUNABLES";
    if env::vars_os().any(|(name, _)| name.to_str().is_some_and(is_setting)) {
        return;
    }
    let mut arguments = env::args_os();
    let (Some(name), Ok(program)) = (arguments.next(), env::current_exe()) else { return };
    let error = Command::new(program).arg0(name).args(arguments).env(POOLS.0, POOLS.1).exec();
    tracing::debug!(%error, "The program goes on with the C library's own settings: it takes more memory.");
}

/// Others have no such settings.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn bound_pools() {}
