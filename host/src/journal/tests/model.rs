//! Any order of appending, reading, confirming, restarting and crashing, against a model that is a list.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::super::*;
use super::support::*;

const READERS: [&str; 2] = ["one", "two"];

#[derive(Clone, Debug)]
enum Step {
    /// Appends events of these numbers, in which some come again.
    Append(Vec<u64>),
    /// Reads with a reader, at most so many.
    Read(usize, usize),
    /// Confirms a part of what a reader has been given.
    Confirm(usize, prop::sample::Index),
    /// Closes and opens.
    Restart,
    /// Goes on with a copy of the files as they are now, as after a power cut.
    Crash,
    /// Days pass and what is old is removed.
    Age(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => proptest::collection::vec(0..60_u64, 1..12).prop_map(Step::Append),
        4 => (0..2_usize, 1..20_usize).prop_map(|(reader, most)| Step::Read(reader, most)),
        3 => (0..2_usize, any::<prop::sample::Index>()).prop_map(|(reader, upto)| Step::Confirm(reader, upto)),
        1 => Just(Step::Restart),
        1 => Just(Step::Crash),
        1 => (1..9_u64).prop_map(Step::Age),
    ]
}

/// What must be true.
#[derive(Default)]
struct Model {
    /// Every event that was taken; its sequence is its index and one.
    log: Vec<u64>,
    seen: HashSet<u64>,
    /// Per reader: the last confirmed, and the last handed out.
    readers: [(usize, usize); 2],
}

/// The journal, and readers that are open.
struct World {
    bench: Bench,
    readers: BTreeMap<usize, Reader>,
    model: Model,
    /// Directories of journals that were left behind.
    left: Vec<tempfile::TempDir>,
}

impl World {
    async fn new() -> Self {
        // More days pass than a source could read back.
        let limits = Limits { key_retention: 3650 * DAY, ..Limits::default() };
        let bench = Bench::with(limits, &READERS).await;
        let mut world = Self { bench, readers: BTreeMap::new(), model: Model::default(), left: Vec::new() };
        for index in 0..READERS.len() {
            world.reader(index).await;
        }
        world
    }

    async fn reader(&mut self, index: usize) -> &Reader {
        if let std::collections::btree_map::Entry::Vacant(entry) = self.readers.entry(index) {
            entry.insert(self.bench.reader(READERS[index]).await);
        }
        &self.readers[&index]
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Append(numbers) => {
                let sequence = self.bench.put(events(numbers.iter().copied())).await;
                let Model { log, seen, .. } = &mut self.model;
                log.extend(numbers.into_iter().filter(|number| seen.insert(*number)));
                assert_eq!(sequence, log.len() as u64);
            }
            Step::Read(index, most) => self.read(index, most).await,
            Step::Confirm(index, upto) => self.confirm(index, upto).await,
            Step::Restart => {
                self.forget_readers();
                self.bench.restart().await;
            }
            Step::Crash => self.crash().await,
            Step::Age(days) => {
                self.bench.clock.advance(DAY * u32::try_from(days).unwrap());
                self.bench.sweep().await;
            }
        }
    }

    async fn read(&mut self, index: usize, most: usize) {
        let handed = self.model.readers[index].1;
        if handed == self.model.log.len() {
            return;
        }
        let read = self.reader(index).await.next(most, usize::MAX).await.unwrap().unwrap();
        let expected = &self.model.log[handed..handed + read.len()];
        assert_eq!(numbers(&read), expected);
        assert!(read.len() <= most && read[0].sequence == handed as u64 + 1);
        self.model.readers[index].1 += read.len();
    }

    async fn confirm(&mut self, index: usize, upto: prop::sample::Index) {
        let (confirmed, handed) = self.model.readers[index];
        if confirmed < handed {
            let upto = confirmed + 1 + upto.index(handed - confirmed);
            self.reader(index).await.confirm(upto as u64).await.unwrap();
            self.model.readers[index].0 = upto;
        }
    }

    async fn crash(&mut self) {
        self.forget_readers();
        let dir = tempfile::TempDir::new().unwrap();
        std::fs::create_dir(dir.path().join("journal")).unwrap();
        for name in ["journal/journal.db", "journal/journal.db-wal"] {
            std::fs::copy(self.bench.dir.path().join(name), dir.path().join(name)).unwrap();
        }
        self.bench.journal = self.bench.open(dir.path()).await.unwrap();
        self.left.push(std::mem::replace(&mut self.bench.dir, dir));
    }

    /// Readers begin again after what they have confirmed.
    fn forget_readers(&mut self) {
        self.readers.clear();
        for reader in &mut self.model.readers {
            reader.1 = reader.0;
        }
    }

    /// Everything that is not confirmed is still there for each reader.
    async fn finish(mut self) {
        self.forget_readers();
        self.bench.restart().await;
        for index in 0..READERS.len() {
            while self.model.readers[index].1 < self.model.log.len() {
                self.read(index, 1000).await;
            }
        }
        let lags = self.bench.journal.stats().readers.into_iter().map(|reader| reader.position);
        assert!(lags.eq(self.model.readers.iter().map(|(confirmed, _)| *confirmed as u64)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Scenario: any steps. Guarantee: no event that was acknowledged is lost or comes twice, order is kept, every
    /// reader gets everything that it has not confirmed, and positions are what was confirmed.
    #[test]
    fn nothing_is_lost_twice_or_out_of_order(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.step(step).await;
            }
            world.finish().await;
        });
    }
}
