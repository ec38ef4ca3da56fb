//! Files that earlier versions made.

use super::*;

/// Tables as they were before their rows had their values twice.
const EARLIER: &str = "
    CREATE TABLE earlier_stream (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, start INTEGER NOT NULL, first_run INTEGER NOT NULL,
        written_start TEXT NOT NULL, filter BLOB, PRIMARY KEY (tenant, kind)
    ) WITHOUT ROWID;
    INSERT INTO earlier_stream SELECT tenant, kind, start, first_run, written_start, filter FROM stream;
    DROP TABLE stream;
    ALTER TABLE earlier_stream RENAME TO stream;
    CREATE TABLE earlier_span (
        tenant INTEGER NOT NULL, kind TEXT NOT NULL, from_s INTEGER NOT NULL, to_s INTEGER NOT NULL,
        ages INTEGER NOT NULL, quiet INTEGER NOT NULL, read_at INTEGER NOT NULL, PRIMARY KEY (tenant, kind, from_s)
    ) WITHOUT ROWID;
    INSERT INTO earlier_span SELECT tenant, kind, from_s, to_s, ages, quiet, read_at FROM span;
    DROP TABLE span;
    ALTER TABLE earlier_span RENAME TO span;
    CREATE TABLE earlier_position (one INTEGER PRIMARY KEY CHECK (one = 1), store TEXT NOT NULL, sequence INTEGER NOT NULL);
    INSERT INTO earlier_position SELECT one, store, sequence FROM position;
    DROP TABLE position;
    ALTER TABLE earlier_position RENAME TO position;
";

/// Scenario: an earlier version made the file. Guarantee: what it holds is as it was, and it goes on.
#[tokio::test]
async fn a_file_of_an_earlier_version_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut coverage = Coverage::default();
    {
        let state = open(&dir);
        state.begin(STREAM, begun(5, b"f"), false).await.unwrap();
        state.commit(commit(&mut coverage, 10, 100, vec![timed(1, 50)], 3)).await.unwrap();
    }
    let db = rusqlite::Connection::open(dir.path().join("state.db")).unwrap();
    db.execute_batch(EARLIER).unwrap();
    drop(db);
    open(&dir).commit(commit(&mut coverage, 100, 200, vec![timed(2, 150)], 4)).await.unwrap();
    let state = open(&dir);
    let record = state.stream(STREAM).await.unwrap();
    assert_eq!((record.begun, record.spans), (Some(begun(5, b"f")), coverage.spans().to_vec()));
    assert_eq!(state.position().await.unwrap(), Some(position("a", 4)));
    assert_eq!(known(&state, vec![timed(1, 50), timed(2, 150)]).await, [true, true]);
}
