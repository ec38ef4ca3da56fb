//! Tests of the state, on a real file.

use std::collections::BTreeMap;

use super::*;
use crate::coverage::{Coverage, Interval, Read};
use uuid::Uuid;

mod earlier;
mod torn;

const TENANT: TenantId = TenantId(Uuid::from_u128(7));
const STREAM: StreamKey = StreamKey { tenant: TENANT, kind: SignInEventType::InteractiveUser };

fn timed(number: u128, at: Second) -> TimedId {
    TimedId { id: EventId(Uuid::from_u128(number)), at }
}

/// The same as delivered, showing what never changes here.
fn delivered(ids: Vec<TimedId>) -> Vec<Delivered> {
    ids.into_iter().map(|id| Delivered { id, version: Version::first(7) }).collect()
}

async fn known(state: &State, ids: Vec<TimedId>) -> Vec<bool> {
    let known = state.delivered(TENANT, ids).await.unwrap();
    known.versions.into_iter().map(|shown| shown.is_some()).collect()
}

fn position(store: &str, sequence: u64) -> Position {
    Position { store: store.to_owned(), sequence }
}

fn begun(start: Second, filter: &[u8]) -> Begun {
    let terms = Terms { start: "now".to_owned(), filter: Some(filter.to_vec()) };
    Begun { start, first_run: 90, terms }
}

fn commit(coverage: &mut Coverage, from: Second, to: Second, ids: Vec<TimedId>, sequence: u64) -> Commit {
    let interval = Interval { from, to };
    coverage.record(Read { interval, at: to, new_ids: ids.len() as u64 });
    Commit {
        stream: STREAM,
        ids: delivered(ids),
        changed: vec![],
        lateness: None,
        accounts: BTreeMap::new(),
        spans: Some(coverage.spans().to_vec()),
        position: Some(position("a", sequence)),
    }
}

/// A page of a window that is not yet read whole.
fn partial(ids: Vec<TimedId>, sequence: u64) -> Commit {
    Commit {
        stream: STREAM,
        ids: delivered(ids),
        changed: vec![],
        lateness: None,
        accounts: BTreeMap::new(),
        spans: None,
        position: Some(position("a", sequence)),
    }
}

fn open(dir: &tempfile::TempDir) -> State {
    State::open(&dir.path().join("state.db")).unwrap()
}

async fn unread(state: &State, from: Second, to: Second) -> Vec<Interval> {
    let coverage = Coverage::from_spans(state.stream(STREAM).await.unwrap().spans);
    coverage.gaps(Interval { from, to })
}

/// Forgets ids until there is nothing more to forget; how many, and since when ids are known if there was no room.
async fn forget(state: &State, before: Option<Second>, most: u64) -> (u64, Option<Second>) {
    let (mut ids, mut known_from) = (0, None);
    loop {
        let forgotten = state.forget_oldest(before, most).await.unwrap();
        ids += forgotten.ids;
        known_from = known_from.max(forgotten.for_room.get(&TENANT).copied());
        if !forgotten.more {
            return (ids, known_from);
        }
    }
}

/// Scenario: a page is committed and the process starts again. Guarantee: ids, intervals, start, position and lateness are as they were.
#[tokio::test]
async fn what_was_committed_survives() {
    let dir = tempfile::tempdir().unwrap();
    let (mut coverage, mut lateness) = (Coverage::default(), Lateness::default());
    {
        let state = open(&dir);
        state.begin(STREAM, begun(5, b"f"), false).await.unwrap();
        state.commit(commit(&mut coverage, 10, 100, vec![timed(1, 50)], 3)).await.unwrap();
        for secs in [40, 50, 4_000] {
            lateness.add(secs);
            state.commit(Commit { lateness: Some(lateness), ..partial(vec![], 3) }).await.unwrap();
        }
    }
    let state = open(&dir);
    let record = state.stream(STREAM).await.unwrap();
    let (begun, spans) = (Some(begun(5, b"f")), coverage.spans().to_vec());
    let expected = StreamRecord { begun, spans, known_from: None, lateness };
    assert_eq!(record, expected);
    let asked = vec![timed(1, 50), timed(2, 50), timed(1, 7_200)];
    assert_eq!(known(&state, asked).await, [true, false, false]);
    assert_eq!(state.position().await.unwrap(), Some(position("a", 3)));
}

/// Scenario: pages of two streams are acknowledged, two of them in the same hour, and the process starts again; later their hours are long
/// gone. Guarantee: each stream's hours have their sums, and old accounts are closed.
#[tokio::test]
async fn accounts_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let page = |stream, hour, delivered| {
        let account = Account { fetched: delivered + 1, delivered, reads: 1, ..Account::default() };
        Commit { accounts: BTreeMap::from([(hour, account)]), ..Commit::nothing(stream) }
    };
    let other = StreamKey { kind: SignInEventType::ManagedIdentity, ..STREAM };
    {
        let state = open(&dir);
        for commit in [page(STREAM, 500, 2), page(STREAM, 500, 3), page(STREAM, 501, 4), page(other, 500, 5)]
        {
            state.commit(commit).await.unwrap();
        }
    }
    let state = open(&dir);
    let sums = async |stream, hours| {
        let accounts = state.accounts(stream, hours).await.unwrap();
        accounts.into_iter().map(|(hour, a)| (hour, a.fetched, a.delivered, a.reads)).collect::<Vec<_>>()
    };
    assert_eq!(sums(STREAM, (500, 502)).await, [(500, 7, 5, 2), (501, 5, 4, 1)]);
    assert_eq!(sums(STREAM, (500, 501)).await, [(500, 7, 5, 2)]);
    assert_eq!(sums(other, (0, 1_000)).await, [(500, 6, 5, 1)]);
    state.forget_oldest(Some((501 + 72) * 3_600), u64::MAX).await.unwrap();
    assert_eq!(sums(STREAM, (0, 1_000)).await, [(501, 5, 4, 1)]);
}

/// Scenario: a stream begins anew. Guarantee: nothing of it counts as read, and its ids are known as before.
#[tokio::test]
async fn what_begins_anew_keeps_its_ids() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    state.commit(commit(&mut Coverage::default(), 10, 100, vec![timed(1, 50)], 3)).await.unwrap();
    state.begin(STREAM, begun(0, b"g"), true).await.unwrap();
    let expected = StreamRecord { begun: Some(begun(0, b"g")), ..StreamRecord::default() };
    assert_eq!(state.stream(STREAM).await.unwrap(), expected);
    assert_eq!(known(&state, vec![timed(1, 50)]).await, [true]);
}

/// Scenario: Microsoft changes sign-ins after they were delivered. Guarantee: what each showed last is known, and a change makes
/// nothing new of it.
#[tokio::test]
async fn what_a_sign_in_showed_last_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    state.commit(partial(vec![timed(1, 50), timed(2, 60)], 1)).await.unwrap();
    let version = Version { shown: u64::MAX, changes: u16::MAX };
    let changed = [timed(2, 60), timed(3, 70)].map(|id| Delivered { id, version }).to_vec();
    state.commit(Commit { changed, ..partial(vec![], 2) }).await.unwrap();
    let known = state.delivered(TENANT, vec![timed(1, 50), timed(2, 60), timed(3, 70)]).await.unwrap();
    assert_eq!(known.versions, [Some(Version::first(7)), Some(version), None]);
}

/// Scenario: a record is changed, changed back and changed again, and so often that the count ends. Guarantee: each change has a
/// revision of its own, higher than the one before as long as changes are counted; what is the same is none.
#[test]
fn each_change_is_another_revision() {
    let first = Version::first(0xa);
    assert_eq!((first.revision(), first.changed(0xa)), (0, None));
    let second = first.changed(0xb).unwrap();
    let third = second.changed(0xa).unwrap();
    let fourth = third.changed(0xb).unwrap();
    let revisions = [second, third, fourth].map(Version::revision);
    assert_eq!(revisions, [0x1_000b, 0x2_000a, 0x3_000b]);
    assert_ne!(first.changed(0xc).unwrap().revision(), second.revision());
    let worn = Version { shown: 0xa, changes: u16::MAX };
    assert_eq!(worn.changed(0xb).unwrap().revision(), 0xffff_000b);
}

/// Scenario: the host's store is older than the state, then lost altogether. Guarantee: what it does not hold is unread and
/// unseen again, what it holds is not.
#[tokio::test]
async fn a_host_that_lost_something_gets_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let mut coverage = Coverage::default();
    state.commit(commit(&mut coverage, 0, 3_600, vec![timed(1, 50)], 3)).await.unwrap();
    state.commit(commit(&mut coverage, 3_600, 7_200, vec![timed(2, 3_650)], 8)).await.unwrap();
    assert_eq!(state.reopen_after(Some(5)).await.unwrap(), 1);
    let left = known(&state, vec![timed(1, 50), timed(2, 3_650)]).await;
    assert_eq!(left, [true, false]);
    assert_eq!(unread(&state, 0, 7_200).await, [Interval { from: 3_600, to: 7_200 }]);
    assert_eq!(state.reopen_after(None).await.unwrap(), 1);
    assert_eq!(state.stream(STREAM).await.unwrap().spans, []);
    assert_eq!(state.position().await.unwrap(), None);
}

/// Scenario: hours were delivered; the host loses the later one, then all; or the stream begins anew on other terms. Guarantee: the account of
/// what is read again begins again with it, so that it never says more than was delivered.
#[tokio::test]
async fn accounts_begin_again_with_what_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let account = Account { delivered: 1, ..Account::default() };
    let mut coverage = Coverage::default();
    let mut deliver = |number: u128, hour: i64, sequence| Commit {
        accounts: [(hour, account)].into(),
        ..commit(&mut coverage, hour * HOUR, (hour + 1) * HOUR, vec![timed(number, hour * HOUR)], sequence)
    };
    let hours = [deliver(1, 0, 3), deliver(2, 1, 8)];
    for commit in hours.clone() {
        state.commit(commit).await.unwrap();
    }
    let kept = async || state.accounts(STREAM, (0, 9)).await.unwrap().into_keys().collect::<Vec<_>>();
    assert_eq!(state.reopen_after(Some(5)).await.unwrap(), 1);
    assert_eq!(kept().await, [0]);
    state.reopen_after(None).await.unwrap();
    assert_eq!(kept().await, [0; 0]);
    for commit in hours {
        state.commit(commit).await.unwrap();
    }
    let terms = Terms { start: "24h".to_owned(), filter: None };
    let begun = Begun { start: 0, first_run: 0, terms };
    state.begin(STREAM, begun.clone(), false).await.unwrap();
    assert_eq!(kept().await, [0, 1]);
    state.begin(STREAM, begun, true).await.unwrap();
    assert_eq!(kept().await, [0; 0]);
}

/// Scenario: a sign-in changed, the host got the change, and then its store was set back to before it. Guarantee: its hour is unread,
/// and what it shows has changed once more; a change that the host still has is none.
#[tokio::test]
async fn a_host_that_lost_a_change_gets_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let mut coverage = Coverage::default();
    let ids = vec![timed(1, 50), timed(2, 3_650)];
    state.commit(commit(&mut coverage, 0, 7_200, ids.clone(), 3)).await.unwrap();
    let version = Version { shown: 8, changes: 1 };
    for (id, sequence) in [(timed(1, 50), 4), (timed(2, 3_650), 6)] {
        let changed = vec![Delivered { id, version }];
        state.commit(Commit { changed, ..partial(vec![], sequence) }).await.unwrap();
    }
    assert_eq!(state.reopen_after(Some(5)).await.unwrap(), 0);
    let shown = state.delivered(TENANT, ids).await.unwrap().versions;
    let changed: Vec<_> = shown.into_iter().map(|shown| shown.unwrap().changed(8)).collect();
    assert_eq!(changed, [None, Some(Version { shown: 8, changes: 2 })]);
    assert_eq!(unread(&state, 0, 7_200).await, [Interval { from: 3_600, to: 7_200 }]);
}

/// Scenario: sign-ins were delivered by pages that did not yet complete their window, and the window is read whole by a page
/// with nothing new, which has no position; one sign-in lies in a second that another window had read. Then the host loses
/// those pages. Guarantee: wherever an id is forgotten its second is unread, for every kind of the tenant.
#[tokio::test]
async fn nothing_is_unseen_and_read() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let mut coverage = Coverage::default();
    coverage.record(Read { interval: Interval { from: 7_200, to: 10_800 }, at: 9_000_000, new_ids: 0 });
    state.commit(partial(vec![timed(1, 50), timed(2, 7_200)], 5)).await.unwrap();
    let whole = Commit { position: None, ..commit(&mut coverage, 0, 7_200, vec![], 0) };
    let other = StreamKey { kind: SignInEventType::ManagedIdentity, ..STREAM };
    state.commit(Commit { stream: other, ..whole.clone() }).await.unwrap();
    state.commit(whole).await.unwrap();
    assert_eq!(state.reopen_after(Some(4)).await.unwrap(), 2);
    assert_eq!(known(&state, vec![timed(1, 50), timed(2, 7_200)]).await, [false, false]);
    let lost = [Interval { from: 0, to: 3_600 }, Interval { from: 7_200, to: 10_800 }];
    assert_eq!(unread(&state, 0, 10_800).await, lost);
    let spans = state.stream(other).await.unwrap().spans;
    assert_eq!(Coverage::from_spans(spans).gaps(Interval { from: 0, to: 10_800 }), lost);
}

/// Scenario: the lost part lies in the middle of one span. Guarantee: its hour is cut out, both ends stay read.
#[tokio::test]
async fn a_lost_middle_leaves_both_ends() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let mut coverage = Coverage::default();
    coverage.record(Read { interval: Interval { from: 0, to: 1_000_000 }, at: 9_000_000, new_ids: 0 });
    state.commit(commit(&mut coverage, 500, 600, vec![timed(1, 550)], 9)).await.unwrap();
    state.reopen_after(Some(1)).await.unwrap();
    assert_eq!(unread(&state, 0, 1_000_000).await, [Interval { from: 0, to: 3_600 }]);
}

/// Scenario: old hours are forgotten, one of them with more ids than a step takes. Guarantee: their ids are gone, those of newer
/// hours stay.
#[tokio::test]
async fn old_hours_are_forgotten_in_steps() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let many: Vec<_> = (10..12_010).map(|number| timed(number, 3_700)).collect();
    state.commit(partial([vec![timed(1, 50), timed(2, 8_000)], many.clone()].concat(), 1)).await.unwrap();
    let first = state.forget_oldest(Some(7_300), u64::MAX).await.unwrap();
    assert!(first.more && first.ids < 12_001 && first.for_room.is_empty(), "{first:?}");
    assert_eq!(forget(&state, Some(7_300), u64::MAX).await, (12_001 - first.ids, None));
    assert_eq!(known(&state, vec![timed(1, 50), timed(2, 8_000)]).await, [false, true]);
    assert!(known(&state, many).await.iter().all(|known| !known));
}

/// Scenario: there are more ids than there is room for, and nobody knows the time. Guarantee: the oldest hours go first and no
/// more than must, it is answered and kept since when ids are known, and the two newest hours stay whatever they hold.
#[tokio::test]
async fn ids_beyond_their_room_shorten_what_is_known() {
    let dir = tempfile::tempdir().unwrap();
    {
        let state = open(&dir);
        let ids =
            |hour: Second| (0..10).map(move |n| timed((hour * 100 + n).unsigned_abs().into(), hour * 3_600));
        state.commit(partial((0..5).flat_map(ids).collect(), 1)).await.unwrap();
        assert_eq!(forget(&state, None, 50).await, (0, None));
        assert_eq!(forget(&state, None, 35).await, (20, Some(2 * 3_600)));
        assert_eq!(known(&state, vec![timed(100, 3_600), timed(200, 7_200)]).await, [false, true]);
    }
    let state = open(&dir);
    assert_eq!(state.stream(STREAM).await.unwrap().known_from, Some(2 * 3_600));
    assert_eq!(forget(&state, None, 5).await, (10, Some(3 * 3_600)));
    assert_eq!(known(&state, vec![timed(300, 10_800)]).await, [true]);
    state.reopen_after(None).await.unwrap();
    assert_eq!(state.stream(STREAM).await.unwrap().known_from, None, "a new store has none of it");
}

/// Scenario: a busy tenant has far more ids than there is room for; a quiet one has a few, of older hours. Guarantee: the busy one's
/// ids make room, and the quiet one keeps all of its own.
#[tokio::test]
async fn a_busy_tenant_takes_no_room_of_a_quiet_one() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(&dir);
    let quiet = StreamKey { tenant: TenantId(Uuid::from_u128(99)), ..STREAM };
    state.commit(Commit { stream: quiet, ..partial(vec![timed(1, 50), timed(2, 4_000)], 1) }).await.unwrap();
    let busy = (0..60).map(|n| timed(1_000 + n, 360_000 + Second::try_from(n).unwrap() * 360)).collect();
    state.commit(partial(busy, 2)).await.unwrap();
    assert_eq!(forget(&state, None, 42).await, (20, Some(360_000 + 7_200)));
    let kept = state.delivered(quiet.tenant, vec![timed(1, 50), timed(2, 4_000)]).await.unwrap();
    assert!(kept.versions.iter().all(Option::is_some));
    assert_eq!(kept.known_from, None);
}

/// Scenario: a file of another version, and one that is no database. Guarantee: both are refused with a way out, untouched.
#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let newer = dir.path().join("newer.db");
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(State::open(&newer).unwrap_err(), StateError::OtherVersion { found: 99, .. }));
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
        state.commit(Commit {
            stream: STREAM,
            ids: delivered(ids),
            changed: vec![],
            lateness: None,
            accounts: BTreeMap::new(),
            spans: None,
            position: None,
        })
    });
    for kept in futures::future::join_all(pages).await {
        kept.unwrap();
    }
    let asked: Vec<_> = (0..200u32).map(|page| timed(u128::from(page), 10)).collect();
    assert!(known(&state, asked).await.into_iter().all(|known| known));
}
