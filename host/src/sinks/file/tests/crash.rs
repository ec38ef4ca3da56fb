//! The sink is killed at every point of its protocol, by putting file and record into the state that a kill there
//! leaves behind.

use crate::sinks::file::compress::tidy;
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::*;

/// Where the sink is killed while it writes a batch.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// Not at all.
    Never,
    /// This share of the batch is in the file, and nothing is recorded.
    Torn(f64),
    /// The file has its new length, and from this share on it holds zeros: the power failed.
    Zeros(f64),
    /// It is recorded, and not confirmed.
    Recorded,
    /// A rotation has renamed the file.
    Renamed,
    /// A rotation has created the new file and not recorded it.
    Created,
    /// A rotated file is half compressed.
    Compressing,
    /// A rotated file is compressed and still there.
    Compressed,
}

/// A journal's position and a sink that may be dead.
struct World {
    fixture: Fixture,
    writer: Option<Writer>,
    confirmed: u64,
    now: Timestamp,
}

impl World {
    fn new(max_bytes: Option<u64>) -> Self {
        let mut fixture = Fixture::new();
        fixture.options.max_bytes = max_bytes;
        Self { fixture, writer: None, confirmed: 0, now: Timestamp::UNIX_EPOCH }
    }

    fn writer(&mut self) -> Writer {
        self.writer.take().unwrap_or_else(|| {
            let writer = self.fixture.open(self.confirmed);
            self.confirmed = writer.delivered();
            writer
        })
    }

    /// Writes the next `count` events, unless it is killed on the way.
    fn step(&mut self, count: u64, kill: Kill) {
        let mut writer = self.writer();
        let batch = lines(self.confirmed + 1..=self.confirmed + count);
        if writer.is_due(batch.bytes.len(), self.now) {
            writer.rotate(self.now).unwrap();
            match kill {
                Kill::Renamed => return,
                Kill::Created => return drop(fs::File::create(&self.fixture.options.path).unwrap()),
                Kill::Compressing | Kill::Compressed => return self.interrupt_compression(kill),
                Kill::Never | Kill::Torn(_) | Kill::Zeros(_) | Kill::Recorded => {}
            }
            writer = self.fixture.open(self.confirmed);
        }
        let record = fs::read(self.fixture.record()).unwrap();
        let before = self.length();
        assert!(matches!(writer.write(&batch, self.now), Written::Recorded(_)));
        match kill {
            Kill::Torn(share) => self.tear(before, share, &record, false),
            Kill::Zeros(share) => self.tear(before, share, &record, true),
            Kill::Recorded => {}
            _ => {
                self.confirmed = batch.last;
                self.writer = Some(writer);
            }
        }
    }

    fn length(&self) -> u64 {
        fs::metadata(&self.fixture.options.path).unwrap().len()
    }

    /// Takes back the record and what was written past this share of the batch.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "files of tests are short"
    )]
    fn tear(&self, before: u64, share: f64, record: &[u8], zeros: bool) {
        let after = self.length();
        // Zeros of an earlier kill may have been cut off.
        let before = before.min(after);
        let file = OpenOptions::new().write(true).open(&self.fixture.options.path).unwrap();
        file.set_len(before + ((after - before) as f64 * share) as u64).unwrap();
        if zeros {
            file.set_len(after).unwrap();
        }
        fs::write(self.fixture.record(), record).unwrap();
    }

    fn interrupt_compression(&self, kill: Kill) {
        let path = &self.fixture.options.path;
        let rotated = rotated::list(path).unwrap().into_values().next_back().unwrap();
        let plain = rotated.plain.unwrap();
        let bytes = fs::read(&plain).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&bytes).unwrap();
        let compressed = encoder.finish().unwrap();
        match kill {
            Kill::Compressing => {
                fs::write(rotated::with_suffix(&plain, rotated::TMP), &compressed[..compressed.len() / 2])
            }
            _ => fs::write(rotated::with_suffix(&plain, rotated::GZ), &compressed),
        }
        .unwrap();
    }

    /// Starts once more, delivers a batch larger than any before, tidies, and counts.
    fn check(mut self) {
        self.step(40, Kill::Never);
        tidy(&self.fixture.options.path, true, None, &CancellationToken::new()).unwrap();
        assert_eq!(self.fixture.events(), once(1..=self.confirmed));
    }
}

/// Scenario: killed when any share of a batch is in the file, down to the byte. Guarantee: after the next start each
/// event is there once, whatever the sizes of the next batches.
#[test]
fn a_torn_batch_is_completed() {
    let length = lines(3..=5).bytes.len();
    for cut in 0..=length {
        for next in [1, 2] {
            let mut world = World::new(None);
            world.step(2, Kill::Never);
            #[expect(clippy::cast_precision_loss, reason = "short")]
            world.step(3, Kill::Torn((cut as f64 + 0.5) / length as f64));
            world.step(next, Kill::Never);
            world.check();
        }
    }
}

/// Scenario: killed after the record, before the journal's confirmation. Guarantee: the record is believed: the
/// journal is told, and nothing is written again.
#[test]
fn a_recorded_batch_is_not_written_again() {
    let mut world = World::new(None);
    world.step(2, Kill::Never);
    world.step(3, Kill::Recorded);
    assert_eq!((world.confirmed, world.fixture.open(2).delivered()), (2, 5));
    world.check();
}

/// Scenario: the record cannot be stored though the batch is on disk, and then it can. Guarantee: once.
#[test]
fn a_batch_that_could_not_be_recorded_is_taken_over() {
    let mut world = World::new(None);
    world.step(2, Kill::Never);
    let mut writer = world.writer();
    let blocker = world.fixture.options.state.join("position.json.tmp");
    fs::create_dir(&blocker).unwrap();
    assert!(matches!(writer.write(&lines(3..=4), world.now), Written::Failed(_)));
    fs::remove_dir(&blocker).unwrap();
    drop(writer);
    world.check();
}

/// Each case flushes to disk many times.
const CASES: u32 = 32;

fn kills() -> impl Strategy<Value = Kill> {
    prop_oneof![
        4 => Just(Kill::Never),
        3 => (0.0..=1.0).prop_map(Kill::Torn),
        1 => (0.0..=1.0).prop_map(Kill::Zeros),
        1 => Just(Kill::Recorded),
        1 => Just(Kill::Renamed),
        1 => Just(Kill::Created),
        1 => Just(Kill::Compressing),
        1 => Just(Kill::Compressed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    /// Scenario: any batches, any kills, rotation after every few lines or never. Guarantee: each event is exactly once over
    /// the current and the rotated files.
    #[test]
    fn each_event_is_written_once_whatever_is_killed(
        max_bytes in prop::option::of(30_u64..200),
        steps in prop::collection::vec((1_u64..6, kills()), 1..12),
    ) {
        let mut world = World::new(max_bytes);
        for (count, kill) in steps {
            world.step(count, kill);
            world.now += 1.second();
        }
        world.check();
    }
}
