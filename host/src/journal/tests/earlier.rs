//! Files that earlier versions made.

use rusqlite::Connection;

use super::super::*;
use super::support::*;

/// The tables as they were before rows had their values twice, and heads before they had a stamp.
const EARLIER: &str = "
    CREATE TABLE earlier_state (
        one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, next_sequence INTEGER NOT NULL,
        events INTEGER NOT NULL, bytes INTEGER NOT NULL, keys INTEGER NOT NULL, keys_from INTEGER
    ) STRICT;
    INSERT INTO earlier_state SELECT one, store, next_sequence, events, bytes, keys, keys_from FROM state;
    DROP TABLE state;
    ALTER TABLE earlier_state RENAME TO state;
    CREATE TABLE earlier_reader (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, required INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO earlier_reader SELECT id, sequence, required FROM reader;
    DROP TABLE reader;
    ALTER TABLE earlier_reader RENAME TO reader;
    DROP TABLE source;
    UPDATE block SET head = substr(head, 1, length(head) - 16);
";

/// Scenario: an earlier version made the file. Guarantee: what it holds is read, positions are where they were, and it goes on.
#[tokio::test]
async fn a_file_of_an_earlier_version_goes_on() {
    let mut bench = Bench::new(&["siem"]).await;
    bench.put(events(0..10)).await;
    bench.reader("siem").await.confirm(3).await.unwrap();
    bench.journal.close().await;
    Connection::open(schema::path_in(bench.dir.path())).unwrap().execute_batch(EARLIER).unwrap();
    bench.restart().await;
    bench.put(events(5..20)).await;
    bench.restart().await;
    let reader = bench.reader("siem").await;
    assert_eq!(reader.position(), 3);
    assert_eq!(numbers(&drain(&reader, 20).await), (3..20).collect::<Vec<_>>());
    assert!(bench.journal.health().borrow().damaged.is_empty());
}
