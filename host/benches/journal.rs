//! The journal as a source at Graph's ceiling sees it: batches of 1,000 events of 1.3 KB, each with its record of
//! 3.5 KB, from 100 tenants whose events happened at the same times.
//!
//! `cargo bench -p entra-signins-host --bench journal`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench ends where its input is wrong")]

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use collector::event::LogEvent;
use collector::sender::Output as _;
use divan::Bencher;
use divan::counter::ItemsCount;
use entra_signins_host::journal::{Journal, JournalOutput, Limits, Reader, ReaderOptions};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

const BATCH: u64 = 1000;
const BATCHES: u64 = 50;
const TENANTS: u64 = 100;
/// Batches that a source has in flight.
const IN_FLIGHT: usize = 4;

fn main() {
    divan::main();
}

/// Fifty batches from sending to the last acknowledgement.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn append(bencher: Bencher) {
    let place = Place::new();
    let mut round = 0;
    bencher
        .counter(ItemsCount::new(BATCH * BATCHES))
        .with_inputs(|| {
            round += 1;
            batches(round)
        })
        .bench_local_values(|batches| place.append(batches));
}

/// The same events read and confirmed by a sink, without or with their records.
#[divan::bench(args = [false, true], sample_count = 5, sample_size = 1)]
fn read(bencher: Bencher, raw: bool) {
    let place = Place::new();
    place.append(batches(1));
    let mut readers = 0;
    bencher
        .counter(ItemsCount::new(BATCH * BATCHES))
        .with_inputs(|| {
            readers += 1;
            place.reader(&format!("sink{readers}"), raw)
        })
        .bench_local_values(|reader| place.read(&reader));
}

struct Place {
    runtime: Runtime,
    journal: Journal,
    output: Arc<JournalOutput>,
    _dir: TempDir,
}

impl Place {
    fn new() -> Self {
        // Beside the build, since a temporary directory may be in memory.
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a bench runs in real time")]
        let clock = Arc::new(Timestamp::now);
        let open = Journal::open(dir.path(), Limits::default(), BTreeSet::new(), clock);
        let journal = runtime.block_on(open).unwrap();
        let output = journal.output(&"entra".into());
        Self { runtime, journal, output, _dir: dir }
    }

    fn append(&self, batches: Vec<Vec<LogEvent>>) {
        self.runtime.block_on(async {
            let mut acks = VecDeque::new();
            for batch in batches {
                acks.push_back(self.output.send(batch).await.unwrap());
                if acks.len() == IN_FLIGHT {
                    assert!(acks.pop_front().unwrap().await.position.is_some());
                }
            }
            for ack in acks {
                assert!(ack.await.position.is_some());
            }
        });
    }

    fn reader(&self, id: &str, raw: bool) -> Reader {
        let options = ReaderOptions { raw, ..ReaderOptions::default() };
        self.runtime.block_on(self.journal.reader(&id.into(), options)).unwrap()
    }

    fn read(&self, reader: &Reader) -> u64 {
        let newest = self.journal.position().sequence;
        self.runtime.block_on(async {
            let mut bytes = 0;
            while reader.position() < newest {
                let events = reader.next(1000, 1 << 20).await.unwrap().unwrap();
                bytes += events.iter().map(|event| event.json.len() as u64).sum::<u64>();
                reader.confirm(events[events.len() - 1].sequence).await.unwrap();
            }
            bytes
        })
    }
}

/// Each batch is of another tenant; the batches of a hundred tenants cover the same hour.
fn batches(round: u64) -> Vec<Vec<LogEvent>> {
    let mut rng = SmallRng::seed_from_u64(round);
    let batch = |number: u64| {
        let hour = (round * BATCHES + number) / TENANTS;
        (0..BATCH).map(|_| event(&mut rng, number, hour)).collect()
    };
    (0..BATCHES).map(batch).collect()
}

fn event(rng: &mut SmallRng, tenant: u64, hour: u64) -> LogEvent {
    let second = i64::try_from(hour * 3600).unwrap() + rng.random_range(0..3600);
    let time = Timestamp::from_second(1_700_000_000 + second).unwrap() + SignedDuration::from_millis(7);
    let mut uuid = || Uuid::from_u128(rng.random());
    let (id, correlation, user, device, application, resource) =
        (uuid(), uuid(), uuid(), uuid(), uuid(), uuid());
    let number: u32 = rng.random_range(0..20_000);
    let address = format!("203.0.{}.{}", number % 256, number % 199);
    let raw = record(&[id, correlation, user, device, application, resource], number, &address, time);
    let mut event = LogEvent::default();
    for (name, value) in [
        ("event_id", id.to_string()),
        ("correlation_id", correlation.to_string()),
        ("user_id", user.to_string()),
        ("device_id", device.to_string()),
        ("application_id", application.to_string()),
        ("resource_id", resource.to_string()),
        ("user_name", format!("user{number}@tenant{tenant}.example")),
        ("user_display_name", format!("User Number {number}")),
        ("src_ip", address),
        ("tenant_name", format!("Tenant {tenant}")),
    ] {
        event.insert(name, value);
    }
    for name in FIELDS {
        event.insert(*name, format!("{name} {}", number % 7));
    }
    event.insert("time", time);
    event.insert("event_count", 1);
    let metadata = event.metadata_mut();
    (metadata.source_event_id, metadata.timestamp, metadata.raw) = (Some(id), Some(time), Some(raw.into()));
    event
}

/// A record of Graph's shape and size.
fn record(ids: &[Uuid], number: u32, address: &str, time: Timestamp) -> Vec<u8> {
    let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
    let policies: Vec<_> = (0..8)
        .map(|policy| {
            serde_json::json!({
                "id": format!("{policy:08x}-0000-4000-8000-000000000000"),
                "displayName": format!("Require multifactor authentication for group {policy}"),
                "enforcedGrantControls": ["Mfa", "RequireCompliantDevice"],
                "enforcedSessionControls": ["SignInFrequency", "ContinuousAccessEvaluation"],
                "result": if (number + policy).is_multiple_of(3) { "notApplied" } else { "success" },
                "conditionsSatisfied": "application,users,devicePlatform",
            })
        })
        .collect();
    serde_json::to_vec(&serde_json::json!({
        "ids": ids, "createdDateTime": time.to_string(), "ipAddress": address, "number": number,
        "fields": FIELDS, "appliedConditionalAccessPolicies": policies,
        "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0",
    }))
    .unwrap()
}

const FIELDS: &[&str] = &[
    "event_type",
    "event_sub_type",
    "application",
    "application_type",
    "action",
    "auth_method",
    "browser_type",
    "client_class",
    "connector_name",
    "connector_type",
    "device_name",
    "device_type",
    "os_type",
    "os_version",
    "risk_level",
    "sign_in_event_types",
    "src_country",
    "src_city",
    "src_isp",
    "vendor",
    "is_managed",
    "is_compliant",
    "is_admin",
    "status",
];
