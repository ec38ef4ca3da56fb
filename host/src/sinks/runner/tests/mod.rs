//! Tests of the runner, with a receiver that follows a script and simulated time. What it does with events that are
//! refused is in `refused`.

mod refused;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collector::internal_event::ErrorType;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::encoding::EncodingConfig;
use crate::sinks::testing::{Handles, MemoryFeed, context, event, standing};
use crate::sinks::{SinkState, console};

/// A receiver in memory: it takes what it is told to.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    /// Answers before the rules below apply.
    first: VecDeque<Failure>,
    /// Sequences that it refuses.
    poison: BTreeSet<u64>,
    /// Most events at once.
    most: Option<usize>,
    /// Known to have, when asked at the opening.
    has: u64,
    /// How long it takes.
    delay: Duration,
    asked: Vec<Vec<u64>>,
    taken: Vec<u64>,
    times: Vec<Instant>,
}

impl Receiver {
    fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.lock().unwrap());
    }

    fn taken(&self) -> Vec<u64> {
        self.0.lock().unwrap().taken.clone()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        self.0.lock().unwrap().asked.clone()
    }
}

impl Delivery for Receiver {
    async fn open(&mut self, confirmed: u64) -> Result<u64, Failure> {
        Ok(self.0.lock().unwrap().has.max(confirmed))
    }

    async fn deliver(&mut self, events: &[EncodedEvent]) -> Result<Sent, Failure> {
        let delay = self.0.lock().unwrap().delay;
        sleep(delay).await;
        let mut script = self.0.lock().unwrap();
        let sequences: Vec<_> = events.iter().map(|event| event.sequence).collect();
        script.asked.push(sequences.clone());
        script.times.push(Instant::now());
        if let Some(failure) = script.first.pop_front() {
            return Err(failure);
        }
        if script.most.is_some_and(|most| events.len() > most) {
            return Err(Failure::TooLarge { reason: "too large".to_owned() });
        }
        if sequences.iter().any(|sequence| script.poison.contains(sequence)) {
            return Err(Failure::Refused { reason: "unreadable".to_owned() });
        }
        script.taken.extend(sequences);
        Ok(Sent { bytes: 1 })
    }
}

fn runner(feed: &Arc<MemoryFeed>, receiver: &Receiver, max_events: usize) -> (Runner<Receiver>, Handles) {
    let (cx, handles) =
        context(&console::DESCRIPTION, feed.clone(), std::path::Path::new("unused"), standing());
    let runner = Runner {
        delivery: receiver.clone(),
        encoder: Encoder::new(&EncodingConfig::default(), &cx.inputs),
        batch: BatchOptions { max_events, ..BatchOptions::default() },
        retry: RetryPolicy::default(),
        metrics: SinkMetrics::new(cx.labels(), &[]),
        cx,
    };
    (runner, handles)
}

fn temporary(after: Option<Duration>) -> Failure {
    Failure::Temporary { error_type: ErrorType::ConnectionFailed, reason: "no answer".to_owned(), after }
}

/// Scenario: more events than fit a batch, and a journal that closes. Guarantee: all are delivered in order, in
/// batches of the configured size, and confirmed.
#[tokio::test(start_paused = true)]
async fn events_are_delivered_in_order_and_confirmed() {
    let (feed, receiver) = (MemoryFeed::of((1..=5).map(event)), Receiver::default());
    let (runner, handles) = runner(&feed, &receiver, 2);
    runner.run().await;
    assert_eq!(receiver.asked(), [vec![1, 2], vec![3, 4], vec![5]]);
    assert_eq!(feed.confirmed(), 5);
    let report = handles.report.borrow().clone();
    assert_eq!((report.state, report.position), (SinkState::Stopped { reason: None }, 5));
}

/// Scenario: a batch that may hold 20 bytes, and events of 14. Guarantee: each goes alone, and an event larger than
/// a batch still goes.
#[tokio::test(start_paused = true)]
async fn batches_are_bounded_in_bytes() {
    let mut large = event(3);
    large.json = vec![b'x'; 100].into();
    let (feed, receiver) = (MemoryFeed::of([event(1), event(2), large, event(4)]), Receiver::default());
    let (mut runner, _handles) = runner(&feed, &receiver, 1000);
    runner.batch.max_bytes = 20;
    runner.run().await;
    assert_eq!(receiver.asked(), [[1], [2], [3], [4]]);
}

/// Scenario: one event, then silence. Guarantee: it does not wait for company longer than the batch's timeout.
#[tokio::test(start_paused = true)]
async fn a_lone_event_goes_when_the_timeout_is_over() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    let (runner, handles) = runner(&feed, &receiver, 1000);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push([event(1)]);
    sleep(Duration::from_millis(900)).await;
    assert!(receiver.taken().is_empty());
    feed.push([event(2)]);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(receiver.asked(), [[1, 2]]);
    handles.stop.asked.cancel();
    tasks.join_all().await;
}

/// Scenario: the receiver fails twice, then takes the batch. Guarantee: the same batch is repeated, nothing is
/// confirmed before, and the trouble is shown while it lasts.
#[tokio::test(start_paused = true)]
async fn a_failed_batch_is_tried_again_until_it_is_taken() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.first = [temporary(None), temporary(None)].into());
    let (runner, mut handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push([event(1)]);
    let failing =
        |state: &SinkState| matches!(state, SinkState::Retrying { attempts: 2, attention: false, .. });
    handles.report.wait_for(|report| failing(&report.state)).await.unwrap();
    assert_eq!(feed.confirmed(), 0);
    handles.report.wait_for(|report| report.position == 1).await.unwrap();
    assert_eq!(receiver.asked(), [[1], [1], [1]]);
    assert_eq!(handles.report.borrow().state, SinkState::Working);
    handles.stop.asked.cancel();
    tasks.join_all().await;
}

/// Scenario: a receiver answers for long with what should pass soon. Guarantee: in the end somebody is called, and nothing is
/// given up.
#[tokio::test(start_paused = true)]
async fn what_does_not_pass_calls_for_somebody() {
    let (feed, receiver) = (MemoryFeed::of([event(1)]), Receiver::default());
    receiver.script(|script| script.first = std::iter::repeat_n(temporary(None), 20).collect());
    let (runner, mut handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    let called = |state: &SinkState| matches!(state, SinkState::Retrying { attention: true, .. });
    handles.report.wait_for(|report| called(&report.state)).await.unwrap();
    tasks.join_all().await;
    assert_eq!(feed.confirmed(), 1);
}

/// Scenario: the journal cannot be read for a while. Guarantee: the sink shows it and calls for somebody; once it can be
/// read, it goes on and says so.
#[tokio::test(start_paused = true)]
async fn a_journal_that_cannot_be_read_is_shown() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    feed.fail_readings(2);
    let (runner, mut handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    let unreadable = |state: &SinkState| matches!(state, SinkState::Retrying { attention: true, reason, .. } if reason.contains("malformed"));
    handles.report.wait_for(|report| unreadable(&report.state)).await.unwrap();
    feed.push([event(1)]);
    handles.report.wait_for(|report| report.position == 1).await.unwrap();
    assert_eq!(handles.report.borrow().state, SinkState::Working);
    handles.stop.asked.cancel();
    tasks.join_all().await;
}

/// Scenario: the receiver asks for a pause of two minutes, longer than any wait of our own. Guarantee: it is kept.
#[tokio::test(start_paused = true)]
async fn a_pause_that_the_receiver_asks_for_is_kept() {
    let (feed, receiver) = (MemoryFeed::of([event(1)]), Receiver::default());
    receiver.script(|script| script.first = [temporary(Some(Duration::from_mins(2)))].into());
    runner(&feed, &receiver, 1).0.run().await;
    let times = receiver.0.lock().unwrap().times.clone();
    assert_eq!(times[1] - times[0], Duration::from_mins(2), "simulated time");
}

/// Scenario: the receiver's credentials are refused, then mended. Guarantee: nothing is skipped, waits are long and
/// the report asks for attention.
#[tokio::test(start_paused = true)]
async fn a_misconfigured_receiver_is_held_for() {
    let (feed, receiver) = (MemoryFeed::of([event(1)]), Receiver::default());
    let refused =
        Failure::Misconfigured { error_type: ErrorType::AuthenticationFailed, reason: "401".to_owned() };
    receiver.script(|script| script.first = [refused].into());
    let (runner, mut handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    let shown = |state: &SinkState| matches!(state, SinkState::Retrying { attention: true, .. });
    handles.report.wait_for(|report| shown(&report.state)).await.unwrap();
    tasks.join_all().await;
    let times = receiver.0.lock().unwrap().times.clone();
    assert!(times[1] - times[0] >= Duration::from_secs(5), "simulated time");
    assert_eq!((receiver.taken(), feed.aside()), (vec![1], vec![]));
}

/// Scenario: the receiver already has the next two events; the last confirmation was cut off. Guarantee: they are
/// confirmed and not sent again.
#[tokio::test(start_paused = true)]
async fn what_the_receiver_has_is_confirmed_and_not_repeated() {
    let (feed, receiver) = (MemoryFeed::of((3..=6).map(event)), Receiver::default());
    feed.at(2);
    receiver.script(|script| script.has = 4);
    runner(&feed, &receiver, 10).0.run().await;
    assert_eq!((receiver.taken(), feed.confirmed()), (vec![5, 6], 6));
}

/// Scenario: the journal cannot store a confirmation for a while. Guarantee: nothing is sent twice, and it is
/// confirmed in the end.
#[tokio::test(start_paused = true)]
async fn a_failed_confirmation_is_repeated_alone() {
    let (feed, receiver) = (MemoryFeed::of((1..=2).map(event)), Receiver::default());
    feed.fail_confirmations(3);
    runner(&feed, &receiver, 10).0.run().await;
    assert_eq!((receiver.taken(), feed.confirmed()), (vec![1, 2], 2));
}

/// Scenario: a slow receiver; asked to stop while one batch is in flight, others wait and one is being gathered.
/// Guarantee: the one in flight is confirmed, and nothing else is begun: it is safe in the journal.
#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_batch_in_flight_alone() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.delay = Duration::from_secs(10));
    let (runner, handles) = runner(&feed, &receiver, 2);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push((1..=7).map(event));
    sleep(Duration::from_secs(1)).await;
    handles.stop.asked.cancel();
    tasks.join_all().await;
    assert_eq!((receiver.asked(), feed.confirmed()), (vec![vec![1, 2]], 2));
}

/// Scenario: asked to stop while the batch in flight is found to be too large, or to hold an event that cannot be read.
/// Guarantee: its halves are not begun; what a half that was taken held is confirmed.
#[tokio::test(start_paused = true)]
async fn a_stop_begins_no_halves() {
    for (poison, most, asked, confirmed) in
        [(vec![], 3, vec![4], 0), (vec![4], 4, vec![4], 0), (vec![], 2, vec![4, 2], 2)]
    {
        let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
        receiver.script(|script| {
            script.delay = Duration::from_secs(10);
            script.poison = poison.into_iter().collect();
            script.most = Some(most);
        });
        let (runner, handles) = runner(&feed, &receiver, 4);
        let mut tasks = JoinSet::new();
        tasks.spawn(runner.run());
        feed.push((1..=4).map(event));
        sleep(Duration::from_secs(10 * asked.len() as u64 - 1)).await;
        handles.stop.asked.cancel();
        tasks.join_all().await;
        let sizes: Vec<_> = receiver.asked().iter().map(Vec::len).collect();
        assert_eq!((sizes, feed.confirmed()), (asked, confirmed));
    }
}

/// Scenario: asked to stop while a batch is being gathered and nothing is in flight. Guarantee: it is sent.
#[tokio::test(start_paused = true)]
async fn what_an_idle_sink_has_gathered_is_sent() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    let (mut runner, handles) = runner(&feed, &receiver, 2);
    runner.batch.timeout = Duration::from_hours(1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push([event(1)]);
    sleep(Duration::from_secs(1)).await;
    handles.stop.asked.cancel();
    tasks.join_all().await;
    assert_eq!((receiver.taken(), feed.confirmed()), (vec![1], 1));
}

/// Scenario: asked to end now, while the receiver does not answer. Guarantee: the sink ends and confirms nothing.
#[tokio::test(start_paused = true)]
async fn nothing_unanswered_is_confirmed_at_the_deadline() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.delay = Duration::from_hours(24));
    let (runner, handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push([event(1)]);
    sleep(Duration::from_secs(1)).await;
    handles.stop.now.cancel();
    timeout(Duration::from_secs(1), tasks.join_all()).await.expect("the sink ends at once");
    assert_eq!((receiver.taken(), feed.confirmed()), (vec![], 0));
}

/// Scenario: asked to stop while waiting for a receiver that is down. Guarantee: the sink ends without another try.
#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_a_receiver_that_is_down() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.first = [temporary(Some(Duration::from_mins(30)))].into());
    let (runner, handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push([event(1)]);
    sleep(Duration::from_secs(1)).await;
    handles.stop.asked.cancel();
    tasks.join_all().await;
    assert_eq!((receiver.asked().len(), feed.confirmed()), (1, 0));
}

/// Scenario: the receiver is gone for good. Guarantee: the sink ends and says why; nothing is confirmed.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_gone_ends_the_sink() {
    let (feed, receiver) = (MemoryFeed::of([event(1)]), Receiver::default());
    receiver.script(|script| script.first = [Failure::Gone { reason: "closed".to_owned() }].into());
    let (runner, handles) = runner(&feed, &receiver, 1);
    runner.run().await;
    let reason = Some("closed".to_owned());
    assert_eq!(handles.report.borrow().state, SinkState::Stopped { reason });
    assert_eq!(feed.confirmed(), 0);
}
