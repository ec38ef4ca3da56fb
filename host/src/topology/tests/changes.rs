//! A new configuration while the program runs.

use std::time::Duration;

use super::{Ground, PATIENCE, one, sink, source};
use crate::topology::diff::{Changes, Diff};

/// Scenario: of two sources and two sinks, one each is changed; one source and one sink are new.
/// Guarantee: the changed ones run anew, the new ones run, the others were never touched.
#[tokio::test]
async fn only_what_changed_is_restarted() {
    let ground = Ground::new();
    let before = source("a", "steady") + &source("b", "steady") + &sink("of-a", "a") + &sink("of-b", "b");
    let mut topology = ground.start(&before).await.unwrap();
    ground.wait("both run", || (ground.runs("a"), ground.runs("b")) == (1, 1)).await;

    let sink_of_b = sink("of-b", "b").replace("of-b.ndjson", "new.ndjson");
    let after = source("a", "steady") + &source("b", "changed") + &source("c", "steady");
    let after = after + &sink("of-a", "a") + &sink_of_b + &sink("of-c", "c");
    topology.reload(ground.config(&after), PATIENCE).await;
    ground.wait("the new ones run", || (ground.runs("b"), ground.runs("c")) == (2, 1)).await;
    ground.wait("the new sinks write", || ground.lines("of-c.ndjson").len() == 1).await;
    ground.wait("the changed sink writes", || !ground.lines("new.ndjson").is_empty()).await;
    assert_eq!(ground.runs("a"), 1);
    assert_eq!(ground.overview.snapshot().sinks.len(), 3);
    assert!(topology.stop(PATIENCE).await);
}

/// Scenario: a changed sink goes on with another file.
/// Guarantee: every event is in the old file or in the new one, and in one alone.
#[tokio::test]
async fn a_changed_sink_goes_on_where_it_was() {
    let ground = Ground::new();
    let mut topology = ground.start(&one("steady")).await.unwrap();
    ground.wait("one line", || ground.lines("out.ndjson").len() == 1).await;
    let changed = one("steady").replace("out.ndjson", "new.ndjson");
    topology.reload(ground.config(&changed), PATIENCE).await;
    assert!(topology.stop(PATIENCE).await);
    assert_eq!(ground.lines("out.ndjson"), [r#"{"run":1}"#]);
    assert_eq!(ground.lines("new.ndjson"), [r#"{"last":true}"#]);
}

/// Scenario: a source and its sink are taken out.
/// Guarantee: the source is stopped in its order, and neither is shown any more.
#[tokio::test]
async fn what_is_taken_out_stops() {
    let ground = Ground::new();
    let both = one("steady") + &source("b", "steady") + &sink("of-b", "b");
    let mut topology = ground.start(&both).await.unwrap();
    ground.wait("it writes", || ground.lines("of-b.ndjson").len() == 1).await;
    topology.reload(ground.config(&one("steady")), PATIENCE).await;
    let shown = ground.overview.snapshot();
    assert_eq!((shown.sources.len(), shown.sinks.len()), (1, 1));
    assert!(topology.stop(PATIENCE).await);
    assert_eq!(ground.runs("b"), 1);
}

/// Scenario: a changed source does not stop, and the program is asked to stop while the reload waits for it.
/// Guarantee: the stop can begin at once, and ends within its own limit.
#[tokio::test]
async fn a_reload_can_be_left_for_a_stop() {
    let ground = Ground::new();
    let text = one("does not stop") + &source("b", "steady");
    let mut topology = ground.start(&text).await.unwrap();
    ground.wait("both run", || (ground.runs("a"), ground.runs("b")) == (1, 1)).await;
    let changed = ground.config(&(one("steady") + &source("b", "changed")));
    let reload = topology.reload(changed, Duration::from_hours(1));
    assert!(tokio::time::timeout(Duration::from_millis(100), reload).await.is_err());
    let stopped = tokio::time::timeout(PATIENCE, topology.stop(Duration::from_millis(100))).await;
    assert_eq!(stopped, Ok(false));
    assert_eq!((ground.runs("a"), ground.runs("b")), (1, 1));
}

/// Scenario: a source of the new configuration cannot be built.
/// Guarantee: it is shown as failed, and everything else goes on.
#[tokio::test]
async fn a_new_source_that_cannot_be_built_harms_nobody() {
    let ground = Ground::new();
    let mut topology = ground.start(&one("steady")).await.unwrap();
    ground.wait("it runs", || ground.runs("a") == 1).await;
    let more = one("steady") + &source("b", "cannot be built");
    topology.reload(ground.config(&more), PATIENCE).await;
    ground.shown("b has failed", |shown| shown.sources.iter().any(|source| source.trouble.is_some())).await;
    let shown = ground.overview.snapshot();
    assert_eq!(shown.sources[1].trouble.as_deref(), Some("cannot be built: as told"));
    assert_eq!((shown.sources[0].trouble.as_deref(), ground.runs("a")), (None, 1));
    assert!(topology.stop(PATIENCE).await);
}

/// Scenario: lines move, a proxy is set, the address and the data directory change.
/// Guarantee: moved lines change nothing, a proxy concerns every component, the last two wait for a restart.
#[test]
fn differences_are_found() {
    let ground = Ground::new();
    let config = |text: &str| ground.config(text);
    let before = config(&one("steady"));
    assert_eq!(Diff::of(&before, &config(&format!("\n\n# moved\n{}", one("steady")))), Diff::default());

    let all = || Changes { stop: vec!["a".into()], start: vec!["a".into()] };
    let proxied = Diff::of(&before, &config(&format!("proxy = 'http://127.0.0.1:3128'\n{}", one("steady"))));
    assert_eq!(proxied.sources, all());
    assert_eq!(proxied.sinks.stop, ["out".into()]);

    let moved = format!("data_dir = 'elsewhere'\n[api]\naddress = '127.0.0.1:1'\n{}", one("steady"));
    let fixed = Diff { fixed: vec!["data_dir", "api"], ..Diff::default() };
    assert_eq!(Diff::of(&before, &config(&moved)), fixed);
}
