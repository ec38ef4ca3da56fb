//! Writing, reading and confirming.

use super::super::*;
use super::support::*;
use collector::finalization::BatchStatus;
use collector::sender::Output as _;

/// Scenario: events are appended and read. Guarantee: they come back in order with sequences that grow by one, with
/// everything that was given with them, and the acknowledgement says where the last one is.
#[tokio::test]
async fn what_is_appended_is_read() {
    let bench = Bench::new(&["siem"]).await;
    let answer = bench.append(events(1..=3)).await;
    assert_eq!(answer.position, Some(bench.journal.position()));
    let reader = bench.reader("siem").await;
    let read = reader.next(10, usize::MAX).await.unwrap().unwrap();
    assert_eq!(numbers(&read), [1, 2, 3]);
    assert_eq!(read.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let (first, given) = (&read[0], event(1));
    assert_eq!(first.json, serde_json::to_vec(&given).unwrap());
    assert_eq!(first.raw, given.metadata().raw);
    assert_eq!(first.timestamp, given.metadata().timestamp);
    assert_eq!((first.revision, &first.source), (0, &"entra".into()));
}

/// Scenario: a reader confirms a part, then the program starts again. Guarantee: it goes on after that part, inside
/// of a block.
#[tokio::test]
async fn a_position_survives_a_restart() {
    let mut bench = Bench::new(&["siem"]).await;
    bench.put(events(1..=5)).await;
    let reader = bench.reader("siem").await;
    assert_eq!(numbers(&reader.next(3, usize::MAX).await.unwrap().unwrap()), [1, 2, 3]);
    reader.confirm(2).await.unwrap();
    bench.restart().await;
    let reader = bench.reader("siem").await;
    assert_eq!(reader.position(), 2);
    assert_eq!(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()), [3, 4, 5]);
}

/// Scenario: many batches are sent at once. Guarantee: each is acknowledged at its own place and none is lost.
#[tokio::test]
async fn many_batches_at_once_are_all_written() {
    let bench = Bench::new(&["siem"]).await;
    let output = bench.journal.output(&"entra".into());
    let mut acks = Vec::new();
    for batch in 0..20 {
        acks.push(output.send(events(batch * 10..(batch + 1) * 10)).await.unwrap());
    }
    for (batch, ack) in (1..).zip(acks) {
        let answer = ack.await;
        assert_eq!((answer.status, answer.position.unwrap().sequence), (BatchStatus::Delivered, batch * 10));
    }
    let read = drain(&bench.reader("siem").await, 200).await;
    assert_eq!(numbers(&read), (0..200).collect::<Vec<_>>());
}

/// Scenario: the writer's connection as it is set up. Guarantee: a commit returns after an fsync of the log; readers
/// are not stopped by it.
#[test]
fn a_commit_is_synced() {
    let dir = tempfile::TempDir::new().unwrap();
    let db = schema::open_writer(&schema::path_in(dir.path())).unwrap();
    let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    let synchronous: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!((mode.as_str(), synchronous), ("wal", 2));
}

/// Scenario: the files are set back to a copy, then another source writes on, past where the first one had been. Guarantee: what
/// the journal knows of the first source is less than that source was acknowledged, so that it hears of it; a batch of repeats
/// counts, and so does a restart.
#[tokio::test]
async fn a_source_hears_that_the_journal_was_set_back() {
    let mut bench = Bench::new(&[]).await;
    let entra = ComponentKey::from("entra");
    assert_eq!(bench.journal.position_of(&entra).sequence, 0);
    bench.put(events([1])).await;
    bench.append_from("other", events([2])).await;
    assert_eq!(bench.put(events([1])).await, 2);
    bench.restart().await;
    assert_eq!(bench.journal.position_of(&entra), Position { sequence: 2, ..bench.journal.position() });
    bench.journal.close().await;
    let path = schema::path_in(bench.dir.path());
    let copy = std::fs::read(&path).unwrap();
    bench.restart().await;
    let acknowledged = bench.put(events([3])).await;
    bench.journal.close().await;
    std::fs::write(&path, copy).unwrap();
    bench.restart().await;
    bench.append_from("other", events(10..20)).await;
    assert!(bench.journal.position().sequence > acknowledged);
    assert!(bench.journal.position_of(&entra).sequence < acknowledged);
}
