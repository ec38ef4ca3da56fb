//! Tests of counts, against counting by hand.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::journal::StoredEvent;

const HOUR: i64 = 3_600;
/// The beginning of an hour.
const NOW: i64 = 500_000 * HOUR;
const JOURNAL: &str = "one";

#[derive(Clone, Debug)]
struct Made {
    at: i64,
    tenant: u8,
    kind: bool,
    application: Option<u8>,
    user: u8,
    failed: bool,
    outside: Option<bool>,
    revision: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let whose = (0..3u8, any::<bool>(), proptest::option::of(0..14u8), 0..15u8);
    let rest = (any::<bool>(), proptest::option::of(any::<bool>()), proptest::bool::weighted(0.1));
    (NOW - 40 * HOUR..NOW, whose, rest).prop_map(
        |(at, (tenant, kind, application, user), (failed, outside, revision))| Made {
            at,
            tenant,
            kind,
            application,
            user,
            failed,
            outside,
            revision,
        },
    )
}

fn kind(of: &Made) -> &'static str {
    if of.kind { "interactiveUser" } else { "servicePrincipal" }
}

fn event(sequence: u64, of: &Made) -> StoredEvent {
    let mut fields = json!({
        "time": of.at * 1_000 + 7,
        "tenant_id": format!("tenant-{}", of.tenant),
        "tenant_name": format!("Tenant {}", of.tenant),
        "sign_in_event_types": [kind(of)],
        "action": if of.failed { "Failed" } else { "Succeeded" },
        "user_name": format!("user{}@<script>\"", of.user),
        "unknown": {"deep": [1, 2]},
    });
    if let Some(application) = of.application {
        fields["application_name"] = json!(format!("App {application}"));
    }
    if let Some(outside) = of.outside {
        fields["out_of_band_access"] = json!(outside);
    }
    stored(sequence, u32::from(of.revision), &fields)
}

fn stored(sequence: u64, revision: u32, fields: &serde_json::Value) -> StoredEvent {
    StoredEvent {
        sequence,
        event_id: None,
        revision,
        timestamp: Some(Timestamp::UNIX_EPOCH),
        json: Bytes::from(fields.to_string()),
        raw: None,
        source: "entra".into(),
    }
}

fn open(directory: &Path) -> Activity {
    let store = Store::open(&directory.join("activity.db"), JOURNAL).unwrap();
    Activity { store: Arc::new(Mutex::new(store)) }
}

/// What the dashboard should say by one dimension: value to sign-ins, failed, tenants.
fn by_hand<'m>(
    made: impl Iterator<Item = &'m Made>,
    value: impl Fn(&Made) -> Option<String>,
) -> BTreeMap<String, (u64, u64, usize)> {
    let mut by: BTreeMap<String, (u64, u64, HashSet<u8>)> = BTreeMap::new();
    for of in made {
        if let Some(value) = value(of) {
            let (sign_ins, failed, tenants) = by.entry(value).or_default();
            *sign_ins += 1;
            *failed += u64::from(of.failed);
            tenants.insert(of.tenant);
        }
    }
    by.into_iter()
        .map(|(value, (sign_ins, failed, tenants))| (value, (sign_ins, failed, tenants.len())))
        .collect()
}

/// The rows of a table that are no sum of others must be those counted by hand, the largest of them; all together must be all.
fn compare(rows: &[Row], expected: &BTreeMap<String, (u64, u64, usize)>) {
    for row in rows.iter().filter(|row| row.value.is_some()) {
        let known = expected[row.value.as_ref().unwrap()];
        assert_eq!((row.sign_ins, row.failed, row.tenants), known, "{row:?}");
    }
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
    assert_eq!(sum(|row| row.sign_ins), expected.values().map(|count| count.0).sum::<u64>());
    assert_eq!(sum(|row| row.failed), expected.values().map(|count| count.1).sum::<u64>());
    assert_eq!(rows.len(), expected.len().min(11));
    let named: Vec<_> = rows.iter().filter(|row| row.value.is_some()).map(|row| row.sign_ins).collect();
    assert!(named.is_sorted_by(|a, b| a >= b), "{rows:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Scenario: any sign-ins of three tenants and two kinds over two days, some of them new revisions of known ones, counted in pieces with restarts in
    /// between; any hours, tenant and kind are asked for. Guarantee: every number is what counting by hand says; revisions do not count.
    #[test]
    fn numbers_are_those_counted_by_hand(
        made in proptest::collection::vec(made(), 0..300),
        piece in 1..80usize,
        (from, hours) in (0..45i64, 1..45i64),
        tenant in proptest::option::of(0..3u8),
        is_kind in proptest::option::of(any::<bool>()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let mut sequence = 0;
            for piece in made.chunks(piece) {
                let activity = open(directory.path());
                assert_eq!(activity.with(|store| store.position()).await.unwrap(), sequence);
                let events: Vec<_> = piece.iter().map(|of| event(sequence, of)).collect();
                sequence += events.len() as u64;
                activity.count(events, sequence).await.unwrap();
            }
            let from = NOW - 42 * HOUR + from * HOUR;
            let to = from + hours * HOUR;
            let kind_of = |is: bool| if is { "interactiveUser" } else { "servicePrincipal" };
            let query = Query {
                from: from + 5,
                to: to - 5,
                tenant: tenant.map(|tenant| format!("tenant-{tenant}")),
                kind: is_kind.map(|is| kind_of(is).to_owned()),
            };
            let dashboard = open(directory.path()).dashboard(query).await.unwrap();
            let wanted: Vec<_> = made
                .iter()
                .filter(|of| !of.revision && (from..to).contains(&of.at))
                .filter(|of| tenant.is_none_or(|tenant| tenant == of.tenant) && is_kind.is_none_or(|is| is == of.kind))
                .cloned()
                .collect();
            assert_eq!(dashboard.sign_ins, wanted.len() as u64);
            assert_eq!(dashboard.failed, wanted.iter().filter(|of| of.failed).count() as u64);
            let rows = |dimension| dashboard.by.get(&dimension).cloned().unwrap_or_default();
            let application = |of: &Made| of.application.map(|application| format!("App {application}"));
            compare(&rows(Dimension::Application), &by_hand(wanted.iter(), application));
            let user = |of: &Made| of.failed.then(|| format!("user{}@<script>\"", of.user));
            compare(&rows(Dimension::User), &by_hand(wanted.iter(), user));
            let outside = |of: &Made| of.outside.map(|outside| outside.to_string());
            compare(&rows(Dimension::OutsideCato), &by_hand(wanted.iter(), outside));
            for slot in &dashboard.over_time {
                let in_slot = |of: &&Made| (slot.from..slot.from + dashboard.slot_secs).contains(&of.at);
                assert_eq!(slot.sign_ins, wanted.iter().filter(in_slot).count() as u64, "{slot:?}");
            }
        });
    }
}

/// Scenario: the journal is another one; the file is of another version, is none, is cut. Guarantee: counting begins anew each time, and of the same journal it
/// goes on.
#[tokio::test]
async fn counts_of_another_journal_are_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("activity.db");
    let position = |journal: &str| Store::open(&file, journal).unwrap().position().unwrap();
    let count = async || open(directory.path()).count(Vec::new(), 7).await.unwrap();
    count().await;
    assert_eq!(position(JOURNAL), 7);
    assert_eq!(position("another"), 0);
    count().await;
    std::fs::write(&file, b"no database, whatever its name says, and long enough for one").unwrap();
    assert_eq!(position(JOURNAL), 0);
    count().await;
    drop(Store::open(&file, JOURNAL).unwrap());
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(position(JOURNAL), 0);
}

/// Scenario: events that are no sign-ins, broken ones, values of any length, more values in an hour than there is room for. Guarantee: the first do not
/// count; long values are cut at a letter; what finds no room counts with the others, and no sign-in is left out.
#[tokio::test]
async fn odd_events_do_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let activity = open(directory.path());
    let sign_in = |index: u64, name: &str| {
        let at = NOW * 1_000;
        stored(
            index,
            0,
            &json!({"time": at, "tenant_id": "t", "action": "Failed", "user_name": name, "application_name": "x"}),
        )
    };
    let mut events = vec![
        stored(1, 0, &json!({"event_type": "System", "time": NOW * 1_000, "tenant_id": "t"})),
        stored(2, 0, &json!({"time": "no number", "tenant_id": "t", "action": "Failed"})),
        StoredEvent { json: Bytes::from_static(b"{"), ..stored(3, 0, &json!({})) },
        sign_in(4, &"\u{e9}".repeat(500)),
    ];
    events.extend((5..1_505).map(|index| sign_in(index, &format!("user {index}"))));
    activity.count(events, 2_000).await.unwrap();
    let query = Query { from: NOW, to: NOW + 1, ..Query::default() };
    let dashboard = activity.dashboard(query).await.unwrap();
    assert_eq!((dashboard.sign_ins, dashboard.failed), (1_501, 1_501));
    let users = &dashboard.by[&Dimension::User];
    assert_eq!(users.iter().map(|row| row.failed).sum::<u64>(), 1_501);
    assert_eq!(users.last().unwrap().value, None);
    let rows: i64 = activity
        .with(|store| store.db.query_row("SELECT count(*) FROM value", [], |row| row.get(0)))
        .await
        .unwrap();
    assert!(rows <= 1_002, "{rows}");
}
