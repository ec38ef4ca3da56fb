//! Tests of what the host adds to a comparison.

use collector::event::LogEvent;
use collector::sender::Output as _;

use super::*;
use crate::journal::{Limits, ReaderOptions, StartAt};

const START: i64 = 1_769_817_600;

fn event(number: u64) -> LogEvent {
    let mut event = LogEvent::default();
    event.insert("event_id", i64::try_from(number).unwrap());
    let metadata = event.metadata_mut();
    metadata.source_event_id = Some(Uuid::from_u128(u128::from(number)));
    metadata.timestamp = Some(Timestamp::from_second(second(number)).unwrap());
    event
}

fn second(number: u64) -> i64 {
    START + i64::try_from(number).unwrap()
}

/// A slice in which these are shown.
fn slice(numbers: impl IntoIterator<Item = u64>) -> Slice {
    let shown = numbers.into_iter().map(|number| (Uuid::from_u128(u128::from(number)), second(number)));
    Slice {
        connector: "contoso".to_owned(),
        tenant: "t".to_owned(),
        kind: "interactiveUser",
        from: Timestamp::from_second(START).unwrap(),
        to: Timestamp::from_second(START + 3_600).unwrap(),
        outcome: Ok(Compared { shown: shown.collect(), ..Compared::default() }),
    }
}

async fn comparison(limits: Limits, directory: &std::path::Path) -> Comparison {
    let now = Arc::new(|| Timestamp::from_second(START + 7_200).unwrap());
    let journal = Journal::open(directory, limits, BTreeSet::new(), now).await.unwrap();
    Comparison {
        source: "entra".into(),
        reconciler: None,
        sinks: vec!["early".into(), "late".into()],
        journal: Arc::new(journal),
    }
}

async fn put(comparison: &Comparison, numbers: impl Iterator<Item = u64>) {
    let sent = comparison.journal.output(&comparison.source).send(numbers.map(event).collect()).await;
    drop(sent.unwrap().await);
}

/// Scenario: of what a service shows, the journal has all but one; one sink has confirmed some of it, another was added later; an event
/// has changed. Guarantee: each counts what it has, once.
#[tokio::test]
async fn each_counts_what_it_has() {
    let directory = tempfile::tempdir().unwrap();
    let comparison = comparison(Limits::default(), directory.path()).await;
    let early = comparison.journal.reader(&"early".into(), ReaderOptions::default()).await.unwrap();
    put(&comparison, 1..=4).await;
    let newest = ReaderOptions { start: StartAt::Newest, ..ReaderOptions::default() };
    let late = comparison.journal.reader(&"late".into(), newest).await.unwrap();
    let mut changed = event(2);
    changed.metadata_mut().revision = 1;
    let sent = comparison.journal.output(&comparison.source).send(vec![event(5), changed]).await;
    drop(sent.unwrap().await);
    early.next(3, usize::MAX).await.unwrap();
    early.confirm(3).await.unwrap();
    late.next(10, usize::MAX).await.unwrap();
    late.confirm(6).await.unwrap();
    let row = comparison.row(slice(1..=6)).await;
    assert_eq!((row.error, row.shown, row.journal, row.missing), (None, 6, 5, 1));
    assert_eq!(row.missing_ids, [Uuid::from_u128(6)]);
    assert_eq!(row.sinks, BTreeMap::from([("early".to_owned(), 3), ("late".to_owned(), 1)]));
    comparison.journal.close().await;
}

/// Scenario: the journal had no room for the keys of old events. Guarantee: what it had of their hour is said to be unknown, not missing;
/// an hour whose keys it has is compared.
#[tokio::test]
async fn forgotten_keys_are_not_missing() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { max_key_bytes: 4_300, ..Limits::default() };
    let comparison = comparison(limits, directory.path()).await;
    for batch in 0..10 {
        put(&comparison, batch * 100..(batch + 1) * 100).await;
    }
    let known_from = comparison.journal.health().borrow().keys_from.unwrap().as_second();
    assert!(second(0) < known_from && known_from < second(999), "{known_from}");
    let row = comparison.row(slice(0..10)).await;
    assert!(row.error.is_some_and(|error| error.contains("no room")));
    assert_eq!(row.missing, 0);
    let row = comparison.row(slice(995..1_001)).await;
    assert_eq!((row.error, row.journal, row.missing), (None, 5, 1));
    comparison.journal.close().await;
}

/// Scenario: a source does not run. Guarantee: that it was not compared is said.
#[tokio::test]
async fn a_silent_source_is_not_left_out() {
    let directory = tempfile::tempdir().unwrap();
    let comparison = comparison(Limits::default(), directory.path()).await;
    let journal = Arc::clone(&comparison.journal);
    let Slice { from, to, .. } = slice([]);
    let request = ReconcileRequest { from, to, connectors: Vec::new(), repair: false };
    let rows: Vec<_> = rows(comparison, request).collect().await;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].connector == "entra" && rows[0].error.is_some(), "{rows:?}");
    journal.close().await;
}
