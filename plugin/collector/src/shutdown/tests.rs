//! Tests of asking to stop and of knowing when it is done.

use futures::FutureExt;

use super::*;

/// Scenario: a source looks at its signal before, at and after the host's word. Guarantee: it waits until the word
/// comes and stays ready from then on, for a clone too, whenever it was made.
#[test]
fn once_ready_it_stays_ready() {
    let (trigger, mut signal) = ShutdownSignal::new_wired();
    let mut early = signal.clone();
    assert!((&mut signal).now_or_never().is_none());
    assert!(!signal.is_triggered());

    trigger.cancel();
    for _ in 0..3 {
        assert!((&mut signal).now_or_never().is_some());
        assert!((&mut early).now_or_never().is_some());
    }
    assert!(signal.is_triggered());
    assert!(signal.clone().now_or_never().is_some());
}

/// Scenario: a source awaits its signal in a task of its own. Guarantee: the host's word wakes it.
#[tokio::test]
async fn the_word_wakes_whoever_waits() {
    let (trigger, signal) = ShutdownSignal::new_wired();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(signal);
    tokio::task::yield_now().await;
    assert!(tasks.try_join_next().is_none());
    trigger.cancel();
    assert!(tasks.join_next().await.is_some_and(|ended| ended.is_ok()));
}

/// Scenario: a source holds its signal, a clone and a token, and drops them one by one. Guarantee: the host waits
/// for the last of them, and may ask again.
#[test]
fn finished_waits_for_the_last_holder() {
    let (mut trigger, signal) = ShutdownSignal::new_wired();
    let clone = signal.clone();
    trigger.cancel();
    let token = clone.now_or_never().unwrap();
    assert!(trigger.finished().now_or_never().is_none(), "signal and token are held");
    drop(signal);
    assert!(trigger.finished().now_or_never().is_none(), "the token is held");
    drop(token);
    assert!(trigger.finished().now_or_never().is_some());
    assert!(trigger.finished().now_or_never().is_some());
}

/// Scenario: a source ends by itself. Guarantee: the host knows without having asked.
#[test]
fn a_source_that_ends_by_itself_is_finished() {
    let (mut trigger, signal) = ShutdownSignal::new_wired();
    drop(signal);
    assert!(trigger.finished().now_or_never().is_some());
}

/// Scenario: there is no host. Guarantee: the signal does not come.
#[test]
fn a_noop_never_comes() {
    let mut signal = ShutdownSignal::noop();
    assert!((&mut signal).now_or_never().is_none());
    assert!(!signal.is_triggered());
}
