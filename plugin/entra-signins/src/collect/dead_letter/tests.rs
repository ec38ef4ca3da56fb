//! Tests of the file of records that are no sign-ins.

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::config::{SignInEventType, TenantId};

const STREAM: StreamKey = StreamKey { tenant: TenantId(Uuid::nil()), kind: SignInEventType::InteractiveUser };

/// A file with room for so much.
fn letters(dir: &TempDir, most_bytes: u64) -> DeadLetter {
    let state = State::open(&dir.path().join("state.db")).unwrap();
    DeadLetter { most_bytes, ..DeadLetter::new(dir.path().join("set_aside.ndjson"), state) }
}

fn records(numbers: impl IntoIterator<Item = u32>) -> Vec<Unreadable> {
    let record = |number| Unreadable {
        reason: "no id".to_owned(),
        record: format!(r#"{{"x":{number}}}"#).into_bytes().into(),
    };
    numbers.into_iter().map(record).collect()
}

fn lines(letters: &DeadLetter) -> Vec<String> {
    std::fs::read_to_string(letters.path()).unwrap().lines().map(str::to_owned).collect()
}

/// Scenario: the same broken records come at every read, and one of them twice on a page. Guarantee: each is kept once, whole,
/// in a file only for its owner.
#[tokio::test]
async fn a_broken_record_is_kept_once() {
    let dir = tempfile::tempdir().unwrap();
    let letters = letters(&dir, MOST_BYTES);
    assert_eq!(letters.keep(STREAM, &records([1, 2, 1])).await.unwrap(), Kept { new: 2, lost: 0 });
    assert_eq!(letters.keep(STREAM, &records([1, 2])).await.unwrap(), Kept::default());
    assert_eq!(letters.keep(STREAM, &records([1, 3])).await.unwrap(), Kept { new: 1, lost: 0 });
    let lines = lines(&letters);
    assert_eq!(lines.len(), 3);
    assert!(lines[2].contains(r#"{\"x\":3}"#), "{lines:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(letters.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// Scenario: the file is full, then somebody moves it away, and the records come again. Guarantee: what finds no room is counted
/// as lost at each read and not remembered as kept; when there is room it is kept.
#[tokio::test]
async fn what_finds_no_room_is_lost_visibly_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let line = line(STREAM, &records([1])[0]).unwrap().len() as u64;
    let letters = letters(&dir, 3 * line + 1);
    assert_eq!(letters.keep(STREAM, &records(1..=5)).await.unwrap(), Kept { new: 3, lost: 2 });
    assert_eq!(letters.keep(STREAM, &records(1..=5)).await.unwrap(), Kept { new: 0, lost: 2 });
    assert_eq!(lines(&letters).len(), 3);
    std::fs::rename(letters.path(), dir.path().join("elsewhere")).unwrap();
    assert_eq!(letters.keep(STREAM, &records(1..=5)).await.unwrap(), Kept { new: 2, lost: 0 });
    assert_eq!(lines(&letters).len(), 2);
}
