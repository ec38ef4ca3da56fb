//! A sink over the real journal.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use collector::event::LogEvent;
use collector::sender::Output as _;
use collector::settings::{Setting, Spanned, Table};
use tempfile::TempDir;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::testing::{context, standing};
use super::*;
use crate::journal::{Journal, Limits, ReaderOptions};

fn event(number: i64) -> LogEvent {
    let mut event = LogEvent::default();
    event.insert("event_id", number);
    event.metadata_mut().source_event_id = Some(Uuid::from_u128(number.unsigned_abs().into()));
    event.metadata_mut().timestamp = Some(Timestamp::UNIX_EPOCH);
    event
}

async fn journal(data_dir: &Path) -> Journal {
    let required = BTreeSet::from([ComponentKey::from("siem")]);
    Journal::open(data_dir, Limits::default(), required, standing()).await.unwrap()
}

/// A file sink at work on this journal.
async fn file_sink(journal: &Journal, data_dir: &Path) -> (JoinSet<()>, testing::Handles) {
    let spanned = |setting| Spanned { setting, at: None };
    let path = spanned(Setting::String(data_dir.join("out.ndjson").to_str().unwrap().to_owned()));
    let batch = [("max_events".to_owned(), spanned(Setting::Integer(7)))].into();
    let batch = spanned(Setting::Table(Table { entries: batch, at: None }));
    let table = Table { entries: [("path".to_owned(), path), ("batch".to_owned(), batch)].into(), at: None };
    let config = (file::DESCRIPTION.configure)(&table, &Inputs::new()).unwrap();
    let reader = journal.reader(&ComponentKey::from("siem"), ReaderOptions::default()).await.unwrap();
    let (cx, handles) = context(&file::DESCRIPTION, Arc::new(reader), data_dir, standing());
    let mut tasks = JoinSet::new();
    tasks.spawn(config.build(cx).unwrap());
    (tasks, handles)
}

/// Scenario: twenty times events are appended and the sink is killed a little later, with the journal closed and opened
/// again in between; then it may finish. Guarantee: each event is in the file once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_in_the_file_once_though_the_sink_is_killed() {
    let directory = TempDir::new().unwrap();
    let mut next = 0;
    for round in 0..20 {
        let journal = journal(directory.path()).await;
        let (mut tasks, _handles) = file_sink(&journal, directory.path()).await;
        let batch = (next..next + 50).map(event).collect();
        journal.output(&ComponentKey::from("entra")).send(batch).await.unwrap().await;
        next += 50;
        tokio::time::sleep(Duration::from_millis(round)).await;
        tasks.abort_all();
        while tasks.join_next().await.is_some() {}
        journal.close().await;
    }
    let journal = journal(directory.path()).await;
    let (tasks, mut handles) = file_sink(&journal, directory.path()).await;
    let last = journal.position().sequence;
    handles.report.wait_for(|report| report.position >= last).await.unwrap();
    handles.stop.asked.cancel();
    tasks.join_all().await;
    let text = fs::read_to_string(directory.path().join("out.ndjson")).unwrap();
    let expected: Vec<_> = (0..next).map(|number| format!("{{\"event_id\":{number}}}")).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

/// Scenario: the journal is restored from a copy, and gets other events under sequences that the file's record knows. Guarantee: all of
/// them are in the file; what the journal had lost and got again is repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_set_back_loses_nothing_new() {
    async fn run(directory: &Path, batches: impl IntoIterator<Item = i64>) {
        let journal = journal(directory).await;
        let (tasks, mut handles) = file_sink(&journal, directory).await;
        handles.report.wait_for(|report| report.state == SinkState::Working).await.unwrap();
        for number in batches {
            journal.output(&ComponentKey::from("entra")).send(vec![event(number)]).await.unwrap().await;
        }
        let last = journal.position().sequence;
        handles.report.wait_for(|report| report.position >= last).await.unwrap();
        handles.stop.asked.cancel();
        tasks.join_all().await;
        journal.close().await;
    }
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("journal/journal.db");
    run(directory.path(), 0..5).await;
    let copy = fs::read(&database).unwrap();
    run(directory.path(), 5..10).await;
    fs::write(&database, copy).unwrap();
    run(directory.path(), (10..15).chain(5..10)).await;
    let text = fs::read_to_string(directory.path().join("out.ndjson")).unwrap();
    let count =
        |number: i64| text.lines().filter(|line| *line == format!("{{\"event_id\":{number}}}")).count();
    let (once, twice) = ([1; 5], [2; 5]);
    assert_eq!((0..15).map(count).collect::<Vec<_>>(), [once, twice, once].concat());
}
