//! Killed at any moment.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::*;
use super::support::*;

/// Where the process that is killed has its journal.
const DIR: &str = "JOURNAL_CRASH_DIR";
const BATCH: u64 = 20;
/// Read and confirmed by the process that is killed, each after its own number of batches.
const ROUNDS: u64 = 6;

/// Not a test: the process that is killed. It appends, confirms every other batch, and says what was acknowledged.
#[tokio::test]
#[ignore = "run by `a_killed_process_loses_nothing`, in a process of its own"]
async fn child() {
    let dir = std::env::var(DIR).unwrap();
    let clock: Clock = Arc::new(|| Timestamp::from_second(START).unwrap());
    let siem = BTreeSet::from(["siem".into()]);
    let journal = Journal::open(Path::new(&dir), Limits::default(), siem, clock).await.unwrap();
    let reader = journal.reader(&"siem".into(), ReaderOptions::default()).await.unwrap();
    let output = journal.output(&"entra".into());
    let mut confirmed = reader.position();
    loop {
        let next = journal.position().sequence + 1;
        let answer =
            collector::sender::Output::send(&*output, events(next..next + BATCH)).await.unwrap().await;
        let sequence = answer.position.unwrap().sequence;
        if sequence.is_multiple_of(2) {
            reader.confirm(sequence - BATCH / 2).await.unwrap();
            confirmed = sequence - BATCH / 2;
        }
        println!("acknowledged {sequence} {confirmed}");
    }
}

/// Runs [`child`] until it has said so many acknowledgements, then kills it. The last word: event and position.
fn kill_after(dir: &Path, lines: u64) -> (u64, u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["journal::tests::crash::child", "--exact", "--ignored", "--nocapture"])
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut words = BufReader::new(child.stdout.take().unwrap()).lines();
    let acknowledged = |line: &String| {
        let mut numbers =
            line.strip_prefix("acknowledged ")?.split(' ').map(|number| number.parse().unwrap());
        Some((numbers.next()?, numbers.next()?))
    };
    let mut last = (0, 0);
    let mut seen = 0;
    while seen < lines {
        if let Some(word) = acknowledged(&words.next().expect("it still runs").unwrap()) {
            (last, seen) = (word, seen + 1);
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before the kill came.
    words.map_while(Result::ok).filter_map(|line| acknowledged(&line)).last().unwrap_or(last)
}

/// Scenario: a process that writes is killed (SIGKILL), again and again. Guarantee: everything that it was told to be
/// durable is there, once and in order, and so is its position.
#[tokio::test]
async fn a_killed_process_loses_nothing() {
    let bench = Bench::new(&["siem"]).await;
    let dir = tempfile::TempDir::new().unwrap();
    for round in 1..=ROUNDS {
        let path = dir.path().to_owned();
        let (event, position) =
            tokio::task::spawn_blocking(move || kill_after(&path, round * 3)).await.unwrap();
        let journal = bench.open(dir.path()).await.unwrap();
        let newest = journal.position().sequence;
        assert!(newest >= event && newest.is_multiple_of(BATCH), "{newest} after {event} was acknowledged");
        let reader = journal.reader(&"siem".into(), ReaderOptions::default()).await.unwrap();
        assert!(reader.position() >= position);
        let all = journal.after(0, usize::MAX, usize::MAX).await.unwrap().events;
        assert_eq!(numbers(&all), (1..=newest).collect::<Vec<_>>());
        assert!(all.iter().zip(1..).all(|(event, sequence)| event.sequence == sequence));
    }
}
