//! The program, as somebody starts it to try something.

use std::path::Path;
use std::process::{Command, Output};

use graph_simulator::{FaultKind, REQUESTS};
use tokio::process::Command as Spawning;

const PROGRAM: &str = env!("CARGO_BIN_EXE_graph-simulator");

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().expect("it starts")
}

/// Waits until the program has said all it has to say at its start.
async fn said_in(file: &Path) -> String {
    loop {
        let text = std::fs::read_to_string(file).expect("is there");
        if text.contains("Ctrl-C ends it") {
            return text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Scenario: somebody asks for help. Guarantee: it names every request that steers the simulator, and every kind of fault.
#[test]
fn help_names_everything() {
    let help = run(&["--help"]);
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).expect("is text");
    for (request, _) in REQUESTS {
        assert!(help.contains(request), "{request}");
    }
    for kind in FaultKind::examples() {
        assert!(help.contains(&format!("\"{}\"", kind.name())), "{kind:?}");
    }
}

/// Scenario: a configuration is asked for in a new file, then in one that somebody has written himself. Guarantee: the new file names
/// the address at which the simulator answers, and the program says where all is; the other file is left as it is.
#[tokio::test]
async fn a_configuration_is_written_and_nothing_overwritten() {
    let directory = tempfile::tempdir().expect("is made");
    let (file, said) = (directory.path().join("try.toml"), directory.path().join("said"));
    let mut program = Spawning::new(PROGRAM)
        .args(["--address", "127.0.0.1:0", "--tenants", "2", "--sign-ins", "10", "--write-config"])
        .arg(&file)
        .stderr(std::fs::File::create(&said).expect("is made"))
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let said = said_in(&said).await;
    let configuration = std::fs::read_to_string(&file).expect("is written");
    let (_, rest) = configuration.split_once("graph_endpoint = \"").expect("names the endpoint");
    let (endpoint, _) = rest.split_once('"').expect("is a string");
    let state = reqwest::get(format!("{endpoint}_simulator/state")).await.expect("answers");
    assert!(state.text().await.expect("is text").contains("fabrikam.example"));
    program.kill().await.expect("it runs");
    for text in [endpoint, "fabrikam.example", "try.toml"] {
        assert!(said.contains(text), "no {text} in {said}");
    }

    let own = directory.path().join("own.toml");
    std::fs::write(&own, "# mine\n").expect("is written");
    let refused = run(&["--address", "127.0.0.1:0", "--write-config", own.to_str().expect("is text")]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("choose another file"));
    assert_eq!(std::fs::read_to_string(own).expect("is there"), "# mine\n");
}
