//! The configurations in `examples/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::program_path;

fn examples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        folders.map(|folder| folder.join("entra-signins.toml")).filter(|file| file.exists()).collect();
    files.sort();
    files
}

/// Scenario: somebody copies an example and sets the variables that it names. Guarantee: the program accepts it as it stands.
#[test]
fn every_example_is_accepted() {
    assert!(examples().len() >= 4);
    for example in examples() {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("entra-signins.toml");
        std::fs::copy(&example, &file).unwrap();
        std::fs::write(copy.path().join("contoso.crt"), graph_simulator::testdata::CERTIFICATE_PEM).unwrap();
        std::fs::write(copy.path().join("contoso.key"), graph_simulator::testdata::PRIVATE_KEY_PEM).unwrap();
        let variables = ["CONTOSO_SECRET", "FABRIKAM_SECRET", "SIEM_TOKEN", "VECTOR_PASSWORD"];
        let checked = Command::new(program_path())
            .args(["validate", "--no-environment", "-c"])
            .arg(&file)
            .envs(variables.map(|name| (name, "x")))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{}: {said}", example.display());
    }
}
