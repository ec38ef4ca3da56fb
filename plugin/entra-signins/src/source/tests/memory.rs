//! Tests of what the source remembers over restarts and re-reads.

use super::*;

/// Scenario: the host's store is set back between two runs, and others move it on past where it was. Guarantee: what it lost is
/// delivered again.
#[tokio::test]
async fn a_store_that_was_set_back_is_filled_again() {
    let scene = Scene::with(SimulatorConfig::with_tenants([contoso(600)]), "page_size = 100").await;
    let mut run = scene.start().await;
    run.stored(600).await;
    run.stop().await;
    scene.host.roll_back(2);
    scene.host.advance(1_000);
    let mut run = scene.start().await;
    run.stored(600).await;
    run.stop().await;
    let mut delivered = scene.delivered(TENANT);
    delivered.dedup();
    assert_eq!(delivered, scene.truth(TENANT));
}

/// Scenario: a source that begins with what happens now has run; sign-ins happen while it is stopped, and its state is lost. Guarantee:
/// they are delivered all the same, and the board says what is read again.
#[tokio::test]
async fn a_lost_state_leaves_no_gap() {
    let scene = Scene::with(SimulatorConfig::with_tenants([contoso(0).live(5.0)]), "start = 'now'").await;
    let mut run = scene.start().await;
    run.stored(5).await;
    run.stop().await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    tenant.set_live_rate(0.0);
    std::fs::remove_file(scene.host.data_dir().join("default/state.db")).unwrap();
    let run = scene.start().await;
    let again = |report: &ConnectorReport| report.notes.iter().any(|note| note.contains("read again"));
    reported(&run, "Microsoft Azure AD", again).await;
    let owed = scene.truth(TENANT);
    let all = |delivered: &[String]| owed.iter().all(|id| delivered.contains(id));
    tokio::time::timeout(Duration::from_secs(30), async {
        while !all(&scene.delivered(TENANT)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    run.stop().await;
}

/// Scenario: a connector's filter is removed between two runs, then changed to one that keeps nothing out. Guarantee: what it had
/// kept out is read, what was delivered is read again but not sent again, and the board says so.
#[tokio::test]
async fn another_filter_reads_again_and_repeats_nothing() {
    let tenants = SimulatorConfig::with_tenants([contoso(400)]);
    let mut scene = Scene::with(tenants, "filter = \"appDisplayName eq 'none'\"").await;
    let counted =
        |report: &ConnectorReport, counter, least| report.counters.get(counter).is_some_and(|n| *n >= least);
    let application = "Microsoft Azure AD";
    let run = scene.start().await;
    reported(&run, application, |report| counted(report, "requests", 40)).await;
    run.stop().await;
    assert_eq!(scene.host.events().len(), 0);
    for (filter, counter) in [(None, "delivered"), (Some("appDisplayName ne 'none'"), "repeated")] {
        scene.config.microsoft_365[0].azure_ad[0].filter = filter.map(str::to_owned);
        let run = scene.start().await;
        let child = reported(&run, application, |report| counted(report, counter, 400)).await;
        assert!(child.notes.iter().any(|note| note.contains("filter has changed")), "{:?}", child.notes);
        run.stop().await;
        assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
    }
}

/// Lets Microsoft change one of the sign-ins that were delivered, which is then read again and again, and stops when all is
/// delivered, with so many updates.
async fn change_one(scene: &Scene, updates: usize) -> String {
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    let mut run = scene.start().await;
    run.stored(3).await;
    let change = serde_json::json!({"appDisplayName": "Renamed"});
    let delivered = scene.delivered(TENANT);
    let event_id = |id: &str| EventId::of(TenantId(TENANT), id).to_string();
    let mut truth = tenant.truth().into_iter();
    let changed = truth.find(|sign_in| delivered.contains(&event_id(&sign_in.id))).unwrap();
    assert!(tenant.change_sign_in(&changed.id, None, change.as_object().unwrap().clone()));
    let counted =
        |report: &ConnectorReport, counter| report.counters.get(counter).copied().unwrap_or_default();
    let application = "Microsoft Azure AD";
    let first = reported(&run, application, |report| counted(report, "changed") > 0).await;
    let later =
        reported(&run, application, |report| counted(report, "repeated") > counted(&first, "repeated") + 20)
            .await;
    assert_eq!(counted(&later, "changed"), 1);
    tenant.set_live_rate(0.0);
    run.stored(scene.truth(TENANT).len() + updates).await;
    run.stop().await;
    event_id(&changed.id)
}

/// Scenario: Microsoft changes a sign-in after it was delivered. Guarantee: the change is counted once, however often it is read
/// again, and nothing is sent twice.
#[tokio::test]
async fn a_changed_sign_in_is_counted_and_not_sent_again() {
    let scene = Scene::new(vec![contoso(0).live(5.0)]).await;
    change_one(&scene, 0).await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}

/// Scenario: the same, and updates are wanted. Guarantee: the changed sign-in comes once more, as another revision of its event,
/// with what it shows now; everything else comes once.
#[tokio::test]
async fn a_changed_sign_in_is_sent_again_if_that_is_wanted() {
    let tenants = SimulatorConfig::with_tenants([contoso(0).live(5.0)]);
    let scene = Scene::with(tenants, "emit_updates = true").await;
    let changed = change_one(&scene, 1).await;
    let mut delivered = scene.delivered(TENANT);
    assert_eq!(delivered.len(), scene.truth(TENANT).len() + 1);
    delivered.dedup();
    assert_eq!(delivered, scene.truth(TENANT));
    let events = scene.host.events();
    let mut versions = events.iter().filter(|event| text(event, "event_id") == changed);
    let (first, second) = (versions.next().unwrap(), versions.next().unwrap());
    assert!(first.metadata().revision == 0 && second.metadata().revision > 0);
    assert_ne!(text(first, "application_name"), "Renamed");
    assert_eq!(text(second, "application_name"), "Renamed");
}

/// Scenario: ids of a day of sign-ins have no room, and later everything is to be read again. Guarantee: what is forgotten is not
/// read any more, so that nothing is sent twice, and the board says so.
#[tokio::test]
async fn what_is_forgotten_is_not_read_again() {
    let mut scene = Scene::new(vec![contoso(400)]).await;
    let mut run = scene.start().await;
    run.stored(400).await;
    run.stop().await;
    scene.config.dedupe_max_bytes = 0;
    let application = "Microsoft Azure AD";
    let run = scene.start().await;
    reported(&run, application, |report| report.notes.iter().any(|note| note.contains("dedupe.max_bytes")))
        .await;
    run.stop().await;
    scene.config.microsoft_365[0].azure_ad[0].filter = Some("appDisplayName ne 'none'".to_owned());
    let run = scene.start().await;
    let counted =
        |report: &ConnectorReport, counter| report.counters.get(counter).copied().unwrap_or_default();
    reported(&run, application, |report| counted(report, "requests") > 40).await;
    run.stop().await;
    assert_eq!(scene.delivered(TENANT), scene.truth(TENANT));
}
