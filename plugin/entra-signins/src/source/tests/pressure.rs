//! Tests of a host that is slow, and of one that goes away.

use collector::sender::SourceSender;
use collector::testing::{HeldBatch, TestControls};
use graph_simulator::{Endpoint, Fault, FaultKind};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::*;

/// How long what should happen may take.
const SOON: Duration = Duration::from_secs(30);

/// A source whose batches the test holds in its hands.
struct Held {
    source: JoinSet<Result<(), ()>>,
    batches: mpsc::Receiver<HeldBatch>,
    controls: TestControls,
}

async fn held(scene: &Scene, room: usize) -> Held {
    let (out, batches) = SourceSender::new_test_by_hand(room);
    let (context, controls) = SourceContext::new_test(out);
    let mut source = JoinSet::new();
    source.spawn(scene.config.build(context).await.unwrap());
    Held { source, batches, controls }
}

/// The next batch; `None` once nobody can send any more.
async fn next(batches: &mut mpsc::Receiver<HeldBatch>) -> Option<HeldBatch> {
    tokio::time::timeout(SOON, batches.recv()).await.expect("somebody still holds a sender")
}

/// Lets the source read until its lanes wait for acknowledgements: live reads are delivered, the others stay in the test's hands.
async fn fill(held: &mut Held) -> Vec<HeldBatch> {
    let mut kept = Vec::new();
    while kept.len() < 4 {
        let batch = next(&mut held.batches).await.expect("it reads");
        if batch.events.len() < 100 { batch.settle(BatchStatus::Delivered) } else { kept.push(batch) }
    }
    kept
}

/// Scenario: the source is asked to stop while its lanes wait for acknowledgements. Guarantee: everybody lets go of the sender at
/// once, so that the host can flush; the source ends when the acknowledgements have come, and they count.
#[tokio::test]
async fn nobody_holds_a_sender_while_awaiting_acknowledgements() {
    let scene = Scene::with(SimulatorConfig::with_tenants([contoso(6_000)]), "page_size = 100").await;
    let mut held = held(&scene, 100).await;
    let kept = fill(&mut held).await;
    held.controls.shutdown.cancel();
    let mut rest = kept;
    while let Some(batch) = next(&mut held.batches).await {
        rest.push(batch);
    }
    assert!(held.source.try_join_next().is_none(), "it has not waited for acknowledgements");
    for batch in rest {
        batch.settle(BatchStatus::Delivered);
    }
    let ended = tokio::time::timeout(SOON, held.source.join_next()).await.expect("it ends");
    assert!(matches!(ended, Some(Ok(Ok(())))));
}

/// Scenario: the host gives up on the source and drops its future while lanes wait for acknowledgements that never come. Guarantee:
/// no lane outlives it.
#[tokio::test]
async fn no_lane_outlives_a_source_that_is_dropped() {
    let scene = Scene::with(SimulatorConfig::with_tenants([contoso(6_000)]), "page_size = 100").await;
    let mut held = held(&scene, 100).await;
    let kept = fill(&mut held).await;
    held.source.shutdown().await;
    while next(&mut held.batches).await.is_some() {}
    assert!(kept.iter().all(HeldBatch::is_forgotten), "somebody still waits for acknowledgements");
}

fn eight_tenants(sign_ins: usize) -> Vec<TenantConfig> {
    let tenant = |number| TenantConfig::new(Uuid::from_u128(number), &format!("Tenant {number}"));
    (1..=8).map(|number| tenant(number).history(sign_ins, 4 * HOUR)).collect()
}

impl Held {
    /// A count, over all connectors, as it was last reported.
    fn count(&self, counter: &str) -> u64 {
        self.controls.health.borrow().iter().filter_map(|report| report.counters.get(counter)).sum()
    }

    async fn count_reaches(&self, counter: &str, least: u64) {
        while self.count(counter) < least {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Scenario: the host takes nothing more while many streams have pages for it, of one record each. Guarantee: no more pages are
/// taken in than there is room for in memory; when the host goes on, everything is delivered.
#[tokio::test]
async fn a_slow_host_bounds_the_pages_in_memory() {
    let scene = Scene::with(SimulatorConfig::with_tenants(eight_tenants(40)), "page_size = 1").await;
    let mut held = held(&scene, 1).await;
    // One batch lies with the host.
    let most = shared::PAGES_IN_MEMORY as u64 + 1;
    held.count_reaches("fetched", most).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(held.count("fetched"), most);
    let mut delivered = 0;
    while delivered < 8 * 40 {
        let batch = next(&mut held.batches).await.expect("it goes on");
        delivered += batch.events.len();
        batch.settle(BatchStatus::Delivered);
    }
    assert_eq!(delivered, 8 * 40);
}

/// Scenario: Graph takes long for every answer, and more streams ask than there is room for pages. Guarantee: all of them ask
/// before the first is answered.
#[tokio::test]
async fn slow_answers_keep_nobody_from_asking() {
    let scene = Scene::new(eight_tenants(40)).await;
    let slow = Fault::new(FaultKind::Delay { millis: 60_000 }).on(Endpoint::SignIns).always();
    for tenant in scene.simulator.tenants() {
        tenant.inject(slow.clone());
    }
    let held = held(&scene, 1).await;
    let streams = 8 * 4;
    assert!(streams > shared::PAGES_IN_MEMORY as u64);
    held.count_reaches("requests", streams).await;
    assert_eq!(held.count("fetched"), 0);
}
