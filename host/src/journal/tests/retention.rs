//! What is removed, and what never is.

use super::super::*;
use super::support::*;

/// Scenario: a month passes; one of two sinks has confirmed a part. Guarantee: only what both have confirmed is
/// removed, and only once it is old.
#[tokio::test]
async fn what_is_not_confirmed_stays() {
    let bench = Bench::new(&["fast", "slow"]).await;
    for number in 1..=10 {
        bench.put(events([number])).await;
    }
    let (fast, slow) = (bench.reader("fast").await, bench.reader("slow").await);
    fast.confirm(10).await.unwrap();
    slow.confirm(4).await.unwrap();
    bench.sweep().await;
    assert_eq!(bench.journal.stats().oldest, 1, "confirmed, but young");
    bench.clock.advance(30 * DAY);
    bench.sweep().await;
    let stats = bench.journal.stats();
    assert_eq!((stats.oldest, stats.events), (5, 6));
    assert_eq!(numbers(&drain(&slow, 10).await), (5..=10).collect::<Vec<_>>());
}

/// Scenario: a configured sink never came. Guarantee: nothing is removed before it did.
#[tokio::test]
async fn a_sink_that_never_came_holds_everything() {
    let bench = Bench::new(&["broken"]).await;
    bench.put(events([1])).await;
    bench.clock.advance(30 * DAY);
    bench.sweep().await;
    assert_eq!(bench.journal.stats().events, 1);
}

/// Scenario: a sink is taken out of the configuration, events are removed, and it comes back. Guarantee: it holds
/// nothing while it is away, keeps its place, and goes on at the oldest event.
#[tokio::test]
async fn a_removed_sink_holds_nothing_and_keeps_its_place() {
    let mut bench = Bench::new(&["siem"]).await;
    for number in 1..=4 {
        bench.put(events([number])).await;
    }
    bench.reader("siem").await.confirm(2).await.unwrap();
    bench.journal.require(BTreeSet::new()).await.unwrap();
    assert!(!bench.journal.stats().readers[0].required);
    bench.clock.advance(30 * DAY);
    bench.put(events([5])).await;
    bench.sweep().await;
    assert_eq!(bench.journal.stats().oldest, 5);
    bench.restart().await;
    let reader = bench.reader("siem").await;
    assert_eq!(reader.position(), 2);
    assert!(bench.journal.stats().readers[0].required);
    assert_eq!(bench.journal.stats().readers[0].lag, 1, "what is gone is no lag");
    assert_eq!(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()), [5]);
}

/// Scenario: every event is removed and the program starts again. Guarantee: sequences go on; none is given twice,
/// and the journal is still the same.
#[tokio::test]
async fn sequences_are_never_given_again() {
    let mut bench = Bench::new(&[]).await;
    bench.put(events(1..=3)).await;
    bench.clock.advance(30 * DAY);
    bench.sweep().await;
    let before = bench.journal.position();
    assert_eq!((bench.journal.stats().events, bench.journal.stats().bytes), (0, 0));
    bench.restart().await;
    assert_eq!(bench.journal.position(), before);
    assert_eq!(bench.put(events([4])).await, 4);
}

/// Scenario: much is removed. Guarantee: the file gets smaller.
#[tokio::test]
async fn room_goes_back_to_the_disk() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = schema::path_in(dir.path());
    let db = schema::open_writer(&path).unwrap();
    let pages = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(pages("auto_vacuum"), 2, "incremental");
    db.execute_batch(
        "CREATE TABLE large (body BLOB); INSERT INTO large VALUES (zeroblob(80000000)); DELETE FROM large;",
    )
    .unwrap();
    let before = pages("page_count");
    drop(db);
    let bench = Bench::new(&[]).await;
    let journal = bench.open(dir.path()).await.unwrap();
    for _ in 0..100 {
        journal.shared.submit(Command::Idle).unwrap();
        journal.shared.order(Order::Sweep).await.unwrap();
    }
    drop(journal);
    let db = schema::open_writer(&path).unwrap();
    let after: i64 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    assert!(after < before / 2, "{before} pages, then {after}");
}
