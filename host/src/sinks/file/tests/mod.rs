//! Tests of the file sink. `crash` kills it everywhere; `rotation` is about more than one file; here is what it does
//! when others touch its file, and the sink as a whole.

mod crash;
mod rotation;

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use collector::settings::{Setting, Spanned, Table};
use jiff::{Timestamp, ToSpan as _};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::rotated;
use super::writer::{Lines, Lock, Options, Writer, Written};
use crate::encoding::Inputs;
use crate::journal::Lineage;
use crate::sinks::file::DESCRIPTION;
use crate::sinks::testing::{Handles, MemoryFeed, context, event, lineage, standing};
use crate::sinks::{Now, Sink, SinkState};

/// Takes what was let go. A process that another test starts holds everything that is open here until it runs its own
/// program, so a lock may be held for a moment longer.
fn patiently<T>(take: impl Fn() -> io::Result<T>) -> T {
    for _ in 0..5_000 {
        match take() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(1));
            }
            taken => return taken.unwrap(),
        }
    }
    take().unwrap()
}

/// A directory with the sink's file and state.
struct Fixture {
    directory: TempDir,
    options: Options,
}

impl Fixture {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let options = Options {
            path: directory.path().join("out/signins.ndjson"),
            state: directory.path().join("state"),
            max_bytes: None,
            interval: None,
        };
        Self { directory, options }
    }

    fn open(&self, confirmed: u64) -> Writer {
        self.open_at(&lineage("memory"), confirmed)
    }

    fn open_at(&self, lineage: &Lineage, confirmed: u64) -> Writer {
        patiently(|| {
            let lock = Lock::take(&self.options.state)?;
            Writer::open(self.options.clone(), lock, (lineage.clone(), confirmed), Timestamp::UNIX_EPOCH)
        })
    }

    /// What the sink holds while anything of it is at work.
    fn lock_of_sink(&self) -> Lock {
        patiently(|| Lock::take(&self.directory.path().join("sinks/siem")))
    }

    fn record(&self) -> PathBuf {
        self.options.state.join("position.json")
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.options.path).unwrap()
    }

    /// How often each event is in the current and the rotated files; every line must be whole.
    fn events(&self) -> BTreeMap<u64, usize> {
        let mut texts = vec![fs::read_to_string(&self.options.path).unwrap_or_default()];
        for forms in rotated::list(&self.options.path).unwrap().into_values() {
            if let Some(plain) = forms.plain {
                texts.push(fs::read_to_string(plain).unwrap());
            }
            if let Some(compressed) = forms.compressed {
                let mut text = String::new();
                let file = fs::File::open(compressed).unwrap();
                flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
                texts.push(text);
            }
        }
        let mut count = BTreeMap::new();
        for line in texts.iter().flat_map(|text| text.lines()) {
            let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?}"));
            *count.entry(value["event_id"].as_u64().unwrap()).or_default() += 1;
        }
        count
    }
}

fn lines(sequences: RangeInclusive<u64>) -> Lines {
    let last = *sequences.end();
    let mut bytes = Vec::new();
    for sequence in sequences {
        bytes.extend_from_slice(&event(sequence).json);
        bytes.push(b'\n');
    }
    Lines { bytes, last }
}

fn write(writer: &mut Writer, sequences: RangeInclusive<u64>) {
    let written = writer.write(&lines(sequences), Timestamp::UNIX_EPOCH);
    assert!(matches!(written, Written::Recorded(_)));
}

fn append(path: &PathBuf, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn once(sequences: RangeInclusive<u64>) -> BTreeMap<u64, usize> {
    sequences.map(|sequence| (sequence, 1)).collect()
}

/// A table of these keys, where `rotate.` begins a nested one.
fn table(entries: &[(&str, Setting)]) -> Table {
    let (mut outer, mut rotate) = (Table::default(), Table::default());
    for (key, setting) in entries {
        let value = Spanned { setting: setting.clone(), at: None };
        match key.strip_prefix("rotate.") {
            Some(key) => rotate.entries.insert(key.to_owned(), value),
            None => outer.entries.insert((*key).to_owned(), value),
        };
    }
    outer.entries.insert("rotate".to_owned(), Spanned { setting: Setting::Table(rotate), at: None });
    outer
}

/// The whole sink over this feed.
fn sink(fixture: &Fixture, feed: &Arc<MemoryFeed>, now: Now, more: &[(&str, Setting)]) -> (Sink, Handles) {
    let path = Setting::String(fixture.options.path.to_str().unwrap().to_owned());
    let mut entries = vec![("path", path)];
    entries.extend_from_slice(more);
    let config = (DESCRIPTION.configure)(&table(&entries), &Inputs::new()).unwrap();
    let (cx, handles) = context(&DESCRIPTION, feed.clone(), fixture.directory.path(), now);
    (config.build(cx).unwrap(), handles)
}

/// Scenario: a sink runs, ends, and another goes on. Guarantee: one file with every event once, confirmed.
#[tokio::test]
async fn a_sink_goes_on_where_the_last_one_ended() {
    let fixture = Fixture::new();
    let feed = MemoryFeed::of((1..=3).map(event));
    sink(&fixture, &feed, standing(), &[]).0.await;
    let feed = MemoryFeed::of((4..=5).map(event));
    feed.at(3);
    sink(&fixture, &feed, standing(), &[]).0.await;
    assert_eq!(fixture.events(), once(1..=5));
    assert_eq!(feed.confirmed(), 5);
}

/// Scenario: another sink writes the same file. Guarantee: the second touches nothing, and says why.
#[tokio::test]
async fn a_file_has_one_writer() {
    let fixture = Fixture::new();
    let mut other = fixture.open(0);
    write(&mut other, 1..=1);
    let feed = MemoryFeed::of([event(7)]);
    let (sink, mut handles) = sink(&fixture, &feed, standing(), &[]);
    let mut tasks = JoinSet::new();
    tasks.spawn(sink);
    let said = |state: &SinkState| match state {
        SinkState::Retrying { reason, .. } => reason.contains("another sink or process writes this file"),
        SinkState::Starting | SinkState::Working | SinkState::Stopped { .. } => false,
    };
    handles.report.wait_for(|report| said(&report.state)).await.unwrap();
    assert_eq!(fixture.events(), once(1..=1));
    handles.stop.asked.cancel();
    tasks.join_all().await;
}

/// Scenario: the disk is full, then it is not. Guarantee: the sink says so while it lasts, confirms nothing, and
/// writes each event once afterwards.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_waited_for() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.options.path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", &fixture.options.path).unwrap();
    let feed = MemoryFeed::of((1..=2).map(event));
    let (sink, mut handles) = sink(&fixture, &feed, standing(), &[]);
    let mut tasks = JoinSet::new();
    tasks.spawn(sink);
    let full = |state: &SinkState| matches!(state, SinkState::Retrying { reason, .. } if reason.contains("No space left on device"));
    handles.report.wait_for(|report| full(&report.state)).await.unwrap();
    assert_eq!(feed.confirmed(), 0);
    fs::remove_file(&fixture.options.path).unwrap();
    tasks.join_all().await;
    assert_eq!((fixture.events(), feed.confirmed()), (once(1..=2), 2));
}

/// Scenario: part of a batch is written when the disk fills up; in one case somebody else has appended, too.
/// Guarantee: the part is cut off, unless there is more than ours.
#[test]
fn a_partly_written_batch_is_cut_off() {
    let fixture = Fixture::new();
    let mut writer = fixture.open(0);
    write(&mut writer, 1..=2);
    let whole = fixture.text();
    append(&fixture.options.path, "{\"event_i");
    writer.cut_off(whole.len() as u64, 20);
    assert_eq!(fixture.text(), whole);
    append(&fixture.options.path, "{\"event_id\":3}\n{\"foreign\":1}\n");
    writer.cut_off(whole.len() as u64, 20);
    assert_eq!(fixture.text(), whole + "{\"event_id\":3}\n{\"foreign\":1}\n");
}

/// Scenario: somebody appends a line, without its end, while the sink runs. Guarantee: nothing is cut, and ours begin
/// on a line of their own.
#[test]
fn lines_of_others_stay() {
    let fixture = Fixture::new();
    let mut writer = fixture.open(0);
    write(&mut writer, 1..=1);
    append(&fixture.options.path, "{\"event_id\":77}");
    write(&mut writer, 2..=2);
    assert_eq!(fixture.text(), "{\"event_id\":1}\n{\"event_id\":77}\n{\"event_id\":2}\n");
}

/// Scenario: somebody appends while the sink is stopped. Guarantee: nothing is cut.
#[test]
fn lines_appended_while_stopped_stay() {
    let fixture = Fixture::new();
    write(&mut fixture.open(0), 1..=1);
    append(&fixture.options.path, "{\"event_id\":77}\n");
    write(&mut fixture.open(1), 2..=2);
    assert_eq!(fixture.text(), "{\"event_id\":1}\n{\"event_id\":77}\n{\"event_id\":2}\n");
}

/// Scenario: the file is emptied, as `copytruncate` does, once while the sink runs and once while it is stopped.
/// Guarantee: it goes on at the new end and repeats nothing.
#[test]
fn a_shortened_file_is_continued() {
    let fixture = Fixture::new();
    let mut writer = fixture.open(0);
    write(&mut writer, 1..=2);
    fs::File::create(&fixture.options.path).unwrap();
    write(&mut writer, 3..=4);
    assert_eq!(fixture.events(), once(3..=4));
    drop(writer);
    fs::File::create(&fixture.options.path).unwrap();
    write(&mut fixture.open(4), 5..=5);
    assert_eq!(fixture.events(), once(5..=5));
}

/// Scenario: the record is ahead of a journal that is new. Guarantee: the new journal's events are written, though
/// their sequences are lower.
#[test]
fn a_new_journal_begins_anew() {
    let fixture = Fixture::new();
    write(&mut fixture.open(0), 1..=9);
    let mut writer = fixture.open_at(&lineage("new"), 0);
    assert_eq!(writer.delivered(), 0);
    write(&mut writer, 10..=10);
    assert_eq!(fixture.events(), once(1..=10));
}

/// Scenario: the sink is killed in the midst of a batch, and file and record are taken to another volume, where neither device
/// nor inode is the same. Guarantee: the file is known again, the torn line is completed, and nothing is repeated.
#[test]
fn a_file_that_has_moved_is_known_again() {
    let fixture = Fixture::new();
    write(&mut fixture.open(0), 1..=3);
    append(&fixture.options.path, "{\"event_id\":4}\n{\"event_");
    let copy = fixture.directory.path().join("copy");
    fs::copy(&fixture.options.path, &copy).unwrap();
    fs::rename(&copy, &fixture.options.path).unwrap();
    write(&mut fixture.open(3), 4..=6);
    assert_eq!(fixture.events(), once(1..=6));
}

/// Scenario: somebody puts another file of the same length in the place of ours while the sink is stopped. Guarantee: it is not
/// taken for ours, and its bytes stay.
#[test]
fn another_file_is_not_taken_for_ours() {
    let fixture = Fixture::new();
    write(&mut fixture.open(0), 1..=1);
    fs::write(&fixture.options.path, "{\"event_id\":9}\n{\"event_").unwrap();
    write(&mut fixture.open(1), 2..=2);
    assert_eq!(fixture.text(), "{\"event_id\":9}\n{\"event_\n{\"event_id\":2}\n");
}

/// Scenario: the record is damaged. Guarantee: the sink goes on at the file's end, from the journal's position.
#[test]
fn a_damaged_record_is_none() {
    let fixture = Fixture::new();
    write(&mut fixture.open(0), 1..=2);
    fs::write(fixture.record(), "{").unwrap();
    let mut writer = fixture.open(2);
    write(&mut writer, 3..=3);
    assert_eq!(fixture.events(), once(1..=3));
}

/// Scenario: a sink is let go while something of it is still at work, and its successor starts (a reload). Guarantee: the
/// successor waits and then goes on.
#[tokio::test]
async fn a_successor_waits_for_what_is_still_at_work() {
    let fixture = Fixture::new();
    let at_work = fixture.lock_of_sink();
    let feed = MemoryFeed::of([event(1)]);
    let (sink, mut handles) = sink(&fixture, &feed, standing(), &[]);
    let mut tasks = JoinSet::new();
    tasks.spawn(sink);
    handles.report.wait_for(|report| matches!(report.state, SinkState::Retrying { .. })).await.unwrap();
    assert!(!fixture.options.path.exists());
    drop(at_work);
    tasks.join_all().await;
    assert_eq!(fixture.events(), once(1..=1));
}
