//! Events that the receiver refuses: found, set aside or held, and batches that are too large.

use proptest::prelude::*;

use super::*;

/// Scenario: two of eight events cannot be read, at the beginning and in the middle. Guarantee: both alone are set
/// aside with the receiver's reason, the others are delivered once and in order, and the position passes them all.
#[tokio::test(start_paused = true)]
async fn events_that_cannot_be_read_are_found_and_set_aside() {
    let (feed, receiver) = (MemoryFeed::of((1..=8).map(event)), Receiver::default());
    receiver.script(|script| script.poison = [1, 5].into());
    let (runner, handles) = runner(&feed, &receiver, 8);
    runner.run().await;
    assert_eq!(receiver.taken(), [2, 3, 4, 6, 7, 8]);
    assert_eq!(feed.aside(), [(1, "unreadable".to_owned()), (5, "unreadable".to_owned())]);
    assert_eq!(feed.confirmed(), 8);
    let report = handles.report.borrow().clone();
    assert_eq!((report.set_aside, report.last_set_aside_reason.as_deref()), (2, Some("unreadable")));
    assert_eq!((report.confirmed, report.position), (6, 8), "what is set aside is not confirmed");
}

/// Scenario: the receiver refuses every event of its first batches, and then its configuration is mended. Guarantee: nothing
/// is set aside, it is shown, and all is delivered in the end.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_refuses_everything_gets_everything_later() {
    let (feed, receiver) = (MemoryFeed::of((1..=4).map(event)), Receiver::default());
    receiver.script(|script| script.poison = (1..=4).collect());
    let (runner, mut handles) = runner(&feed, &receiver, 4);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    let shown = |state: &SinkState| matches!(state, SinkState::Retrying { attention: true, attempts: 3, .. });
    handles.report.wait_for(|report| shown(&report.state)).await.unwrap();
    assert_eq!((feed.confirmed(), feed.aside()), (0, vec![]));
    receiver.script(|script| script.poison.clear());
    tasks.join_all().await;
    assert_eq!((receiver.taken(), feed.aside()), (vec![1, 2, 3, 4], vec![]));
}

/// Scenario: the very first event is broken and alone; later another one comes. Guarantee: it is held until the newer
/// one shows that the receiver works, and set aside then.
#[tokio::test(start_paused = true)]
async fn a_newer_event_frees_a_broken_first_one() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.poison = [1].into());
    let (runner, mut handles) = runner(&feed, &receiver, 10);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push([event(1)]);
    let shown = |state: &SinkState| matches!(state, SinkState::Retrying { attention: true, .. });
    handles.report.wait_for(|report| shown(&report.state)).await.unwrap();
    assert!(feed.aside().is_empty());
    feed.push([event(2)]);
    handles.report.wait_for(|report| report.position == 2).await.unwrap();
    assert_eq!((receiver.taken(), feed.aside().len()), (vec![2], 1));
    handles.stop.asked.cancel();
    tasks.join_all().await;
}

/// Scenario: a receiver that has worked begins to refuse everything, one event at a time. Guarantee: a single event
/// is set aside on trust, the next one is held.
#[tokio::test(start_paused = true)]
async fn trust_in_a_receiver_is_good_for_one_lone_event() {
    let (feed, receiver) = (MemoryFeed::of((1..=4).map(event)), Receiver::default());
    receiver.script(|script| script.poison = [2, 3].into());
    let (runner, mut handles) = runner(&feed, &receiver, 1);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    let shown = |state: &SinkState| matches!(state, SinkState::Retrying { attention: true, .. });
    handles.report.wait_for(|report| shown(&report.state)).await.unwrap();
    assert_eq!((feed.confirmed(), feed.aside().len()), (2, 1));
    tasks.join_all().await;
    assert_eq!((receiver.taken(), feed.aside().len()), (vec![1, 4], 2), "the fourth event freed the third");
}

/// Scenario: a receiver takes at most three events at once. Guarantee: all arrive, in order, and later batches are
/// not tried in the size that is known to be too large.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_too_large_is_halved() {
    let (feed, receiver) = (MemoryFeed::of((1..=16).map(event)), Receiver::default());
    receiver.script(|script| script.most = Some(3));
    runner(&feed, &receiver, 8).0.run().await;
    assert_eq!(receiver.taken(), (1..=16).collect::<Vec<_>>());
    let second: Vec<_> = receiver.asked().into_iter().filter(|asked| asked[0] > 8).collect();
    assert!(second.iter().all(|asked| asked.len() <= 3), "{second:?}");
    assert_eq!((feed.confirmed(), feed.aside()), (16, vec![]));
}

/// Scenario: a receiver refuses everything for ten minutes, in which 10,000 events come. Guarantee: it is not asked for each
/// event, and once it is mended it has them all.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_refuses_everything_is_not_flooded() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.poison = (1..=10_000).collect());
    let (runner, _handles) = runner(&feed, &receiver, 1_000);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    for minute in 0..10 {
        feed.push((minute * 1_000 + 1..=(minute + 1) * 1_000).map(event));
        sleep(Duration::from_mins(1)).await;
    }
    assert!(receiver.asked().len() < 5_000, "{}", receiver.asked().len());
    receiver.script(|script| script.poison.clear());
    feed.close();
    tasks.join_all().await;
    assert_eq!((receiver.taken().len(), feed.aside().len(), feed.confirmed()), (10_000, 0, 10_000));
}

/// Scenario: a receiver that refuses everything is mended while a batch is being halved. Guarantee: what was refused before is
/// asked for again, and nothing is set aside.
#[tokio::test(start_paused = true)]
async fn a_receiver_mended_in_the_middle_gets_everything() {
    for mended_after in (0..400).step_by(10) {
        let (feed, receiver) = (MemoryFeed::of((1..=100).map(event)), Receiver::default());
        receiver.script(|script| {
            script.poison = (1..=100).collect();
            script.delay = Duration::from_millis(10);
        });
        let (runner, _handles) = runner(&feed, &receiver, 100);
        let mut tasks = JoinSet::new();
        tasks.spawn(runner.run());
        sleep(Duration::from_millis(mended_after)).await;
        receiver.script(|script| script.poison.clear());
        tasks.join_all().await;
        assert_eq!((receiver.taken().len(), feed.aside(), feed.confirmed()), (100, vec![], 100));
    }
}

/// Scenario: everything is too large for a while. Guarantee: later the receiver is tried with more and more again.
#[tokio::test(start_paused = true)]
async fn batches_grow_again_when_the_receiver_takes_more() {
    let (feed, receiver) = (Arc::new(MemoryFeed::default()), Receiver::default());
    receiver.script(|script| script.most = Some(0));
    let (runner, _handles) = runner(&feed, &receiver, 1_000);
    let mut tasks = JoinSet::new();
    tasks.spawn(runner.run());
    feed.push((1..=100).map(event));
    sleep(Duration::from_secs(30)).await;
    receiver.script(|script| script.most = None);
    feed.push((101..=3_000).map(event));
    feed.close();
    tasks.join_all().await;
    let largest =
        receiver.asked().into_iter().filter(|asked| asked[0] > 1_000).map(|asked| asked.len()).max();
    assert!(largest > Some(50), "{largest:?}");
    assert_eq!((receiver.taken().len(), feed.confirmed()), (3_000, 3_000));
}

/// Runs this future on a clock of its own.
fn simulated<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    /// Scenario: any events but the last are broken; the receiver takes only so many at once; batches are of any size; some
    /// requests fail. Guarantee: each event is delivered or set aside, exactly once, and the position ends at the last.
    #[test]
    fn each_event_is_delivered_or_set_aside_once(
        poison in prop::collection::btree_set(1_u64..30, 0..29),
        most in 1_usize..40,
        max_events in 1_usize..40,
        failures in 0_usize..5,
    ) {
        let (feed, receiver) = (MemoryFeed::of((1..=30).map(event)), Receiver::default());
        receiver.script(|script| {
            script.poison = poison.clone();
            script.most = Some(most);
            script.first = vec![temporary(None); failures].into();
        });
        simulated(runner(&feed, &receiver, max_events).0.run());
        let aside: BTreeSet<_> = feed.aside().into_iter().map(|(sequence, _)| sequence).collect();
        let mut taken = receiver.taken();
        taken.sort_unstable();
        prop_assert_eq!(taken, (1..=30).filter(|sequence| !poison.contains(sequence)).collect::<Vec<_>>());
        prop_assert_eq!(aside.len(), feed.aside().len());
        prop_assert_eq!(aside, poison);
        prop_assert_eq!(feed.confirmed(), 30);
    }
}
