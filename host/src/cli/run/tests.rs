//! Tests of what a running program notices.

use std::time::Duration;

use tokio::time::timeout;

use super::watch::Watch;

/// Scenario: a file is rewritten twice in a row, then touched without a change, then removed.
/// Guarantee: the rewriting is one change, the touch is none, the removal is one.
#[tokio::test(start_paused = true)]
async fn changed_content_is_a_change_once() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.toml");
    std::fs::write(&file, "a = 1").unwrap();
    let mut watch = Watch::new(vec![file.clone()]);
    let still = async |watch: &mut Watch| timeout(Duration::from_mins(1), watch.changed()).await.is_err();
    assert!(still(&mut watch).await);

    std::fs::write(&file, "a = ").unwrap();
    std::fs::write(&file, "a = 2").unwrap();
    watch.changed().await;
    assert!(still(&mut watch).await);

    std::fs::write(&file, "a = 2").unwrap();
    assert!(still(&mut watch).await);
    std::fs::remove_file(&file).unwrap();
    watch.changed().await;
    assert!(still(&mut watch).await);
}

/// Scenario: a file changes, and a signal makes the program read it before the change is noticed.
/// Guarantee: it is not read a second time.
#[tokio::test(start_paused = true)]
async fn what_was_read_is_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.toml");
    std::fs::write(&file, "a = 1").unwrap();
    let mut watch = Watch::new(vec![file.clone()]);
    std::fs::write(&file, "a = 2").unwrap();
    watch.settle().await;
    assert!(timeout(Duration::from_mins(1), watch.changed()).await.is_err());
}
