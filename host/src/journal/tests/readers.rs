//! Readers at their own pace.

use collector::sender::Output as _;

use super::super::*;
use super::support::*;

async fn filtered(bench: &Bench, id: &str, source: &str) -> Reader {
    let sources = Some(BTreeSet::from([source.into()]));
    bench.journal.reader(&id.into(), ReaderOptions { sources, ..ReaderOptions::default() }).await.unwrap()
}

/// Scenario: a reader waits for an event that comes later. Guarantee: it is woken and gets it.
#[tokio::test]
async fn a_reader_waits_for_new_events() {
    let bench = Bench::new(&["siem"]).await;
    let reader = bench.reader("siem").await;
    let (read, _) = tokio::join!(reader.next(10, 1000), bench.put(events([1])));
    assert_eq!(numbers(&read.unwrap().unwrap()), [1]);
}

/// Scenario: small bounds of events and bytes, and an event larger than the bound. Guarantee: bounds hold, and there
/// is always at least one event.
#[tokio::test]
async fn bounds_of_a_read_hold() {
    let bench = Bench::new(&["siem"]).await;
    bench.put(events(1..=6)).await;
    let reader = bench.reader("siem").await;
    let size = serde_json::to_vec(&event(1)).unwrap().len();
    assert_eq!(numbers(&reader.next(2, usize::MAX).await.unwrap().unwrap()), [1, 2]);
    assert_eq!(numbers(&reader.next(10, 2 * size).await.unwrap().unwrap()), [3, 4]);
    assert_eq!(numbers(&reader.next(10, 1).await.unwrap().unwrap()), [5]);
    assert_eq!(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()), [6]);
}

/// Scenario: one reader has confirmed everything, another nothing. Guarantee: neither sees the other's position, and
/// each one's lag is its own.
#[tokio::test]
async fn readers_go_at_their_own_pace() {
    let bench = Bench::new(&["fast", "slow"]).await;
    let (fast, slow) = (bench.reader("fast").await, bench.reader("slow").await);
    for batch in 0..5 {
        bench.put(events(batch * 10..(batch + 1) * 10)).await;
        let read = fast.next(100, usize::MAX).await.unwrap().unwrap();
        fast.confirm(read.last().unwrap().sequence).await.unwrap();
    }
    let lags: Vec<_> = bench.journal.stats().readers.iter().map(|reader| reader.lag).collect();
    assert_eq!(lags, [0, 50]);
    assert_eq!(numbers(&drain(&slow, 50).await), (0..50).collect::<Vec<_>>());
}

/// Scenario: a reader that confirms back and forth, and past the end. Guarantee: its position never moves back and
/// never past the last event.
#[tokio::test]
async fn a_position_moves_forward_only() {
    let bench = Bench::new(&["siem"]).await;
    bench.put(events(1..=5)).await;
    let reader = bench.reader("siem").await;
    reader.confirm(4).await.unwrap();
    reader.confirm(2).await.unwrap();
    assert_eq!(reader.position(), 4);
    reader.confirm(100).await.unwrap();
    assert_eq!(reader.position(), 5);
    bench.put(events([6])).await;
    assert_eq!(numbers(&reader.next(10, 1000).await.unwrap().unwrap()), [6]);
}

/// Scenario: a reader of one source, while another source writes. Guarantee: it sees its own events alone, and the
/// other's do not hold its position back.
#[tokio::test]
async fn a_reader_sees_its_sources_alone() {
    let bench = Bench::new(&["siem"]).await;
    bench.append_from("other", events(1..=3)).await;
    bench.append_from("entra", events(4..=5)).await;
    bench.append_from("other", events(6..=8)).await;
    let reader = filtered(&bench, "siem", "entra").await;
    let read = reader.next(10, usize::MAX).await.unwrap().unwrap();
    assert_eq!(numbers(&read), [4, 5]);
    reader.confirm(read[1].sequence).await.unwrap();
    assert_eq!(reader.position(), 8, "what is behind it is nothing for it");
    bench.append_from("other", events(9..=10)).await;
    let moved = async {
        while reader.position() < 10 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        read = reader.next(10, usize::MAX) => panic!("there is nothing for it, but {read:?}"),
        () = moved => {}
    }
}

/// Scenario: events of another source come between one that was handed out and its confirmation. Guarantee: the
/// position stays before what is not confirmed.
#[tokio::test]
async fn others_events_do_not_confirm_ours() {
    let bench = Bench::new(&["siem"]).await;
    bench.append_from("entra", events(1..=2)).await;
    let reader = filtered(&bench, "siem", "entra").await;
    reader.next(1, usize::MAX).await.unwrap().unwrap();
    reader.confirm(1).await.unwrap();
    reader.next(1, usize::MAX).await.unwrap().unwrap();
    bench.append_from("other", events(3..=4)).await;
    bench.append_from("entra", events([5])).await;
    assert_eq!(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()), [5]);
    assert_eq!(reader.position(), 1);
    reader.confirm(2).await.unwrap();
    assert_eq!(reader.position(), 2, "5 was handed out and is not confirmed");
}

/// Scenario: a reader has no use for records. Guarantee: it gets the same events without them.
#[tokio::test]
async fn records_are_left_out_on_request() {
    let bench = Bench::new(&["siem"]).await;
    bench.put(events([1])).await;
    let options = ReaderOptions { raw: false, ..ReaderOptions::default() };
    let reader = bench.journal.reader(&"siem".into(), options).await.unwrap();
    let read = reader.next(1, 1).await.unwrap().unwrap().remove(0);
    assert_eq!((number(&read), read.raw), (1, None));
}

/// Scenario: new readers, one from the oldest event and one from now on. Guarantee: each gets what it asked for, and
/// once known, its place counts.
#[tokio::test]
async fn a_new_reader_begins_where_it_wants() {
    let bench = Bench::new(&[]).await;
    bench.put(events(1..=2)).await;
    let newest = ReaderOptions { start: StartAt::Newest, ..ReaderOptions::default() };
    let late = bench.journal.reader(&"late".into(), newest.clone()).await.unwrap();
    let early = bench.reader("early").await;
    bench.put(events([3])).await;
    assert_eq!(numbers(&late.next(10, usize::MAX).await.unwrap().unwrap()), [3]);
    assert_eq!(numbers(&drain(&early, 3).await), [1, 2, 3]);
    let again = bench.journal.reader(&"late".into(), newest).await.unwrap();
    assert_eq!(again.position(), 2);
}

/// Scenario: a read is given up while it waits, many times. Guarantee: no event is lost by it.
#[tokio::test]
async fn a_cancelled_read_loses_nothing() {
    let bench = Bench::new(&["siem"]).await;
    let reader = bench.reader("siem").await;
    let mut seen = Vec::new();
    for number in 0..20 {
        bench.put(events([number])).await;
        // Polled once: it is cut off at its first wait.
        let mut next = Box::pin(reader.next(10, usize::MAX));
        if let std::task::Poll::Ready(read) = futures::poll!(&mut next) {
            seen.extend(numbers(&read.unwrap().unwrap()));
        }
    }
    while seen.len() < 20 {
        seen.extend(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()));
    }
    assert_eq!(seen, (0..20).collect::<Vec<_>>());
}

/// Scenario: the journal closes. Guarantee: what is there is still read, then readers end; sources hear that it is
/// closed, and so does who confirms.
#[tokio::test]
async fn a_closed_journal_is_read_to_its_end() {
    let bench = Bench::new(&["siem"]).await;
    bench.put(events([1])).await;
    let reader = bench.reader("siem").await;
    bench.journal.close().await;
    assert_eq!(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()), [1]);
    assert_eq!(reader.next(10, usize::MAX).await.unwrap(), None);
    assert!(matches!(reader.confirm(1).await, Err(JournalError::Closed)));
    assert!(bench.journal.output(&"entra".into()).send(events([2])).await.is_err());
    assert_eq!(bench.journal.health().borrow().state, JournalState::Closed);
}

/// Scenario: a sink gives up on events, one of them twice, one that is not there. Guarantee: each is listed once,
/// newest first, with its reason and content, also after a restart; the position is untouched.
#[tokio::test]
async fn events_set_aside_are_kept_for_a_person() {
    let mut bench = Bench::new(&["siem"]).await;
    bench.put(events(1..=2)).await;
    let reader = bench.reader("siem").await;
    reader.set_aside(2, "unreadable").await.unwrap();
    reader.set_aside(2, "unreadable again").await.unwrap();
    reader.set_aside(7, &"\u{e4}".repeat(5000)).await.unwrap();
    assert_eq!(reader.position(), 0);
    bench.restart().await;
    assert_eq!(bench.journal.stats().set_aside, 2);
    let listed = bench.journal.set_aside(10).await.unwrap();
    assert_eq!((listed[0].sequence, listed[0].reason.len(), &listed[0].json), (7, 4096, &None));
    assert_eq!((listed[1].sequence, listed[1].reason.as_str()), (2, "unreadable"));
    assert_eq!(listed[1].json, Some(serde_json::to_vec(&event(2)).unwrap().into()));
    assert_eq!((&listed[1].source, &listed[1].reader), (&Some("entra".into()), &"siem".into()));
    assert_eq!(bench.journal.set_aside(1).await.unwrap().len(), 1);
}

/// Scenario: events are set aside for two sinks, one of them gone already, and somebody does what the README says while
/// the journal is in use.
/// Guarantee: the events of the sink that is asked for come out as they were, one a line.
#[tokio::test]
async fn events_set_aside_come_back_as_the_readme_says() {
    let bench = Bench::new(&["siem", "other"]).await;
    bench.put(events(1..=3)).await;
    bench.reader("other").await.set_aside(1, "unreadable").await.unwrap();
    let reader = bench.reader("siem").await;
    for sequence in [2, 3, 9] {
        reader.set_aside(sequence, "unreadable").await.unwrap();
    }
    let readme = include_str!("../../../../README.md");
    let command = readme.lines().find_map(|line| line.strip_prefix("sqlite3 data/journal/journal.db \""));
    let file = bench.dir.path().join("journal/journal.db");
    let db = rusqlite::Connection::open(file).unwrap();
    let mut select = db.prepare(command.unwrap().trim_end_matches('"')).unwrap();
    let lines = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let lines: Vec<_> = lines.map(Result::unwrap).collect();
    assert_eq!(lines, [2, 3].map(|number| serde_json::to_string(&event(number)).unwrap()));
}

/// Scenario: events of several batches, a repeat among them, and a reader that comes later. Guarantee: every event is found where it
/// is, also after a restart, the repeat where it was first, and others are not; the reader says where it began.
#[tokio::test]
async fn events_are_found_where_they_are() {
    let mut bench = Bench::new(&["siem"]).await;
    bench.put(events([1, 2])).await;
    bench.put(events([2, 3, 4])).await;
    bench.restart().await;
    let options = ReaderOptions { start: StartAt::Newest, ..ReaderOptions::default() };
    bench.journal.reader(&"late".into(), options).await.unwrap();
    bench.put(events([5])).await;
    let asked = |number: u64| (Uuid::from_u128(number.into()), START + i64::try_from(number).unwrap());
    let found = bench.journal.find([1, 2, 3, 4, 5, 6].map(asked).to_vec()).await.unwrap();
    let at = Whereabouts::At;
    assert_eq!(found, [at(1), at(2), at(3), at(4), at(5), Whereabouts::Unknown]);
    let began = bench
        .journal
        .stats()
        .readers
        .iter()
        .map(|reader| (reader.id.to_string(), reader.began))
        .collect::<Vec<_>>();
    assert_eq!(began, [("late".to_owned(), 4)]);
}

/// Scenario: more events are set aside than are kept. Guarantee: the oldest goes, and it is counted.
#[tokio::test]
async fn the_shelf_says_what_it_loses() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut db = schema::open_writer(&schema::path_in(dir.path())).unwrap();
    let tx = db.transaction().unwrap();
    let set_aside = |sequence| store::set_aside(&tx, &"siem".into(), sequence, 0, "unreadable").unwrap();
    assert_eq!((1..=10_000).map(set_aside).sum::<u64>(), 0);
    assert_eq!(set_aside(10_001), 1);
    assert_eq!(store::count_set_aside(&tx).unwrap(), 10_000);
}

/// Scenario: the journal closes while a reader and somebody who looks in have it open, the reader with events still to read.
/// Guarantee: one file is left, with everything in it; the reader gets its events, then hears of the end.
#[tokio::test]
async fn one_file_is_left_by_a_clean_stop() {
    let mut bench = Bench::new(&["siem"]).await;
    bench.put(events(1..=3)).await;
    let reader = bench.reader("siem").await;
    assert_eq!(numbers(&reader.next(3, usize::MAX).await.unwrap().unwrap()), [1, 2, 3]);
    assert_eq!(bench.journal.after(0, 10, usize::MAX).await.unwrap().events.len(), 3);
    bench.put(events([4])).await;
    let files = || {
        let entries = std::fs::read_dir(bench.dir.path().join("journal")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(files(), ["journal.db", "journal.db-shm", "journal.db-wal"]);
    bench.journal.close().await;
    assert_eq!(files(), ["journal.db"]);

    assert_eq!(numbers(&reader.next(10, usize::MAX).await.unwrap().unwrap()), [4]);
    assert_eq!(reader.next(10, usize::MAX).await.unwrap(), None);
    bench.restart().await;
    assert_eq!(bench.journal.stats().events, 4);
}
