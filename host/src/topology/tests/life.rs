//! Starting, failing and stopping.

use std::time::Duration;

use super::{Ground, PATIENCE, one, sink, source};
use crate::api::{Health, Phase, Snapshot};
use crate::topology::lock::Held;
use crate::topology::{DataDirLock, LockError, Options, Topology};

/// Scenario: a source sends an event when it starts and one while it is stopping.
/// Guarantee: both are in the sink's file when the stop is over, within the limit, and the phases are shown; of the
/// journal one file is left, so that a copy of it is whole.
#[tokio::test]
async fn a_stop_delivers_what_sources_still_send() {
    let ground = Ground::new();
    let topology = ground.start(&one("steady")).await.unwrap();
    assert_eq!(ground.overview.snapshot().state, Phase::Running);
    ground.wait("one line", || ground.lines("out.ndjson").len() == 1).await;
    assert!(topology.stop(PATIENCE).await);
    assert_eq!(ground.lines("out.ndjson"), [r#"{"run":1}"#, r#"{"last":true}"#]);
    assert_eq!(ground.overview.snapshot().state, Phase::Stopping);
    let journal = std::fs::read_dir(ground.file("data/journal")).unwrap();
    let left: Vec<_> = journal.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["journal.db"]);
}

/// Scenario: the program is started again after a stop.
/// Guarantee: the sink goes on where it was: nothing comes twice.
#[tokio::test]
async fn a_restart_goes_on() {
    let ground = Ground::new();
    for _ in 0..2 {
        let before = ground.runs("a");
        let topology = ground.start(&one("steady")).await.unwrap();
        ground.wait("it runs", || ground.runs("a") == before + 1).await;
        assert!(topology.stop(PATIENCE).await);
    }
    let lines = ground.lines("out.ndjson");
    assert_eq!(lines, [r#"{"run":1}"#, r#"{"last":true}"#, r#"{"run":2}"#, r#"{"last":true}"#]);
}

/// Scenario: a source panics in its first run, after its event was acknowledged.
/// Guarantee: it is shown as failed, the program is not healthy meanwhile, and it runs again by itself.
#[tokio::test]
async fn a_panic_is_shown_and_mended() {
    let ground = Ground::new();
    let topology = ground.start(&one("panics once")).await.unwrap();
    ground.shown("it has failed", |shown| shown.sources[0].trouble.is_some()).await;
    let shown = ground.overview.snapshot();
    assert_eq!(shown.sources[0].trouble.as_deref(), Some("panicked: as told"));
    assert_eq!(shown.health(), Health::Failing("no source runs".to_owned()));
    ground.shown("it runs again", |shown| shown.sources[0].trouble.is_none()).await;
    ground.wait("both runs arrive", || ground.lines("out.ndjson").len() == 2).await;
    assert!(topology.stop(PATIENCE).await);
}

/// Scenario: a source says that there is no hope.
/// Guarantee: the topology says so, and can be stopped.
#[tokio::test]
async fn a_hopeless_source_ends_the_program() {
    let ground = Ground::new();
    let topology = ground.start(&one("sees no hope")).await.unwrap();
    tokio::time::timeout(PATIENCE, topology.hopeless()).await.unwrap();
    assert!(topology.stop(PATIENCE).await);
    assert_eq!(ground.lines("out.ndjson"), [r#"{"run":1}"#]);
}

/// Scenario: a source does not stop when it is asked to.
/// Guarantee: it is cut off at the limit, what was acknowledged is delivered, and the answer is no.
#[tokio::test]
async fn what_does_not_stop_is_cut_off() {
    let ground = Ground::new();
    let topology = ground.start(&one("does not stop")).await.unwrap();
    ground.wait("one line", || ground.lines("out.ndjson").len() == 1).await;
    let stopped = tokio::time::timeout(PATIENCE, topology.stop(Duration::from_millis(100))).await;
    assert_eq!(stopped, Ok(false));
}

/// Scenario: one of two sources cannot be built.
/// Guarantee: the error names it, and nothing was started.
#[tokio::test]
async fn nothing_starts_if_something_cannot_be_built() {
    let ground = Ground::new();
    let text = source("a", "steady") + &source("b", "cannot be built") + &sink("out", "a");
    let error = ground.start(&text).await.err().unwrap();
    assert_eq!(error.to_string(), "source b cannot be built: as told");
    assert_eq!(ground.runs("a"), 0);
}

/// Scenario: a second program starts on the same data directory, and again after the first has stopped.
/// Guarantee: it is refused with the first one's process, address and directory, and then it is not.
#[tokio::test]
async fn one_program_per_data_directory() {
    let ground = Ground::new();
    let data_dir = ground.file("data");
    let api = "127.0.0.1:8686".parse().unwrap();
    let first = DataDirLock::take(&data_dir).unwrap();
    first.announce(api);
    let error = DataDirLock::take(&data_dir).unwrap_err();
    let LockError::Held { path, by } = &error else { panic!("{error}") };
    assert_eq!((path, *by), (&data_dir, Held { process: Some(std::process::id()), api: Some(api) }));
    assert!(error.to_string().contains(&format!("is in use by process {}", std::process::id())), "{error}");
    assert_eq!(DataDirLock::holder(&data_dir).unwrap().api, Some(api));
    let topology = Topology::start(ground.config(&one("steady")), first, ground.options()).await.unwrap();
    assert!(DataDirLock::holder(&data_dir).is_some(), "a topology keeps its lock");
    assert!(topology.stop(PATIENCE).await);
    // A process that another test starts holds everything that is open here until it runs its own program.
    while DataDirLock::holder(&data_dir).is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(ground.start(&one("steady")).await.unwrap().stop(PATIENCE).await);
}

/// Scenario: sinks may read two events, of four.
/// Guarantee: the sink writes two and ends, and the topology says that nobody takes events any more; the journal holds nothing
/// for it until it is started again.
#[tokio::test]
async fn a_limit_of_events_ends_the_sinks() {
    let ground = Ground::new();
    assert!(ground.start(&source("a", "steady")).await.unwrap().stop(PATIENCE).await);
    assert!(ground.start(&source("a", "steady")).await.unwrap().stop(PATIENCE).await);

    let options = Options { max_events: Some(2), ..ground.options() };
    let mut topology = ground.start_with(&one("steady"), options).await.unwrap();
    tokio::time::timeout(PATIENCE, topology.finished()).await.unwrap();
    let is_held = |shown: &Snapshot| shown.journal.as_ref().unwrap().stats.readers[0].required;
    assert!(!is_held(&ground.overview.snapshot()));
    topology.reload(ground.config(&(one("steady") + &source("b", "steady"))), PATIENCE).await;
    assert!(!is_held(&ground.overview.snapshot()), "it has not started again");
    let moved = one("steady").replace("out.ndjson", "new.ndjson");
    topology.reload(ground.config(&moved), PATIENCE).await;
    ground.shown("it has", is_held).await;
    assert!(topology.stop(PATIENCE).await);
    assert_eq!(ground.lines("out.ndjson").len(), 2);
}

/// Scenario: the program makes its data directory, a journal and a sink's state; a lock with other permissions was
/// there before.
/// Guarantee: nobody else may enter or read any of it while it runs.
#[cfg(unix)]
#[tokio::test]
async fn the_data_directory_is_private() {
    use std::os::unix::fs::PermissionsExt as _;

    let ground = Ground::new();
    let mode = |name: &str| std::fs::metadata(ground.file(name)).unwrap().permissions().mode() & 0o777;
    drop(DataDirLock::take(&ground.file("data")).unwrap());
    std::fs::set_permissions(ground.file("data/lock"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let topology = ground.start(&one("steady")).await.unwrap();
    ground.wait("one line", || ground.lines("out.ndjson").len() == 1).await;
    for directory in ["data", "data/journal", "data/sinks", "data/sinks/out"] {
        assert_eq!(mode(directory), 0o700, "{directory}");
    }
    let journal = ["data/journal/journal.db", "data/journal/journal.db-wal", "data/journal/journal.db-shm"];
    let others = ["data/lock", "data/sinks/out/lock", "data/sinks/out/position.json"];
    for file in journal.into_iter().chain(others) {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    assert!(topology.stop(PATIENCE).await);
}
