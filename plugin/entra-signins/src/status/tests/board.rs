//! What a board logs and reports.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use collector::health::{HealthReceiver, HealthReporter};
use jiff::Timestamp;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::*;
use crate::clock::Clock;

/// Counts lines of the log.
#[derive(Clone, Default)]
struct Lines {
    infos: Arc<AtomicUsize>,
    warnings: Arc<AtomicUsize>,
}

impl Lines {
    fn counts(&self) -> (usize, usize) {
        (self.infos.load(Ordering::Relaxed), self.warnings.load(Ordering::Relaxed))
    }
}

impl Subscriber for Lines {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        match *event.metadata().level() {
            Level::INFO => self.infos.fetch_add(1, Ordering::Relaxed),
            Level::WARN => self.warnings.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

fn board() -> (Board<&'static str>, HealthReceiver) {
    board_at(Clock::system())
}

fn board_at(clock: Clock) -> (Board<&'static str>, HealthReceiver) {
    let line = ConnectorLine {
        name: "contoso".to_owned(),
        application: "Microsoft Azure AD",
        parent: None,
        tenant_id: "contoso.example".to_owned(),
        tenant_name: None,
    };
    let (health, reports) = HealthReporter::channel();
    (Board::new(line, KINDS, health, clock), reports)
}

/// Scenario: a working connector fails three times while the machine's clock leaps ahead by an hour and back. Guarantee: minutes
/// that have not passed do not count; the report's times are the clock's.
#[tokio::test(start_paused = true)]
async fn a_leap_of_the_clock_is_no_lasting_failure() {
    let wall = Arc::new(AtomicI64::new(NOW));
    let seen = Arc::clone(&wall);
    let clock = Clock::simulated(move || Timestamp::from_second(seen.load(Ordering::Relaxed)).unwrap());
    let (board, reports) = board_at(clock);
    for kind in &KINDS {
        board.observe(kind, Observation::Answered);
    }
    for leap in [0, 3_600, 0] {
        wall.store(NOW + leap, Ordering::Relaxed);
        board.observe(&"interactiveUser", Observation::Passing(unreachable()));
        assert_eq!(reports.borrow()[0].reason, "ok");
    }
    wall.store(NOW + 7, Ordering::Relaxed);
    tokio::time::advance(Duration::from_mins(5)).await;
    board.observe(&"interactiveUser", Observation::Passing(unreachable()));
    let report = &reports.borrow()[0];
    assert_eq!((report.reason.as_str(), report.since.as_second()), ("graph_unreachable", NOW + 7));
    assert_eq!(report.last_success.map(Timestamp::as_second), Some(NOW));
}

/// Scenario: the name of a tenant becomes known, and then nothing happens. Guarantee: the name is reported all the same.
#[test]
fn a_tenant_is_named_at_once() {
    let (board, reports) = board();
    board.tenant("72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned(), Some("Contoso".to_owned()));
    let report = &reports.borrow()[0];
    assert_eq!(report.tenant_id, "72f988bf-86f1-41af-91ab-2d7cd011db47");
    assert_eq!(report.tenant_name.as_deref(), Some("Contoso"));
}

/// Scenario: a request is refused a hundred times, each time with another id in its words, and then works. Guarantee: one line
/// for the refusal and one for the recovery; the report has the newest words.
#[test]
fn a_refusal_that_repeats_is_logged_once() {
    let lines = Lines::default();
    let (board, reports) = board();
    tracing::subscriber::with_default(lines.clone(), || {
        for id in 0..100 {
            let message = format!("Refused (request id {id}).");
            let verdict = Verdict::error("bad_request", message, "Check the filter.");
            board.observe(&"interactiveUser", Observation::Refused(verdict));
        }
        assert_eq!(lines.counts(), (1, 0));
        assert_eq!(reports.borrow()[0].message, "Refused (request id 99).");
        for kind in KINDS.iter().rev() {
            board.observe(kind, Observation::Answered);
        }
        assert_eq!(lines.counts(), (2, 0));
    });
}

/// Scenario: twelve lanes go back again and again for the same reason, for twenty minutes, and one for another. Guarantee: each
/// reason is logged at once and then every ten minutes.
#[tokio::test(start_paused = true)]
async fn going_back_is_logged_now_and_then() {
    let lines = Lines::default();
    let (board, _reports) = board();
    let _logging = tracing::subscriber::set_default(lines.clone());
    for minute in 0..20 {
        for _lane in 0..12 {
            board.complain("not_delivered", "the host has not taken a batch");
        }
        if minute == 3 {
            board.complain("state_failed", "the disk is full");
        }
        tokio::time::advance(Duration::from_mins(1)).await;
    }
    assert_eq!(lines.counts(), (0, 3));
}
