//! Tests of the directories that components keep their state in.

use super::*;

fn globals(data_dir: &tempfile::TempDir) -> GlobalOptions {
    GlobalOptions { data_dir: data_dir.path().to_owned() }
}

/// Scenario: a component starts twice. Guarantee: its directory is made once, for its owner alone, and what is in
/// it stays.
#[test]
fn a_component_has_its_own_directory() {
    let data_dir = tempfile::tempdir().unwrap();
    let own = globals(&data_dir).resolve_and_make_data_subdir(&"entra".into()).unwrap();
    assert_eq!(own, data_dir.path().join("entra"));
    std::fs::write(own.join("state"), "1").unwrap();
    globals(&data_dir).resolve_and_make_data_subdir(&"entra".into()).unwrap();
    assert_eq!(std::fs::read_to_string(own.join("state")).unwrap(), "1");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(own).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

/// Scenario: component ids that are paths. Guarantee: none of them leads out of, or deeper into, the data
/// directory, and nothing is made.
#[test]
fn an_id_does_not_lead_elsewhere() {
    let data_dir = tempfile::tempdir().unwrap();
    for id in ["", ".", "..", "../other", "a/b", "/etc", "a/../.."] {
        let refused = globals(&data_dir).resolve_and_make_data_subdir(&id.into());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput, "{id}");
    }
    assert_eq!(std::fs::read_dir(data_dir.path()).unwrap().count(), 0);
}

/// Scenario: the context of a source behind a proxy is logged. Guarantee: the proxy's address, which may carry
/// credentials, is not in it.
#[test]
fn proxies_are_not_shown() {
    let proxy = ProxyConfig {
        https: Some("http://ada:s3cr3t@proxy.example".to_owned()),
        no_proxy: vec!["localhost".to_owned()],
        ..ProxyConfig::default()
    };
    assert_eq!(format!("{proxy:?}"), r#"ProxyConfig { no_proxy: ["localhost"], .. }"#);
}
