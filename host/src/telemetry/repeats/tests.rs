//! Tests of repeated lines, in simulated time.

use std::io::Write;

use tokio::time::{advance, sleep};
use tracing::info_span;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::*;

/// What was written since it was last looked at.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Receives this thread's lines for as long as the guard lives.
    fn begin(repeats: &Repeats) -> (Self, DefaultGuard) {
        let log = Self::default();
        let lines = fmt::layer().with_writer(log.clone()).without_time().with_ansi(false).with_target(false);
        let guard = registry().with(lines.with_filter(repeats.clone())).set_default();
        (log, guard)
    }

    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Runs this while repeated lines are reported.
async fn reported(repeats: &Repeats, lines: impl Future<Output = ()>) {
    let stop = CancellationToken::new();
    let scenario = async {
        tokio::task::yield_now().await;
        lines.await;
        stop.cancel();
    };
    tokio::join!(repeats.report_until(stop.clone()), scenario);
}

fn fail(connector: &str, attempt: u64) {
    warn!(connector, attempt, error = %format!("request {attempt}"), "It fails.");
}

/// Scenario: a line comes five times in its window, with other numbers and errors each time, and again after it.
/// Guarantee: the first goes out, the window's end says that there were four more, and the next one goes out again.
#[tokio::test(start_paused = true)]
async fn a_line_goes_out_once_in_its_window() {
    let repeats = Repeats::default();
    let (log, _guard) = Log::begin(&repeats);
    reported(&repeats, async {
        for attempt in 1..=5 {
            fail("contoso", attempt);
            sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(log.lines(), [r#"WARN It fails. connector="contoso" attempt=1 error=request 1"#]);
        sleep(Duration::from_millis(7500)).await;
        let said = "WARN 4 more within 10 s, not shown: It fails. connector=contoso repeated=4";
        assert_eq!(log.lines(), [said]);
        fail("contoso", 6);
        assert_eq!(log.lines(), [r#"WARN It fails. connector="contoso" attempt=6 error=request 6"#]);
        sleep(WINDOW * 3).await;
        assert_eq!(log.lines(), [""; 0], "one line alone needs no word");
    })
    .await;
}

/// Scenario: the same call by two components, for two connectors, and another call with the same words.
/// Guarantee: none hides another; what is said at the end names the component.
#[tokio::test(start_paused = true)]
async fn different_lines_hide_nothing() {
    let repeats = Repeats::default();
    let (log, _guard) = Log::begin(&repeats);
    reported(&repeats, async {
        for id in ["a", "b"] {
            info_span!("source", component_id = %id).in_scope(|| {
                fail("contoso", 1);
                fail("fabrikam", 1);
                info_span!("inner").in_scope(|| fail("contoso", 2));
                warn!(connector = "contoso", "It fails.");
            });
        }
        assert_eq!(log.lines().len(), 6);
        sleep(WINDOW * 2).await;
        let mut said = log.lines();
        said.sort();
        let line = |id: &str| {
            format!(
                "WARN 1 more within 10 s, not shown: It fails. connector=contoso component_id={id} repeated=1"
            )
        };
        assert_eq!(said, [line("a"), line("b")]);
    })
    .await;
}

/// Scenario: lines repeat while nobody would report them, and the program stops in the middle of a window.
/// Guarantee: the former all go out; of the latter the stop says how many were kept back, and nothing is any more.
#[tokio::test(start_paused = true)]
async fn nothing_is_kept_back_unsaid() {
    let repeats = Repeats::default();
    let (log, _guard) = Log::begin(&repeats);
    fail("contoso", 1);
    fail("contoso", 2);
    assert_eq!(log.lines().len(), 2);
    reported(&repeats, async {
        (0..3).for_each(|attempt| fail("contoso", attempt));
        advance(Duration::from_millis(10)).await;
        assert_eq!(log.lines().len(), 1);
    })
    .await;
    let said = log.lines();
    assert!(said.len() == 1 && said[0].contains("repeated=2"), "{said:?}");
    fail("contoso", 1);
    fail("contoso", 2);
    assert_eq!(log.lines().len(), 2);
}

/// Scenario: more different lines than are remembered, twice each.
/// Guarantee: those beyond go out both times; memory stays bounded.
#[tokio::test(start_paused = true)]
async fn what_is_not_remembered_goes_out() {
    let repeats = Repeats::default();
    let (log, _guard) = Log::begin(&repeats);
    reported(&repeats, async {
        for _ in 0..2 {
            (0..MOST + 10).for_each(|number| fail(&number.to_string(), 1));
        }
        assert_eq!(log.lines().len(), MOST + 20);
    })
    .await;
}
