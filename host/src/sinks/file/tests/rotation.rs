//! More than one file: rotation by size and time, by somebody else, compression and what is kept.

use std::sync::Mutex;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::sinks::file::compress::tidy;

fn names(fixture: &Fixture) -> Vec<String> {
    let directory = fixture.options.path.parent().unwrap();
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn integer(number: i64) -> Setting {
    Setting::Integer(number)
}

/// Waits until background work has brought the directory into this state.
async fn until(fixture: &Fixture, expected: &[&str]) {
    while names(fixture) != expected {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Scenario: a file may hold a kilobyte, and two batches of 75 lines come in the same second. Guarantee: a batch is never
/// split, each file is rotated before it grows past the limit, and rotated ones are compressed under names of their own.
#[tokio::test]
async fn a_full_file_is_rotated_and_compressed() {
    let fixture = Fixture::new();
    let feed = MemoryFeed::of((1..=225).map(event));
    let mut batch = Table::default();
    for (key, number) in [("max_events", 75), ("max_bytes", 1300)] {
        batch.entries.insert(key.to_owned(), Spanned { setting: integer(number), at: None });
    }
    let more = [("rotate.max_bytes", integer(1300)), ("batch", Setting::Table(batch))];
    let (sink, _handles) = sink(&fixture, &feed, standing(), &more);
    sink.await;
    // What the sink has begun to compress goes on without it.
    drop(fixture.lock_of_sink());
    tidy(&fixture.options.path, true, None, &CancellationToken::new()).unwrap();
    let first = "signins.ndjson.19700101T000000Z.gz";
    assert_eq!(names(&fixture), ["signins.ndjson", "signins.ndjson.19700101T000000Z-2.gz", first]);
    assert_eq!(fixture.events(), once(1..=225));
}

/// Scenario: a batch may be as large as a file, and what is read fills both to the last byte.
/// Guarantee: no file is larger than configured, its line ends included.
#[tokio::test]
async fn a_batch_fits_a_file() {
    let fixture = Fixture::new();
    let feed = MemoryFeed::of((10..=450).map(event));
    let mut batch = Table::default();
    batch.entries.insert("max_bytes".to_owned(), Spanned { setting: integer(1024), at: None });
    let gzip = ("rotate.gzip", Setting::Boolean(false));
    let more = [("rotate.max_bytes", integer(1024)), gzip, ("batch", Setting::Table(batch))];
    let (sink, _handles) = sink(&fixture, &feed, standing(), &more);
    sink.await;
    let directory = fixture.options.path.parent().unwrap();
    let sizes: Vec<_> =
        names(&fixture).iter().map(|name| fs::metadata(directory.join(name)).unwrap().len()).collect();
    assert!(sizes.len() > 5 && sizes.iter().all(|size| *size <= 1024), "{sizes:?}");
    assert_eq!(fixture.events(), once(10..=450));
}

/// Scenario: a file may be smaller than a batch, by what is configured and by the default.
/// Guarantee: it is refused, with both ways out.
#[test]
fn a_file_smaller_than_a_batch_is_refused() {
    let rotate =
        |bytes| Setting::Table(Table { entries: [("max_bytes".to_owned(), bytes)].into(), at: None });
    let spanned = |setting| Spanned { setting, at: None };
    for (bytes, works) in [(1_048_575, false), (1_048_576, true)] {
        let path = spanned(Setting::String("x".to_owned()));
        let rotate = spanned(rotate(spanned(integer(bytes))));
        let entries = [("path".to_owned(), path), ("rotate".to_owned(), rotate)].into();
        let table = Table { entries, at: None };
        match (DESCRIPTION.configure)(&table, &Inputs::new()) {
            Ok(_) => assert!(works, "{bytes}"),
            Err(problems) => {
                let problems = problems.to_string();
                assert!(!works && problems.contains("or a smaller batch.max_bytes"), "{problems}");
            }
        }
    }
}

/// Scenario: a file's hour is over while no event comes. Guarantee: it is rotated and compressed all the same, and the
/// next event begins a new file.
#[tokio::test]
async fn a_file_whose_time_is_over_is_rotated_without_events() {
    let fixture = Fixture::new();
    let feed = Arc::new(MemoryFeed::default());
    let clock = Arc::new(Mutex::new(Timestamp::from_second(3599).unwrap()));
    let shown = clock.clone();
    let now: Now = Arc::new(move || *shown.lock().unwrap());
    let (sink, mut handles) = sink(&fixture, &feed, now, &[("rotate.interval_secs", integer(3600))]);
    let mut tasks = JoinSet::new();
    tasks.spawn(sink);
    feed.push([event(1)]);
    handles.report.wait_for(|report| report.position == 1).await.unwrap();
    *clock.lock().unwrap() = Timestamp::from_second(3600).unwrap();
    until(&fixture, &["signins.ndjson", "signins.ndjson.19700101T010000Z.gz"]).await;
    feed.push([event(2)]);
    handles.report.wait_for(|report| report.position == 2).await.unwrap();
    assert_eq!(fixture.text(), "{\"event_id\":2}\n");
    handles.stop.asked.cancel();
    tasks.join_all().await;
}

/// Scenario: the file is moved away and the sink is told to open again; then it is moved without a word. Guarantee: a new
/// file is begun each time, and nothing is lost or repeated.
#[tokio::test]
async fn a_moved_file_is_opened_again() {
    let fixture = Fixture::new();
    let feed = Arc::new(MemoryFeed::default());
    let (sink, mut handles) = sink(&fixture, &feed, standing(), &[]);
    let mut tasks = JoinSet::new();
    tasks.spawn(sink);
    feed.push([event(1)]);
    handles.report.wait_for(|report| report.position == 1).await.unwrap();
    let directory = fixture.options.path.parent().unwrap();
    fs::rename(&fixture.options.path, directory.join("moved.1")).unwrap();
    handles.reopen.send_modify(|count| *count += 1);
    until(&fixture, &["moved.1", "signins.ndjson"]).await;
    feed.push([event(2)]);
    handles.report.wait_for(|report| report.position == 2).await.unwrap();
    fs::rename(&fixture.options.path, directory.join("moved.2")).unwrap();
    feed.push([event(3)]);
    handles.report.wait_for(|report| report.position == 3).await.unwrap();
    handles.stop.asked.cancel();
    tasks.join_all().await;
    let text = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(text("moved.1"), "{\"event_id\":1}\n");
    assert_eq!(text("moved.2"), "{\"event_id\":2}\n");
    assert_eq!(fixture.text(), "{\"event_id\":3}\n");
}

/// Scenario: five rotated files in all forms, two to keep, and files of others with names like ours. Guarantee: the newest
/// two stay, the others' are not touched.
#[test]
fn the_newest_rotated_files_are_kept() {
    let fixture = Fixture::new();
    drop(fixture.open(0));
    let directory = fixture.options.path.parent().unwrap();
    let make = |name: &str| fs::write(directory.join(name), "{\"event_id\":1}\n").unwrap();
    let rotated = [
        "20260101T000000Z.gz",
        "20260102T000000Z",
        "20260103T000000Z.gz.tmp",
        "20260104T000000Z",
        "20260104T000000Z-2",
    ];
    for suffix in rotated {
        make(&format!("signins.ndjson.{suffix}"));
    }
    ["signins.ndjson.1", "signins.ndjson-20260101", "other.ndjson.20260101T000000Z"]
        .into_iter()
        .for_each(make);
    tidy(&fixture.options.path, true, Some(2), &CancellationToken::new()).unwrap();
    let kept = [
        "other.ndjson.20260101T000000Z",
        "signins.ndjson",
        "signins.ndjson-20260101",
        "signins.ndjson.1",
        "signins.ndjson.20260104T000000Z-2.gz",
        "signins.ndjson.20260104T000000Z.gz",
    ];
    assert_eq!(names(&fixture), kept);
}

/// Scenario: asked to stop in the middle of a compression. Guarantee: the plain file stays as it is, and nothing else is left.
#[test]
fn an_interrupted_compression_leaves_the_plain_file() {
    let fixture = Fixture::new();
    let mut writer = fixture.open(0);
    write(&mut writer, 1..=3);
    writer.rotate(Timestamp::UNIX_EPOCH).unwrap();
    let stop = CancellationToken::new();
    stop.cancel();
    tidy(&fixture.options.path, true, None, &stop).unwrap();
    assert_eq!(names(&fixture), ["signins.ndjson.19700101T000000Z"]);
}

/// Scenario: somebody else compresses a rotated file, and does not come to the end. Guarantee: the plain file is compressed anew if
/// that is wanted, and else left alone; nothing of it is lost.
#[test]
fn what_others_compressed_by_half_costs_nothing() {
    for gzip in [true, false] {
        let fixture = Fixture::new();
        let mut writer = fixture.open(0);
        write(&mut writer, 1..=3);
        writer.rotate(Timestamp::UNIX_EPOCH).unwrap();
        let directory = fixture.options.path.parent().unwrap();
        let plain = directory.join("signins.ndjson.19700101T000000Z");
        let compressed = directory.join("signins.ndjson.19700101T000000Z.gz");
        let lines = fs::read_to_string(&plain).unwrap();
        fs::write(&compressed, b"half").unwrap();
        tidy(&fixture.options.path, gzip, None, &CancellationToken::new()).unwrap();
        assert_eq!(plain.exists(), !gzip);
        let mut found = String::new();
        if gzip {
            let file = fs::File::open(&compressed).unwrap();
            flate2::read::GzDecoder::new(file).read_to_string(&mut found).unwrap();
        } else {
            found = fs::read_to_string(&plain).unwrap();
        }
        assert_eq!(found, lines);
    }
}
