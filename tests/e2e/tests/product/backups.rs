//! Journal and state restored from copies that do not belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use graph_simulator::{NewSignIn, SimulatorConfig, TenantConfig};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Scene, eventually, ids_in};

const NEW: usize = 100;

/// Scenario: a backup is made after each of three runs that had new sign-ins; then the journal of the first and the state of the
/// second are restored. Guarantee: nothing is missing; what comes again at the file is what the restored journal cannot know, as the
/// same events.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_journal_beside_a_newer_state() {
    let scene = three_runs(151).await;
    let known: BTreeSet<_> = ids_in(&scene.delivered()).into_iter().take(500).collect();
    restore(&scene, ("first", "journal"), ("second", "entra"));
    run_with_new_sign_ins(&scene).await;
    let delivered = scene.delivered();
    let mut copies: BTreeMap<_, Vec<&Value>> = BTreeMap::new();
    for (id, event) in ids_in(&delivered).into_iter().zip(&delivered) {
        copies.entry(id).or_default().push(event);
    }
    for (id, copies) in copies {
        assert!(copies.iter().all(|copy| copy == &copies[0]), "{copies:#?}");
        assert!(copies.len() == 1 || (copies.len() == 2 && !known.contains(&id)), "{copies:#?}");
    }
}

/// Scenario: the other way round. Guarantee: nothing is missing, and nothing comes again: the journal knows what it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_state_beside_a_newer_journal() {
    let scene = three_runs(152).await;
    restore(&scene, ("third", "journal"), ("first", "entra"));
    run_with_new_sign_ins(&scene).await;
    scene.assert_exact(&scene.delivered());
}

async fn three_runs(number: u128) -> Scene {
    let tenant = TenantConfig::new(Uuid::from_u128(number), "Contoso");
    let tenant = tenant.history(500 - NEW, Duration::from_hours(12));
    let scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    for backup in ["first", "second", "third"] {
        run_with_new_sign_ins(&scene).await;
        scene.assert_exact(&scene.delivered());
        copy(&scene.path("data"), &scene.path(backup));
    }
    scene
}

/// Runs until the file holds everything, with some that have just happened, and stops.
async fn run_with_new_sign_ins(scene: &Scene) {
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    tenant.add_sign_ins((0..NEW).map(|_| NewSignIn::default()));
    let program = scene.run();
    eventually("everything has arrived", async || scene.is_complete()).await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
}

/// Each is a backup and the directory of it that is restored.
fn restore(scene: &Scene, journal: (&str, &str), state: (&str, &str)) {
    for (backup, directory) in [journal, state] {
        let place = scene.path("data").join(directory);
        std::fs::remove_dir_all(&place).unwrap();
        copy(&scene.path(backup).join(directory), &place);
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}
