//! Files that a power cut or a failing disk has left torn or changed, wherever that may be.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::read::Wanted;
use super::super::*;
use super::support::*;

const FILE: &str = "journal/journal.db";
const LOG: &str = "journal/journal.db-wal";
/// Events in each transaction that appends.
const BATCH: u64 = 10;
/// The last event that is in the file; those after it are in the log.
const IN_FILE: u64 = 4 * BATCH;
/// The last event of all.
const NEWEST: u64 = 8 * BATCH;
/// What the reader has confirmed in the file, and then in the log, once this event was there.
const CONFIRMED: (u64, u64, u64) = (5, 15, 6 * BATCH);

#[derive(Clone, Copy, Debug)]
enum Damage {
    /// Nothing is left from here on.
    End(Index),
    /// Other bits in one of the bytes that are not zero: most others are in use by nobody.
    Flip(Index, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<Index>().prop_map(Damage::End),
        3 => (any::<Index>(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
    ]
}

impl Damage {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            // A file of no bytes is a new journal: sources see it by its name, and read again.
            Self::End(at) => bytes.truncate(1 + at.index(bytes.len() - 1)),
            Self::Flip(at, bits) => {
                let used: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
                bytes[*at.get(&used)] ^= bits;
            }
        }
    }
}

/// The files of a journal that was torn from the power: [`IN_FILE`] events are in the first, the others in the second.
async fn files() -> [(&'static str, Vec<u8>); 2] {
    let mut bench = Bench::new(&["siem"]).await;
    let append = async |bench: &Bench, from, to| {
        for first in (from..to).step_by(usize::try_from(BATCH).unwrap()) {
            bench.put(events(first + 1..=first + BATCH)).await;
        }
    };
    let confirm = async |bench: &Bench, sequence| {
        let reader = bench.reader("siem").await;
        drain(&reader, bench.journal.position().sequence).await;
        reader.confirm(sequence).await.unwrap();
    };
    append(&bench, 0, IN_FILE).await;
    confirm(&bench, CONFIRMED.0).await;
    bench.restart().await;
    append(&bench, IN_FILE, CONFIRMED.2).await;
    confirm(&bench, CONFIRMED.1).await;
    append(&bench, CONFIRMED.2, NEWEST).await;
    [FILE, LOG].map(|name| (name, std::fs::read(bench.dir.path().join(name)).unwrap()))
}

/// What a journal gives back.
struct Found {
    newest: u64,
    confirmed: u64,
    /// In order.
    events: Vec<StoredEvent>,
    /// How many blocks it says it cannot read.
    damaged: u64,
}

/// Opens a journal with these files. `None`: it is refused, with its name and what to do.
async fn opened(files: &[(&str, Vec<u8>)]) -> Option<Found> {
    let dir = tempfile::TempDir::new().unwrap();
    std::fs::create_dir(dir.path().join("journal")).unwrap();
    for (name, bytes) in files {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let clock: Clock = Arc::new(|| Timestamp::from_second(START).unwrap());
    let journal = match Journal::open(dir.path(), Limits::default(), ["siem".into()].into(), clock).await {
        Ok(journal) => journal,
        Err(error) => {
            assert_refusal(&error, dir.path());
            return None;
        }
    };
    let newest = journal.position().sequence;
    let confirmed = journal.stats().readers.iter().map(|reader| reader.position).next().unwrap_or_default();
    let db = schema::open_reader(&schema::path_in(dir.path())).unwrap();
    let sources = Some(["entra".into()].into());
    let everything = Wanted { raw: true, sources, ..Wanted::in_passing(1, newest, usize::MAX, usize::MAX) };
    let found = read::forward(&db, &everything).unwrap();
    Some(Found { newest, confirmed, damaged: found.damaged.len() as u64, events: found.events.into() })
}

fn assert_refusal(error: &JournalError, dir: &Path) {
    let told = error.to_string();
    assert!(told.contains(schema::path_in(dir).to_str().unwrap()), "{told}");
    assert!(told.contains("move") || told.contains("run the version"), "{told}");
}

impl Found {
    /// Each event is as it was written, in order, and none is missing but those of a block that is said to be damaged.
    fn assert_unaltered(&self) {
        for found in &self.events {
            let written = event(found.sequence);
            assert_eq!(number(found), found.sequence);
            assert_eq!(found.json, serde_json::to_vec(&written).unwrap());
            assert_eq!(found.raw, written.metadata().raw);
            assert_eq!((found.timestamp, found.revision), (written.metadata().timestamp, 0));
            assert_eq!(found.source, "entra".into());
        }
        let found: Vec<_> = self.events.iter().map(|event| event.sequence).collect();
        assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
        let missing = self.newest - found.len() as u64;
        assert!(
            missing == self.damaged * BATCH,
            "{} of {} are damaged, found {found:?}",
            self.damaged,
            self.newest
        );
    }
}

/// What opening the journal gives back when one of its files is damaged.
fn opened_with(
    files: &[(&'static str, Vec<u8>); 2],
    log_is_there: bool,
    damage: (usize, Damage),
) -> Option<Found> {
    let mut files = files.to_vec();
    let (file, damage) = damage;
    damage.apply(&mut files[file].1);
    files.truncate(1 + usize::from(log_is_there));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(opened(&files))
}

/// The files, made once for all cases.
static FILES: LazyLock<[(&str, Vec<u8>); 2]> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(files())
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    /// Scenario: the journal's file is cut anywhere, or a byte anywhere in it has changed, with and without a log beside it.
    /// Guarantee: it is refused, with the file's name and what to do; or all that was acknowledged is there as it was, and so is
    /// what was confirmed, but for a block that is said to be damaged.
    #[test]
    fn a_damaged_file_is_refused_or_tells(damage in damage(), log_is_there in any::<bool>()) {
        if let Some(found) = opened_with(&FILES, log_is_there, (0, damage)) {
            let whole = if log_is_there { (NEWEST, CONFIRMED.1) } else { (IN_FILE, CONFIRMED.0) };
            prop_assert_eq!((found.newest, found.confirmed), whole);
            prop_assert!(found.damaged <= 1);
            found.assert_unaltered();
        }
    }

    /// Scenario: the log beside the journal's file is cut anywhere, or a byte anywhere in it has changed.
    /// Guarantee: it is refused; or every transaction before that place is there, whole, in order and unaltered, and none
    /// after it.
    #[test]
    fn a_torn_log_ends_with_a_whole_transaction(damage in damage()) {
        if let Some(found) = opened_with(&FILES, true, (1, damage)) {
            prop_assert!(found.newest.is_multiple_of(BATCH) && (IN_FILE..=NEWEST).contains(&found.newest));
            let (before, after, since) = CONFIRMED;
            let earliest = if found.newest > since { after } else { before };
            let latest = if found.newest < since { before } else { after };
            prop_assert!((earliest..=latest).contains(&found.confirmed));
            prop_assert_eq!(found.damaged, 0);
            found.assert_unaltered();
        }
    }
}
