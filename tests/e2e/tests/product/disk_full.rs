//! No space left for the journal.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use graph_simulator::{SimulatorConfig, TenantConfig};
use uuid::Uuid;

use crate::support::{Scene, eventually, skip_unless};

/// A small file system of its own; unmounted when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path, options: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }

    fn grow(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Scenario: the disk of journal and state is full in the midst of history, then somebody makes room. Guarantee: the program goes
/// on running and says so, nothing is lost, nothing comes twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_holds_up_and_loses_nothing() {
    let tenant = TenantConfig::new(Uuid::from_u128(41), "Contoso").history(9_000, Duration::from_hours(24));
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let data = scene.path("data");
    let disk = SmallDisk::mount(&data, "size=3m");
    if !skip_unless(disk.is_some(), "a tmpfs cannot be mounted here") {
        return;
    }
    scene.top = "data_dir = \"data\"\n".to_owned();
    let mut program = scene.run();
    eventually("the program says that it cannot write", async || {
        program.log().contains("full")
            && program.get("/health").await.is_some_and(|(status, _)| status == 503)
    })
    .await;
    assert!(program.is_running());
    assert!(scene.delivered().len() < 9_000);
    disk.as_ref().unwrap().grow("size=200m");
    eventually("everything has arrived", async || scene.is_complete()).await;
    assert!(program.stop().await.status.success());
    scene.assert_exact(&scene.delivered());
}
