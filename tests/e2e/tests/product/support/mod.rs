//! What scenarios are made of: a simulated Microsoft, a configuration, the program, and what came out of it.

mod mapping;
mod program;
mod receiver;
mod scene;
mod visitor;

pub use mapping::{Facts, assert_event};
pub use program::{Program, program_path};
pub use receiver::{Answer, Receiver};
pub use scene::{Scene, ids_in, is_flawed, lines_in};
pub use visitor::Visitor;

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

/// How long a scenario waits for something that must come. No test asserts how long it took.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// Waits until a condition holds.
///
/// # Panics
///
/// If it never does.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let patience = tokio::time::sleep(PATIENCE);
    tokio::pin!(patience);
    loop {
        if holds().await {
            return;
        }
        tokio::select! {
            () = &mut patience => panic!("this never came true: {what}"),
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
    }
}

/// Whether a program that a test needs is there. If not, the test says that it is skipped and why; where every test must
/// run, that is a failure.
pub fn have(program: &str, probe: &[&str]) -> bool {
    let found = Command::new(program).args(probe).output().is_ok();
    skip_unless(found, &format!("{program} is not installed"))
}

/// As [`have`], for any other condition.
pub fn skip_unless(condition: bool, why: &str) -> bool {
    if !condition {
        let required = std::env::var("ENTRA_TESTS_REQUIRE_ALL").is_ok_and(|all| all == "1");
        assert!(!required, "must run, but {why}");
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        // Not by a macro: what those print of a test that passes is shown to nobody.
        std::io::stderr().write_all(format!("skipped {test}: {why}\n").as_bytes()).unwrap();
    }
    condition
}
