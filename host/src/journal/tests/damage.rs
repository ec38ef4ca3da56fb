//! Files that are not what they should be.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use rusqlite::Connection;

use super::super::*;
use super::support::*;

/// A closed journal of some events, and its file.
async fn closed() -> (Bench, PathBuf) {
    let bench = Bench::new(&["siem"]).await;
    for batch in 0..30 {
        bench.put(events(batch * 100..(batch + 1) * 100)).await;
    }
    bench.journal.close().await;
    let path = schema::path_in(bench.dir.path());
    (bench, path)
}

fn overwrite(path: &PathBuf, at: u64, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Scenario: a block's bytes change on the disk while readers read. Guarantee: it is passed over and nothing else is;
/// health names its sequences, also after a restart, until it is removed.
#[tokio::test]
async fn a_damaged_block_is_passed_over_visibly() {
    let mut bench = Bench::new(&["siem"]).await;
    for batch in 0..3 {
        bench.put(events(batch * 10..(batch + 1) * 10)).await;
    }
    let db = Connection::open(schema::path_in(bench.dir.path())).unwrap();
    db.execute("UPDATE block SET head = zeroblob(length(head)) WHERE first_sequence = 11", []).unwrap();
    let reader = bench.reader("siem").await;
    let expected: Vec<_> = (0..10).chain(20..30).collect();
    assert_eq!(numbers(&drain(&reader, 30).await), expected);
    let damaged = |health: &JournalHealth| health.damaged == BTreeSet::from([(11, 20)]);
    bench.journal.health().wait_for(damaged).await.unwrap();
    bench.restart().await;
    assert!(damaged(&bench.journal.health().borrow()));
    bench.reader("siem").await.confirm(30).await.unwrap();
    bench.clock.advance(8 * DAY);
    bench.sweep().await;
    assert!(bench.journal.health().borrow().damaged.is_empty());
}

/// Scenario: a value beside a block's bytes changes on the disk. Guarantee: the block is passed over and said to be damaged, also
/// for a reader of its source alone; its events never come with another sequence.
#[tokio::test]
async fn a_block_whose_row_changed_is_passed_over_visibly() {
    for change in [
        "first_sequence = 12",
        "count = -118",
        "count = 2",
        "source = 'entrb'",
        "source = CAST(x'ff' AS TEXT)",
        "head_len = 7",
    ] {
        let bench = Bench::new(&["siem"]).await;
        for batch in 0..3 {
            bench.put(events(batch * 10..(batch + 1) * 10)).await;
        }
        let db = Connection::open(schema::path_in(bench.dir.path())).unwrap();
        db.execute(&format!("UPDATE block SET {change} WHERE first_sequence = 11"), []).unwrap();
        let options = ReaderOptions { sources: Some(["entra".into()].into()), ..ReaderOptions::default() };
        let reader = bench.journal.reader(&"siem".into(), options).await.unwrap();
        let expected: Vec<_> = (0..10).chain(20..30).collect();
        assert_eq!(numbers(&drain(&reader, 30).await), expected, "{change}");
        bench.journal.health().wait_for(|health| health.damaged.len() == 1).await.unwrap();
    }
}

/// Scenario: all that is left for a reader is a damaged block. Guarantee: its position moves past it, so that the
/// block does not hold the journal for ever.
#[tokio::test]
async fn a_damaged_block_at_the_end_holds_nobody() {
    let bench = Bench::new(&["siem"]).await;
    bench.put(events(0..10)).await;
    let db = Connection::open(schema::path_in(bench.dir.path())).unwrap();
    db.execute("UPDATE block SET head = x'00'", []).unwrap();
    let reader = bench.reader("siem").await;
    let (read, _) = tokio::join!(reader.next(10, usize::MAX), async {
        bench.journal.health().wait_for(|health| !health.damaged.is_empty()).await.unwrap();
        bench.put(events([10])).await
    });
    assert_eq!(numbers(&read.unwrap().unwrap()), [10]);
    assert_eq!(reader.position(), 10);
}

/// Scenario: a page of a block is overwritten while the journal is open. Guarantee: that block alone is passed over;
/// it cannot be removed when it is old, and that keeps nothing from going on.
#[tokio::test]
async fn a_page_that_is_damaged_in_use_costs_its_block() {
    let mut bench = Bench::new(&["siem"]).await;
    let record: Vec<_> =
        (0..25_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let mut large = events([2]);
    large[0].metadata_mut().raw = Some(record.into());
    for batch in [events([1]), large, events([3])] {
        bench.put(batch).await;
    }
    bench.restart().await;
    let path = schema::path_in(bench.dir.path());
    // The large block fills the file's end; each of its pages begins with the number of the next one.
    let end = std::fs::metadata(&path).unwrap().len();
    overwrite(&path, end - 6 * 4096, &[0xff; 4]);
    let reader = bench.reader("siem").await;
    assert_eq!(numbers(&drain(&reader, 3).await), [1, 3]);
    bench.journal.health().wait_for(|health| health.damaged == BTreeSet::from([(2, 2)])).await.unwrap();
    reader.confirm(3).await.unwrap();
    bench.clock.advance(8 * DAY);
    bench.put(events([4])).await;
    bench.sweep().await;
    assert_eq!(bench.journal.stats().oldest, 4);
}

/// Scenario: the file's header is overwritten. Guarantee: it is refused, unchanged, and the error says what to do.
#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let (bench, path) = closed().await;
    overwrite(&path, 0, b"something else entirely");
    let error = bench.open(bench.dir.path()).await.unwrap_err();
    assert!(matches!(error, JournalError::NotAJournal { .. }), "{error:?}");
    assert!(error.to_string().contains("move it away"));
}

/// Scenario: pages in the middle of the file are overwritten. Guarantee: it is refused.
#[tokio::test]
async fn a_file_with_damaged_pages_is_refused() {
    let (bench, path) = closed().await;
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size > 20 * 4096);
    overwrite(&path, 2 * 4096, &vec![0xaa; usize::try_from(size).unwrap() - 4 * 4096]);
    let error = bench.open(bench.dir.path()).await.unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. }), "{error:?}");
}

/// Scenario: the file is cut short. Guarantee: it is refused.
#[tokio::test]
async fn a_file_that_is_cut_short_is_refused() {
    let (bench, path) = closed().await;
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(5 * 4096).unwrap();
    let error = bench.open(bench.dir.path()).await.unwrap_err();
    assert!(matches!(error, JournalError::Damaged { .. }), "{error:?}");
}

/// Scenario: a later version has written the file. Guarantee: it is refused, with both formats named.
#[tokio::test]
async fn a_newer_file_is_refused() {
    let (bench, path) = closed().await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = bench.open(bench.dir.path()).await.unwrap_err();
    assert!(matches!(error, JournalError::Newer { found: 99, known: 1, .. }), "{error:?}");
}

/// Scenario: the file is a database of another program. Guarantee: it is refused, and nothing is written into it.
#[tokio::test]
async fn another_programs_database_is_refused() {
    let bench = Bench::new(&[]).await;
    let dir = tempfile::TempDir::new().unwrap();
    let path = schema::path_in(dir.path());
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = bench.open(dir.path()).await.unwrap_err();
    assert!(matches!(error, JournalError::NotAJournal { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// Scenario: the directory cannot be made. Guarantee: the error names it.
#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let bench = Bench::new(&[]).await;
    let file = bench.dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = bench.open(&file).await.unwrap_err();
    assert!(matches!(&error, JournalError::Directory { path, .. } if path.starts_with(&file)), "{error:?}");
}

/// Scenario: the journal is made. Guarantee: nobody else can enter its directory.
#[cfg(unix)]
#[tokio::test]
async fn its_directory_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new(&[]).await;
    let dir = std::fs::metadata(bench.dir.path().join("journal")).unwrap();
    assert_eq!(dir.permissions().mode() & 0o777, 0o700);
}
