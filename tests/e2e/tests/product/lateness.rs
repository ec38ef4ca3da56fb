//! Sign-ins that show minutes after they happened, in real time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graph_simulator::{Endpoint, KindMix, Lateness, NewSignIn, SignInKind, SimulatorConfig, TenantConfig};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::support::{Scene, assert_event, eventually, ids_in};

/// Found by the live edge, which reads its last two minutes again at each poll.
const SOON: Duration = Duration::from_secs(30);
/// Past the reach of the live edge, and before the seconds are read again at an age of five minutes.
const LATE: [i64; 3] = [220, 250, 280];

const KINDS: [SignInKind; 2] = [SignInKind::InteractiveUser, SignInKind::ServicePrincipal];

/// Scenario: sign-ins go on that show within half a minute; hundreds of the first minute show four or five minutes late and out
/// of order; some of its first seconds show only after these were read again; then the server's clock is a quarter of an hour
/// on. Guarantee: all arrive, none twice, with every field right; exactly the late ones count as late; reads of the live edge are
/// not held up by re-reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_shows_late_is_found_by_re_reads() {
    let tenant = TenantConfig {
        mix: KindMix { non_interactive_user: 0, managed_identity: 0, ..KindMix::default() },
        ..TenantConfig::new(Uuid::from_u128(91), "Contoso")
            .live(0.2)
            .lateness(Lateness::Uniform(Duration::ZERO, SOON))
    };
    let mut scene = Scene::new(SimulatorConfig::with_tenants([tenant])).await;
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let began = scene.simulator.now();
    scene.child = format!(
        "poll_interval_secs = 10\npage_size = 40\nstart = \"{began:.0}\"\n\
         sign_in_event_types = [\"interactiveUser\", \"servicePrincipal\"]\n"
    );
    let late = tenant.add_sign_ins(late_ones(began));
    let program = scene.run();

    eventually("re-reads find the late ones", async || {
        arrived(&scene).is_superset(&late.iter().cloned().collect())
    })
    .await;
    tenant.set_live_rate(0.0);
    eventually("the live edge has what shows soon", async || scene.is_complete()).await;
    let very_late = tenant.add_sign_ins(very_late_ones(began, scene.simulator.now()));
    scene.simulator.jump_clock(SignedDuration::from_mins(15));
    eventually("re-reads find the very late ones", async || scene.is_complete()).await;

    eventually("all acknowledgements are counted", async || {
        program.counters("Contoso-sign-ins").await["delivered"] == scene.truth().len()
    })
    .await;
    let counters = program.counters("Contoso-sign-ins").await;
    assert_eq!(counters["late"], late.len() + very_late.len(), "{counters:#}");
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    scene.assert_exact(&scene.delivered());
    for event in scene.delivered() {
        let (facts, record) = scene.origin(&event);
        assert_event(&event, &record, &facts);
    }
    assert_live_goes_first(&scene);
}

/// Forty seconds of sign-ins of each kind, five a second.
fn late_ones(began: Timestamp) -> Vec<NewSignIn> {
    let one = |(index, kind): (i64, SignInKind)| {
        let created = began + SignedDuration::from_millis(index * 200);
        let late = LATE[usize::try_from(index).unwrap() % LATE.len()];
        sign_in(kind, created, created + SignedDuration::from_secs(late))
    };
    (0..200).flat_map(|index| KINDS.map(|kind| (index, kind))).map(one).collect()
}

/// One of each kind in each of ten seconds, showing now.
fn very_late_ones(began: Timestamp, now: Timestamp) -> Vec<NewSignIn> {
    let one = |(second, kind)| sign_in(kind, began + SignedDuration::from_secs(second), now);
    (0..10).flat_map(|second| KINDS.map(|kind| (second, kind))).map(one).collect()
}

fn sign_in(kind: SignInKind, created: Timestamp, appears_at: Timestamp) -> NewSignIn {
    NewSignIn {
        created: Some(created),
        appears_at: Some(appears_at),
        kind: Some(kind),
        ..NewSignIn::default()
    }
}

fn arrived(scene: &Scene) -> BTreeSet<String> {
    ids_in(&scene.delivered()).into_iter().map(|(_, id)| id).collect()
}

/// Between two reads of the live edge of one kind, re-reads had no more than a few of the ten or more requests that they wanted.
fn assert_live_goes_first(scene: &Scene) {
    const FEW: usize = 6;
    let tenant = scene.simulator.tenant(&scene.tenants[0].id).unwrap();
    let mut edges: BTreeMap<SignInKind, Timestamp> = BTreeMap::new();
    let mut waited: BTreeMap<SignInKind, usize> = BTreeMap::new();
    let (mut live, mut re_reads) = (0, 0);
    for request in tenant.requests(Endpoint::SignIns) {
        let (kind, to) = window(&request.target);
        let edge = edges.entry(kind).or_insert(Timestamp::MIN);
        if to > *edge {
            *edge = to;
            live += 1;
            waited.insert(kind, 0);
        } else {
            re_reads += 1;
            for (kind, requests) in &mut waited {
                *requests += 1;
                assert!(*requests <= FEW, "the live edge of {kind} waits for more than {FEW} others");
            }
        }
    }
    assert!(live > 40 && re_reads > 20, "{live} reads of the live edge, {re_reads} others");
}

/// The kind and the last second that a list request asks for.
fn window(target: &str) -> (SignInKind, Timestamp) {
    let url = reqwest::Url::parse("http://graph/").unwrap().join(target).unwrap();
    let filter = url.query_pairs().find(|(name, _)| name == "$filter").unwrap().1.into_owned();
    let kind = filter.split("t eq '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let to = filter.split("createdDateTime le ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    (kind.parse().unwrap(), to.parse().unwrap())
}
