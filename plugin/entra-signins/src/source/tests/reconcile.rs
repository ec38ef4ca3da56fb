//! Comparing what Graph shows with what was delivered.

use std::collections::BTreeMap;
use std::sync::Arc;

use collector::reconcile::{ReconcileRequest, Reconciler, Slice};
use collector::slot::Slot;
use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::*;

const KINDS: usize = 4;

impl Scene {
    async fn comparable(&self) -> (TestRun, Arc<dyn Reconciler>) {
        let (context, controls) = self.host.context();
        let slot: Slot<dyn Reconciler> = context.reconciler.clone();
        let run = self.host.run(self.config.build(context).await.unwrap(), controls);
        reported(&run, "Microsoft Azure AD", |_| slot.get().is_some()).await;
        (run, slot.get().unwrap())
    }

    /// The hours from six to two ago.
    fn request(&self, repair: bool) -> ReconcileRequest {
        let ago = |hours| self.simulator.now() - SignedDuration::from_hours(hours);
        ReconcileRequest { from: ago(6), to: ago(2), connectors: Vec::new(), repair }
    }
}

async fn all(mut slices: mpsc::Receiver<Slice>) -> Vec<Slice> {
    let mut all = Vec::new();
    while let Some(slice) = slices.recv().await {
        all.push(slice);
    }
    all
}

async fn compare(reconciler: &Arc<dyn Reconciler>, request: ReconcileRequest) -> Vec<Slice> {
    let (sender, slices) = mpsc::channel(1);
    tokio::join!(reconciler.reconcile(request, sender), all(slices)).1
}

fn missing(slices: &[Slice]) -> u64 {
    slices.iter().map(|slice| slice.outcome.as_ref().unwrap().missing).sum()
}

/// Scenario: the source is asked to stop while it compares. Guarantee: what has not been compared by then is said, of every kind up to
/// the end, so that nobody takes a part for the whole.
#[tokio::test]
async fn a_comparison_that_is_cut_short_says_so() {
    let scene = Scene::new(vec![contoso(200)]).await;
    let (mut run, reconciler) = scene.comparable().await;
    run.stored(200).await;
    let request = scene.request(false);
    let (sender, mut slices) = mpsc::channel(1);
    let taking = async move {
        let first = slices.recv().await.unwrap();
        let (rest, ()) = tokio::join!(all(slices), run.stop());
        [vec![first], rest].concat()
    };
    let ((), slices) = tokio::join!(reconciler.reconcile(request.clone(), sender), taking);
    let mut ends = BTreeMap::new();
    for slice in slices {
        let earlier = ends.insert(slice.kind, (slice.to, slice.outcome.is_err()));
        assert!(earlier.is_none_or(|(end, failed)| end == slice.from && !failed), "{slice:?}");
    }
    assert_eq!(ends.len(), KINDS, "{ends:?}");
    let whole = |(end, _): &(jiff::Timestamp, bool)| end.as_second() == request.to.as_second();
    assert!(ends.values().all(whole) && ends.values().any(|(_, failed)| *failed), "{ends:?}");
}

/// Scenario: a connector cannot begin, since it lacks a permission. Guarantee: that nothing of it is compared is said of each kind.
#[tokio::test]
async fn what_is_not_read_is_not_left_out() {
    let scene = Scene::new(vec![contoso(10)]).await;
    scene.simulator.tenant(&TENANT).unwrap().set_roles(Vec::new());
    let (run, reconciler) = scene.comparable().await;
    let slices = compare(&reconciler, scene.request(false)).await;
    assert_eq!(slices.len(), KINDS, "{slices:?}");
    assert!(slices.iter().all(|slice| slice.outcome.is_err() && slice.tenant == TENANT.to_string()));
    drop(reconciler);
    run.stop().await;
}

/// Scenario: whoever asked looks once and then sleeps. Guarantee: the comparison goes on by itself, so that no request hangs half
/// answered with a place that others wait for.
#[tokio::test]
async fn a_comparison_waits_for_nobody_who_sleeps() {
    let scene = Scene::new(vec![contoso(200)]).await;
    let (mut run, reconciler) = scene.comparable().await;
    run.stored(200).await;
    let (sender, mut slices) = mpsc::channel(1);
    let mut asleep = reconciler.reconcile(scene.request(false), sender);
    assert!(futures::poll!(&mut asleep).is_pending());
    let first = tokio::time::timeout(Duration::from_mins(1), slices.recv()).await;
    assert!(first.unwrap().unwrap().outcome.is_ok());
    drop((asleep, slices));
    drop(reconciler);
    run.stop().await;
}

/// Scenario: nothing has been read yet, since the host takes nothing. Guarantee: what Graph shows is missing, and it is said to be
/// fetched without a repair, but it is no gap.
#[tokio::test]
async fn what_is_still_to_be_read_is_no_gap() {
    let scene = Scene::new(vec![contoso(500)]).await;
    scene.host.answer(BatchStatus::Errored);
    let (run, reconciler) = scene.comparable().await;
    reported(&run, "Microsoft Azure AD", |report| {
        report.counters.get("not_delivered").is_some_and(|n| *n > 4)
    })
    .await;
    let slices = compare(&reconciler, scene.request(false)).await;
    assert!(missing(&slices) > 0);
    let told =
        |slice: &Slice| slice.outcome.as_ref().is_ok_and(|found| found.is_repaired == (found.missing > 0));
    assert!(slices.iter().all(told));
    drop(reconciler);
    let mut health = run.controls.health.clone();
    run.stop().await;
    let reports = health.borrow_and_update().clone();
    assert!(
        reports.iter().all(|report| report.counters.get("gaps").is_none_or(|gaps| *gaps == 0)),
        "{reports:?}"
    );
}

/// Scenario: all was delivered, and the ids of old sign-ins had to be forgotten for want of room; a repair is asked for. Guarantee: what
/// was read counts as delivered, and does not come again.
#[tokio::test]
async fn forgotten_ids_are_no_gap() {
    let mut scene = Scene::new(vec![contoso(500)]).await;
    let mut run = scene.start().await;
    run.stored(500).await;
    reported(&run, "Microsoft Azure AD", |report| report.counters.get("delivered") == Some(&500)).await;
    run.stop().await;
    scene.config.dedupe_max_bytes = 0;
    let (run, reconciler) = scene.comparable().await;
    reported(&run, "Microsoft Azure AD", |report| {
        report.notes.iter().any(|note| note.contains("the oldest are forgotten"))
    })
    .await;
    let slices = compare(&reconciler, scene.request(true)).await;
    assert!(slices.iter().any(|slice| !slice.outcome.as_ref().unwrap().shown.is_empty()));
    assert_eq!(missing(&slices), 0);
    drop(reconciler);
    run.stop().await;
    assert_eq!(scene.host.events().len(), 500);
}
