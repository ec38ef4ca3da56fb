use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::config::ClientId;

const NOW: i64 = 1_767_323_045;

/// A token that is good until then.
fn token(expiry: i64) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{expiry}}}"#)))
}

/// What is shown of a file with this content, which only its owner writes.
async fn shown(directory: &TempDir, content: &str) -> Result<Shown, Unproven> {
    let path = directory.path().join("token");
    std::fs::write(&path, content).expect("is written");
    show(&path).await
}

async fn show(path: &Path) -> Result<Shown, Unproven> {
    let now = Timestamp::from_second(NOW).expect("is a time");
    let occasion = Occasion { endpoint: "", client_id: ClientId(Uuid::nil()), now };
    FederatedToken::new(path.to_owned()).show(&occasion).await
}

fn reason(shown: Result<Shown, Unproven>) -> &'static str {
    shown.err().expect("is not shown").meaning.reason
}

/// Scenario: a file that is not there yet, empty, expired, writable by everybody, a directory; then as it should be.
/// Guarantees: each has a reason of its own, with the path and without the token, and is over once the file is right.
#[tokio::test]
async fn what_is_wrong_with_the_file_is_said_until_it_is_right() {
    let directory = tempfile::tempdir().expect("is made");
    let path = directory.path().join("token");
    assert_eq!(reason(show(&path).await), "token_file_unreadable");
    assert_eq!(reason(show(directory.path()).await), "token_file_unreadable");
    assert_eq!(reason(shown(&directory, " \n").await), "token_file_empty");

    let unproven = shown(&directory, &token(NOW)).await.err().expect("has expired");
    let detail = unproven.detail.expect("says more");
    assert_eq!(unproven.meaning.reason, "token_file_expired");
    assert!(detail.ends_with("token: it was good until 2026-01-02T03:04:05Z"), "{detail}");
    assert!(!detail.contains(&token(NOW)), "{detail}");

    let good = token(NOW + 1);
    let permissions = |mode| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(&path, permissions(0o646)).expect("are set");
    assert_eq!(reason(shown(&directory, &good).await), "token_file_writable");
    std::fs::set_permissions(&path, permissions(0o644)).expect("are set");
    let shown = shown(&directory, &format!("{good}\n")).await.expect("is shown");
    assert_eq!(shown.parameters()[1], ("client_assertion", good.as_str()));
    assert!(shown.is_in(&format!("you sent {good}")));
}

/// Scenario: a token that is no JWT, or one without an expiry.
/// Guarantees: it is shown all the same: Microsoft decides.
#[tokio::test]
async fn what_cannot_be_read_is_left_to_microsoft() {
    let directory = tempfile::tempdir().expect("is made");
    for opaque in ["opaque", "e30.e30.c2ln"] {
        let shown = shown(&directory, opaque).await.expect("is shown");
        assert_eq!(shown.parameters()[1].1, opaque);
    }
}
