//! Files that a power cut or a failing disk has left torn or changed, wherever that may be.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const FILE: &str = "state.db";
const LOG: &str = "state.db-wal";

#[derive(Clone, Copy, Debug)]
enum Damage {
    /// Nothing is left from here on.
    End(Index),
    /// Other bits in one of the bytes that are not zero: most others are in use by nobody.
    Flip(Index, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<Index>().prop_map(Damage::End),
        3 => (any::<Index>(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
    ]
}

impl Damage {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            // A file of no bytes is a state that was lost: all since `start` is read again.
            Self::End(at) => bytes.truncate(1 + at.index(bytes.len() - 1)),
            Self::Flip(at, bits) => {
                let used: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
                bytes[*at.get(&used)] ^= bits;
            }
        }
    }
}

/// What decides on what is read, and which of some ids are known.
#[derive(Clone, Debug, PartialEq)]
struct Facts {
    streams: [StreamRecord; 2],
    position: Option<Position>,
    known: Vec<bool>,
}

const OTHER: StreamKey = StreamKey { kind: SignInEventType::ManagedIdentity, ..STREAM };

/// Ids that were delivered, in the end, and one that never was.
fn asked() -> Vec<TimedId> {
    (0..40).map(|number| timed(number, 3_600 + Second::try_from(number).unwrap() * 500)).collect()
}

async fn facts(state: &State) -> Result<Facts, StateError> {
    let streams = [state.stream(STREAM).await?, state.stream(OTHER).await?];
    let known = state.delivered(TENANT, asked()).await?.versions;
    Ok(Facts {
        streams,
        position: state.position().await?,
        known: known.into_iter().map(|version| version.is_some()).collect(),
    })
}

/// The files of a state that was torn from the power, and what it held: first what is in the file alone, then after each
/// transaction of the log.
struct Torn {
    files: [(&'static str, Vec<u8>); 2],
    held: Vec<Facts>,
}

async fn torn() -> Torn {
    let dir = tempfile::tempdir().unwrap();
    let (mut coverage, mut lateness, ids) = (Coverage::default(), Lateness::default(), asked());
    lateness.add(4_000);
    let mut held = Vec::new();
    {
        let state = open(&dir);
        state.begin(STREAM, begun(5, b"f"), false).await.unwrap();
        state.begin(OTHER, Begun { start: 7, ..begun(6, b"") }, false).await.unwrap();
        let page = commit(&mut coverage, 0, 9_000, [ids[..9].to_vec(), vec![timed(99, 5)]].concat(), 13);
        state.commit(Commit { lateness: Some(lateness), ..page.clone() }).await.unwrap();
        state.commit(Commit { stream: OTHER, ids: vec![], ..page }).await.unwrap();
        forget(&state, Some(3_600), u64::MAX).await;
        state.reopen_after(Some(13)).await.unwrap();
        state.commit(partial(vec![], 13)).await.unwrap();
        held.push(facts(&state).await.unwrap());
    }
    let state = open(&dir);
    for part in 1..4 {
        let (first, from) = (part * 9, Second::try_from(part).unwrap() * 10_000);
        let page =
            commit(&mut coverage, from, from + 9_000, ids[first..first + 9].to_vec(), 13 + first as u64);
        state.commit(page).await.unwrap();
        held.push(facts(&state).await.unwrap());
    }
    Torn { files: [FILE, LOG].map(|name| (name, std::fs::read(dir.path().join(name)).unwrap())), held }
}

static TORN: LazyLock<Torn> = LazyLock::new(|| runtime().block_on(torn()));

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// What the state gives back when one of its files is damaged. `None`: it is refused, when it is opened with its name and what
/// to do, or at work.
fn facts_with(log_is_there: bool, (damaged, damage): (usize, Damage)) -> Option<Facts> {
    let dir = tempfile::tempdir().unwrap();
    for (index, (name, bytes)) in TORN.files.iter().take(1 + usize::from(log_is_there)).enumerate() {
        let mut bytes = bytes.clone();
        if index == damaged {
            damage.apply(&mut bytes);
        }
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let path = dir.path().join(FILE);
    match State::open(&path) {
        Ok(state) => runtime().block_on(facts(&state)).ok(),
        Err(error) => {
            assert_refusal(&error, &path);
            None
        }
    }
}

fn assert_refusal(error: &StateError, path: &Path) {
    let told = error.to_string();
    assert!(told.contains(path.to_str().unwrap()), "{told}");
    assert!(told.contains("move") || told.contains("check"), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    /// Scenario: the state's file is cut anywhere, or a byte anywhere in it has changed, with and without a log beside it.
    /// Guarantee: it is refused; or what was read, from when on, on which terms and up to which position is as it was. A
    /// delivered id may be forgotten, so that its sign-in comes again, for the journal to drop; none that was not
    /// delivered becomes known.
    #[test]
    fn a_damaged_file_is_refused_or_as_it_was(damage in damage(), log_is_there in any::<bool>()) {
        if let Some(mut found) = facts_with(log_is_there, (0, damage)) {
            let held = &TORN.held[if log_is_there { TORN.held.len() - 1 } else { 0 }];
            prop_assert!(found.known.iter().zip(&held.known).all(|(found, held)| found <= held));
            found.known.clone_from(&held.known);
            prop_assert_eq!(&found, held);
        }
    }

    /// Scenario: the log beside the state's file is cut anywhere, or a byte anywhere in it has changed.
    /// Guarantee: it is refused; or it holds what it held after some transaction, whole.
    #[test]
    fn a_torn_log_ends_with_a_whole_transaction(damage in damage()) {
        if let Some(found) = facts_with(true, (1, damage)) {
            prop_assert!(TORN.held.contains(&found), "{found:?}");
        }
    }
}
