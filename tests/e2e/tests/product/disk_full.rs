//! No space left for the journal.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{Scene, eventually, skip_unless};

/// What is left for journal and state at first.
const LEFT: u64 = 3 << 20;

/// A directory on a small file system that is nearly full; what was mounted is unmounted when dropped.
struct FullDisk {
    directory: TempDir,
    mounted: bool,
}

impl FullDisk {
    /// A file system of its own where one may be mounted; else the one that containers have, if it is small.
    fn new() -> Option<Self> {
        Self::mount().or_else(Self::shared).inspect(|disk| {
            let ballast = available(disk.directory.path()).unwrap() - LEFT;
            std::fs::write(disk.ballast(), vec![0; usize::try_from(ballast).unwrap()]).unwrap();
        })
    }

    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]).arg(directory.path()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { directory, mounted: true })
    }

    fn shared() -> Option<Self> {
        let memory = Path::new("/dev/shm");
        available(memory).filter(|bytes| (32 << 20..=256 << 20).contains(bytes))?;
        let directory = tempfile::tempdir_in(memory).unwrap();
        Some(Self { directory, mounted: false })
    }

    fn ballast(&self) -> PathBuf {
        self.directory.path().join("ballast")
    }

    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        if self.mounted {
            let _unmounted = Command::new("umount").arg("-l").arg(self.directory.path()).status();
        }
    }
}

/// Bytes that are free where this directory is.
fn available(directory: &Path) -> Option<u64> {
    let df = Command::new("df").args(["--block-size=1", "--output=avail"]).arg(directory).output().ok()?;
    String::from_utf8(df.stdout).ok()?.lines().nth(1)?.trim().parse().ok()
}

/// Scenario: the disk of journal and state is full in the midst of history, then somebody makes room. Guarantee: the program goes
/// on running and says so, nothing is lost, nothing comes twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_holds_up_and_loses_nothing() {
    let tenant = TenantConfig::new(Uuid::from_u128(41), "Contoso").history(9_000, Duration::from_hours(24));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let disk = FullDisk::new();
    if !skip_unless(disk.is_some(), "a tmpfs cannot be mounted here, and /dev/shm is not small") {
        return;
    }
    let disk = disk.unwrap();
    symlink(disk.directory.path(), scene.path("data")).unwrap();
    scene.top = "data_dir = \"data\"\n".to_owned();
    let mut program = scene.run();
    eventually("the program says that it cannot write", async || {
        program.log().contains("full")
            && program.get("/health").await.is_some_and(|(status, _)| status == 503)
    })
    .await;
    assert!(program.is_running());
    assert!(scene.delivered().len() < 9_000);
    disk.make_room();
    eventually("everything has arrived", async || scene.is_complete()).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}
