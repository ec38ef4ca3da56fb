//! `validate` and `generate`.

use std::process::Stdio;

use crate::{Ran, program, run_in};

/// Five mistakes of different kinds.
const BROKEN: &str = "\
[api]
adress = '127.0.0.1:8686'
[sources.entra]
type = 'entra_signins'
[[sources.entra.microsoft_365]]
name = 'contoso'
tenant_id = '72f988bf-86f1-41af-91ab-2d7cd011db47'
client_id = 'not-a-guid'
auth.strategy = 'client_secret'
auth.client_secret_file = 'no-such-file'
[[sources.entra.azure_ad]]
name = 'contoso-sign-ins'
connector_tenant = 'fabrikam'
[sinks.out]
type = 'fil'
inputs = ['entra']
";

/// Scenario: a configuration with five mistakes is validated, and run.
/// Guarantee: both name all five at their lines, say nothing of values, and exit with the code of a bad configuration.
#[test]
fn every_mistake_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("broken.toml"), BROKEN).unwrap();
    for command in [["validate", "-c", "broken.toml"], ["run", "-c", "broken.toml"]] {
        let ran = run_in(directory.path(), &command);
        assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""), "{}", ran.err);
        for place in [
            "broken.toml:2: api.adress",
            "broken.toml:8: ",
            "broken.toml:10: ",
            "broken.toml:13: ",
            "broken.toml:15: ",
        ] {
            assert!(ran.err.contains(place), "{place} in {}", ran.err);
        }
        assert!(!ran.err.contains("not-a-guid"), "{}", ran.err);
    }
}

/// Scenario: there is no configuration where it is looked for, and then one that was generated, here.
/// Guarantee: the first is an error that says how to get one; the second is found and valid with its variables set.
#[test]
fn a_generated_configuration_is_valid() {
    let directory = tempfile::tempdir().unwrap();
    let validate = |set: &[&str]| -> Ran {
        let mut command = program();
        command.args(["validate", "--no-environment"]).current_dir(directory.path()).stdin(Stdio::null());
        for name in set {
            command.env(name, "a-value");
        }
        command.output().unwrap().into()
    };
    let none = validate(&[]);
    assert_eq!(none.code, Some(78));
    assert!(none.err.contains("entra-signins generate"), "{}", none.err);

    let generated = run_in(directory.path(), &["generate", "entra_signins", "file", "http"]);
    assert_eq!((generated.code, generated.err.as_str()), (Some(0), ""));
    std::fs::write(directory.path().join("entra-signins.toml"), &generated.out).unwrap();
    let unset = validate(&[]);
    assert_eq!(unset.code, Some(78));
    assert!(unset.err.contains("CONTOSO_SECRET"), "{}", unset.err);
    let valid = validate(&["CONTOSO_SECRET"]);
    assert_eq!((valid.code, valid.err.as_str()), (Some(0), ""));
    assert!(valid.out.contains("valid (1 source, 2 sinks)"), "{}", valid.out);
    assert!(!directory.path().join("data").exists(), "nothing is made");
}

/// A source that finds nobody.
const UNREACHABLE: &str = "\
[sources.entra]
type = 'entra_signins'
[[sources.entra.microsoft_365]]
name = 'contoso'
tenant_id = '72f988bf-86f1-41af-91ab-2d7cd011db47'
client_id = '11111111-2222-3333-4444-555555555555'
login_endpoint = 'http://127.0.0.1:9'
graph_endpoint = 'http://127.0.0.1:9'
auth.strategy = 'client_secret'
auth.client_secret = 'a-secret'
[[sources.entra.azure_ad]]
name = 'contoso-sign-ins'
connector_tenant = 'contoso'
";

/// Scenario: a data directory below a file, one sink whose receiver is not there, and two that work.
/// Guarantee: each has a line that says so, the exit code says that something is wrong, and nothing is left behind.
#[test]
fn what_cannot_be_used_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("file"), "").unwrap();
    let configuration = format!(
        "data_dir = 'file/data'\n{UNREACHABLE}\
         [sinks.gone]\ntype = 'http'\ninputs = ['entra']\nendpoint = 'http://127.0.0.1:9'\n\
         [sinks.kept]\ntype = 'file'\ninputs = ['entra']\npath = 'new/out.ndjson'\n\
         [sinks.shown]\ntype = 'console'\ninputs = ['entra']\n"
    );
    std::fs::write(path("a.toml"), configuration).unwrap();
    let ran = run_in(directory.path(), &["validate", "-c", "a.toml"]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    let line = |words: &[&str]| {
        let found =
            ran.out.lines().find(|line| line.split_whitespace().take(words.len()).eq(words.iter().copied()));
        found.unwrap_or_else(|| panic!("{words:?} in {}", ran.out))
    };
    assert!(line(&["data_dir", "writable", "failed"]).contains("file/data cannot be made or written: "));
    assert!(line(&["sink", "gone", "reachable", "failed"]).contains("http://127.0.0.1:9/ cannot be reached"));
    line(&["sink", "kept", "reachable", "ok"]);
    line(&["sink", "shown", "reachable", "ok"]);
    let left: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// Scenario: a component is asked for that does not exist.
/// Guarantee: wrong usage, with the known ones.
#[test]
fn unknown_components_are_wrong_usage() {
    let directory = tempfile::tempdir().unwrap();
    let ran = run_in(directory.path(), &["generate", "carrier_pigeon"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""));
    assert!(ran.err.contains("entra_signins"), "{}", ran.err);
}
