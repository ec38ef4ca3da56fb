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

/// Scenario: a component is asked for that does not exist.
/// Guarantee: wrong usage, with the known ones.
#[test]
fn unknown_components_are_wrong_usage() {
    let directory = tempfile::tempdir().unwrap();
    let ran = run_in(directory.path(), &["generate", "carrier_pigeon"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""));
    assert!(ran.err.contains("entra_signins"), "{}", ran.err);
}
