use collector::testing::{TestHost, run_and_assert_source_compliance};

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), BuildError> {
    // A mistake is a problem with its way out.
    let mistaken = serde_json::Map::from_iter([("interval".to_owned(), 5.into())]);
    let problems = (TICKS.configure)(&Table::from_json(mistaken)).unwrap_err();
    assert_eq!(problems.to_string(), "interval: unknown key; did you mean interval_ms?");

    let config = (TICKS.configure)(&Table::default())?;
    let host = TestHost::new(TICKS.name);
    let mut run = host.start(config.as_ref()).await?;
    run.stored(30).await;

    // The host refuses for two minutes; the source goes back and is not asked to.
    host.answer(BatchStatus::Rejected);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(run.controls.health.borrow()[0].status, ConnectorStatus::Error);
    host.answer(BatchStatus::Delivered);
    run.stored(60).await;
    assert_eq!(run.controls.health.borrow()[0].status, ConnectorStatus::Connected);
    run.stop().await;

    // The next start goes on where this one was.
    let mut run = host.start(config.as_ref()).await?;
    run.stored(100).await;
    run.stop().await;
    let ticks: Vec<_> = host.events().iter().filter_map(|event| event.get("tick")?.as_integer()).collect();
    assert!(ticks.iter().copied().eq(1..=100), "{ticks:?}");

    // Dashboards made for Vector's sources find what they look for.
    run_and_assert_source_compliance(config.as_ref(), TICKS.name, 10).await;
    Ok(())
}
