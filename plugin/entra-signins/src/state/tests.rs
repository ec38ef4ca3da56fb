//! Tests of the state, on a real file.

use super::*;
use crate::collect::coverage::{Coverage, Read};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(7));
const STREAM: StreamKey = StreamKey { tenant: TENANT, kind: SignInEventType::InteractiveUser };

fn timed(number: u128, at: Second) -> TimedId {
    TimedId { id: EventId(Uuid::from_u128(number)), at }
}

fn position(store: &str, sequence: u64) -> Position {
    Position { store: store.to_owned(), sequence }
}

fn commit(coverage: &mut Coverage, from: Second, to: Second, ids: Vec<TimedId>, sequence: u64) -> Commit {
    let interval = Interval { from, to };
    coverage.record(Read { interval, at: to, new_ids: ids.len() as u64 });
    let spans = coverage.spans().to_vec();
    Commit {
        stream: STREAM,
        lane: Lane::Live,
        ids,
        read: Some(interval),
        spans,
        position: Some(position("a", sequence)),
    }
}

/// Scenario: a page is committed and the process starts again. Guarantee: ids, intervals, start and position are as they were.
#[tokio::test]
async fn what_was_committed_survives() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.db");
    let mut coverage = Coverage::default();
    {
        let state = State::open(&path).unwrap();
        assert!(state.is_fresh());
        state.begin(STREAM, Begun { start: 5, first_run: 90 }).await.unwrap();
        state.commit(commit(&mut coverage, 10, 100, vec![timed(1, 50)], 3)).await.unwrap();
    }
    let state = State::open(&path).unwrap();
    assert!(!state.is_fresh());
    let record = state.stream(STREAM).await.unwrap();
    assert_eq!(
        record,
        StreamRecord { begun: Some(Begun { start: 5, first_run: 90 }), spans: coverage.spans().to_vec() }
    );
    let asked = vec![timed(1, 50), timed(2, 50), timed(1, 7_200)];
    assert_eq!(state.delivered(TENANT, asked).await.unwrap(), [true, false, false]);
    assert_eq!(state.position().await.unwrap(), Some(position("a", 3)));
}

/// Scenario: the host's store is older than the state, then lost altogether. Guarantee: what it does not hold is unread and
/// unseen again, what it holds is not.
#[tokio::test]
async fn a_host_that_lost_something_gets_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(&dir.path().join("state.db")).unwrap();
    let mut coverage = Coverage::default();
    state.commit(commit(&mut coverage, 0, 3_600, vec![timed(1, 50)], 3)).await.unwrap();
    state.commit(commit(&mut coverage, 3_600, 7_200, vec![timed(2, 3_650)], 8)).await.unwrap();
    assert_eq!(state.reopen_after(Some(5)).await.unwrap(), 1);
    let known = state.delivered(TENANT, vec![timed(1, 50), timed(2, 3_650)]).await.unwrap();
    assert_eq!(known, [true, false]);
    let left = Coverage::from_spans(state.stream(STREAM).await.unwrap().spans);
    assert_eq!(left.gaps(Interval { from: 0, to: 7_200 }), [Interval { from: 3_600, to: 7_200 }]);
    state.reopen_after(None).await.unwrap();
    assert_eq!(state.stream(STREAM).await.unwrap().spans, []);
    assert_eq!(state.position().await.unwrap(), None);
}

/// Scenario: the lost part lies in the middle of one span. Guarantee: the span is cut, both ends stay read.
#[tokio::test]
async fn a_lost_middle_leaves_both_ends() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(&dir.path().join("state.db")).unwrap();
    let mut coverage = Coverage::default();
    coverage.record(Read { interval: Interval { from: 0, to: 1_000_000 }, at: 9_000_000, new_ids: 0 });
    state.commit(commit(&mut coverage, 500, 600, vec![], 9)).await.unwrap();
    state.reopen_after(Some(1)).await.unwrap();
    let left = Coverage::from_spans(state.stream(STREAM).await.unwrap().spans);
    assert_eq!(left.gaps(Interval { from: 0, to: 1_000_000 }), [Interval { from: 500, to: 600 }]);
}

/// Scenario: old hours are pruned. Guarantee: their ids are gone, newer ones stay.
#[tokio::test]
async fn old_hours_go_as_a_range() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(&dir.path().join("state.db")).unwrap();
    let mut coverage = Coverage::default();
    state.commit(commit(&mut coverage, 0, 9_000, vec![timed(1, 50), timed(2, 8_000)], 1)).await.unwrap();
    state.prune(7_200).await.unwrap();
    assert_eq!(state.delivered(TENANT, vec![timed(1, 50), timed(2, 8_000)]).await.unwrap(), [false, true]);
}

/// Scenario: a file of a later version, and one that is no database. Guarantee: both are refused with a way out, untouched.
#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let newer = dir.path().join("newer.db");
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(State::open(&newer).unwrap_err(), StateError::Newer { found: 99, .. }));
    let damaged = dir.path().join("damaged.db");
    std::fs::write(&damaged, vec![7u8; 8_192]).unwrap();
    assert!(matches!(State::open(&damaged).unwrap_err(), StateError::Damaged { .. }));
    assert_eq!(std::fs::read(&damaged).unwrap(), vec![7u8; 8_192]);
}

/// Scenario: many pages are committed at once. Guarantee: each is answered, all are kept.
#[tokio::test]
async fn commits_that_wait_together_are_kept_together() {
    let dir = tempfile::tempdir().unwrap();
    let state = State::open(&dir.path().join("state.db")).unwrap();
    let pages = (0..200u32).map(|page| {
        let ids = vec![timed(u128::from(page), 10)];
        let commit =
            Commit { stream: STREAM, lane: Lane::History, ids, read: None, spans: vec![], position: None };
        state.commit(commit)
    });
    for kept in futures::future::join_all(pages).await {
        kept.unwrap();
    }
    let asked: Vec<_> = (0..200u32).map(|page| timed(u128::from(page), 10)).collect();
    assert!(state.delivered(TENANT, asked).await.unwrap().into_iter().all(|known| known));
}
