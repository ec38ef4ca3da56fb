//! Looking in passing, without a position.

use super::super::*;
use super::support::*;

/// Scenario: events are looked at from a place on, page by page. Guarantee: every event once, in order; the end is
/// reached and said.
#[tokio::test]
async fn pages_follow_each_other() {
    let bench = Bench::new(&[]).await;
    bench.put(events(1..=5)).await;
    bench.put(events(6..=9)).await;
    let (mut at, mut seen) = (0, Vec::new());
    while at < 9 {
        let page = bench.journal.after(at, 2, usize::MAX).await.unwrap();
        assert!(page.events.len() <= 2 && page.until > at && page.gone == 0);
        seen.extend(numbers(&page.events));
        at = page.until;
    }
    assert_eq!(seen, (1..=9).collect::<Vec<_>>());
    let end = bench.journal.after(9, 2, usize::MAX).await.unwrap();
    assert_eq!(end, Page { events: Vec::new(), until: 9, gone: 0 });
}

/// Scenario: the place where somebody wants to go on was removed. Guarantee: it goes on at the oldest event, and says
/// how many are gone.
#[tokio::test]
async fn a_place_that_is_gone_goes_on_at_the_oldest() {
    let bench = Bench::new(&[]).await;
    bench.put(events(1..=5)).await;
    bench.clock.advance(8 * DAY);
    bench.put(events(6..=7)).await;
    bench.sweep().await;
    let page = bench.journal.after(2, 10, usize::MAX).await.unwrap();
    assert_eq!((numbers(&page.events), page.gone, page.until), (vec![6, 7], 3, 7));
}

/// Scenario: the newest events are looked at, then those before. Guarantee: exactly as many as asked for, oldest
/// first, whatever block they lie in.
#[tokio::test]
async fn the_newest_events_come_with_those_before() {
    let bench = Bench::new(&[]).await;
    for batch in [1..=3, 4..=4, 5..=10] {
        bench.put(events(batch)).await;
    }
    let page = |at, most| bench.journal.before(at, most);
    assert_eq!(numbers(&page(u64::MAX, 4).await.unwrap().events), [7, 8, 9, 10]);
    assert_eq!(numbers(&page(7, 4).await.unwrap().events), [3, 4, 5, 6]);
    assert_eq!(numbers(&page(3, 4).await.unwrap().events), [1, 2]);
    assert_eq!(page(1, 4).await.unwrap().events, []);
}

/// Scenario: somebody waits for events after a place. Guarantee: it returns when there is one, and at the end.
#[tokio::test]
async fn waiting_for_news_ends() {
    let bench = Bench::new(&[]).await;
    tokio::join!(bench.journal.changed_since(0), bench.put(events([1])));
    tokio::join!(bench.journal.changed_since(1), bench.journal.close());
}

/// Scenario: events are written, some of them twice. Guarantee: size, received and dropped events are measured.
#[test]
fn numbers_are_measured() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let bench = Bench::new(&[]).await;
            bench.put(events(1..=3)).await;
            bench.put(events(3..=4)).await;
        });
    });
    let seen = snapshotter.snapshot().into_vec();
    let value = |name: &str| {
        let mut same = seen.iter().filter(|(key, ..)| key.key().name() == name);
        format!("{:?}", same.next().map(|(.., value)| value))
    };
    assert_eq!(value("buffer_received_events_total"), "Some(Counter(5))");
    assert_eq!(value("journal_duplicates_dropped_total"), "Some(Counter(1))");
    assert_eq!(value("buffer_size_events"), "Some(Gauge(4.0))");
}
