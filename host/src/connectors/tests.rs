//! Tests of the life of connectors, with the source that they are for.

use std::sync::Arc;

use super::*;
use crate::cli::load_for_tests;
use crate::secrets::Vault;

const MAIN: &str = "[sources.entra]\ntype = 'entra_signins'\n\
    [[sources.entra.microsoft_365]]\nname = 'by-hand'\ntenant_id = 'hand.example'\nclient_id = '11111111-2222-3333-4444-555555555555'\n\
    auth = { strategy = 'client_secret', client_secret = 'hush-hush' }\n\
    [sinks.out]\ntype = 'console'\ninputs = ['entra']\n";
const SECRET: &str = "hunter2-and-more";

struct Ground {
    directory: tempfile::TempDir,
    connectors: Connectors,
    load: Arc<Load>,
}

impl Ground {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("main.toml");
        fs::write(&main, MAIN).unwrap();
        let load: Arc<Load> = Arc::new(move |candidate: Option<&Candidate>| {
            load_for_tests(std::slice::from_ref(&main), candidate)
        });
        let config = load(None).unwrap();
        let with = Arc::clone(&load);
        let connectors = Connectors::new(Places::of_config(&config), move |candidate| with(candidate));
        Self { directory, connectors, load }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join("data/connectors.d").join(format!("{name}.toml"))
    }

    fn problems(&self) -> String {
        let problems = (self.load)(None).map(drop).unwrap_err().to_string();
        assert!(!problems.contains(SECRET), "{problems}");
        problems
    }

    /// The secret that the source is given for this parent.
    fn secret_of(&self, name: &str) -> Option<String> {
        let config = (self.load)(None).unwrap();
        let list = config.sources[0].table.get("microsoft_365").unwrap().clone();
        let collector::settings::Setting::Array(list) = list.setting else { panic!("a list") };
        let parents = list.iter().filter_map(connectors::as_table);
        let parent = parents.into_iter().find(|parent| parent.str("name") == Some(name))?;
        Some(connectors::as_table(parent.get("auth")?)?.str("client_secret")?.to_owned())
    }
}

fn parent(name: &str) -> New {
    New::Microsoft365(Box::new(Microsoft365 {
        name: name.to_owned(),
        tenant_id: format!("{name}.example"),
        client_id: "11111111-2222-3333-4444-555555555555".to_owned(),
        client_secret: Some(SECRET.into()),
        ..Microsoft365::default()
    }))
}

fn child(name: &str, of: &str) -> New {
    New::AzureAd(AzureAd {
        name: name.to_owned(),
        connector_tenant: of.to_owned(),
        sign_in_event_types: vec!["interactiveUser".to_owned()],
        start: Some("now".to_owned()),
        ..AzureAd::default()
    })
}

/// Scenario: a parent and a child are made, listed, the parent given another secret, a user signs in for it, then both are removed. Guarantee: each step holds for the whole
/// configuration; the secret stands in no file in plain; a parent with children stays; afterwards nothing of them is left.
#[test]
fn a_connector_lives() {
    let ground = Ground::new();
    let file = ground.connectors.add(&parent("contoso")).unwrap();
    assert_eq!(file, ground.file("contoso"));
    ground.connectors.add(&child("contoso-sign-ins", "contoso")).unwrap();
    let listed: Vec<_> = ground.connectors.list().unwrap();
    let names: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.is_editable)).collect();
    assert_eq!(names, [("by-hand", false), ("contoso", true), ("contoso-sign-ins", true)]);
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    assert!(!fs::read_to_string(&file).unwrap().contains(SECRET));
    assert!(!private::is_open_to_others(&fs::metadata(&file).unwrap()));

    let before = fs::read(&file).unwrap();
    ground.connectors.set_secret("contoso", &"another".into()).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some("another"));
    assert_ne!(fs::read(&file).unwrap(), before, "a running program has to notice");

    let refused = ground.connectors.remove("contoso").unwrap_err();
    assert!(
        matches!(&refused, ConnectorError::Children { children, .. } if children == &["contoso-sign-ins"]),
        "{refused}"
    );
    let vault = Vault::new(&ground.directory.path().join("data"), None);
    let authorization = of_source(&"entra".into(), &SecretName::refresh_token("contoso", "of a user"));
    vault.put(&authorization, &"refresh".into()).unwrap();
    ground.connectors.remove("contoso-sign-ins").unwrap();
    assert!(vault.get(&authorization).unwrap().is_some());
    ground.connectors.remove("contoso").unwrap();
    assert_eq!(ground.connectors.list().unwrap().len(), 1);
    assert_eq!(fs::read_dir(ground.directory.path().join("data/secrets")).unwrap().count(), 0);
}

/// Scenario: connectors that cannot be made: of a name that is taken, or is a path; under a parent that is not there; with a tenant that is none; for a
/// source that is not there. Guarantee: each is refused with its reason, and neither a file nor a secret is left of it.
#[test]
fn what_would_not_work_is_not_made() {
    let ground = Ground::new();
    ground.connectors.add(&parent("contoso")).unwrap();
    let wrong = |new: New| ground.connectors.add(&new).unwrap_err();
    assert!(matches!(wrong(parent("contoso")), ConnectorError::Exists { .. }));
    assert!(matches!(wrong(parent("by-hand")), ConnectorError::Exists { .. }));
    for name in ["../evil", "", ".hidden", "a/b", "with space", "a\nb", &"x".repeat(65)] {
        assert!(matches!(wrong(parent(name)), ConnectorError::Name(_)), "{name}");
    }
    let orphan = wrong(child("orphan", "nobody"));
    assert!(orphan.to_string().contains("connector_tenant"), "{orphan}");
    let New::Microsoft365(mut of) = parent("fabrikam") else { panic!("a parent") };
    of.tenant_id = "no tenant".to_owned();
    let error = wrong(New::Microsoft365(of.clone()));
    assert!(error.to_string().contains("tenant_id") && !error.to_string().contains(SECRET), "{error}");
    *of = Microsoft365 { tenant_id: "fabrikam.example".to_owned(), source: Some("other".to_owned()), ..*of };
    assert!(matches!(wrong(New::Microsoft365(of)), ConnectorError::Source(_)));
    assert_eq!(fs::read_dir(ground.directory.path().join("data/connectors.d")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(ground.directory.path().join("data/secrets")).unwrap().count(), 1);
}

/// Scenario: connectors written by hand, or not there, are to be changed. Guarantee: the first are left alone, with the file that says more.
#[test]
fn what_is_written_by_hand_stays() {
    let ground = Ground::new();
    let refused = ground.connectors.remove("by-hand").unwrap_err();
    assert!(
        matches!(&refused, ConnectorError::ByHand { file, .. } if file.ends_with("main.toml")),
        "{refused}"
    );
    assert!(matches!(
        ground.connectors.set_secret("by-hand", &"x".into()),
        Err(ConnectorError::ByHand { .. })
    ));
    assert!(matches!(ground.connectors.remove("nobody"), Err(ConnectorError::Unknown(_))));
    assert!(matches!(ground.connectors.set_secret("../main", &"x".into()), Err(ConnectorError::Unknown(_))));
}

/// Scenario: a made connector's file is changed to another tenant, app or endpoint. Guarantee: its secret is not sent there; it has to be entered anew.
#[test]
fn a_secret_does_not_follow_a_changed_connector() {
    let ground = Ground::new();
    let file = ground.connectors.add(&parent("contoso")).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("contoso.example", "evil.example"),
        ("11111111-", "99999999-"),
        ("client_id", "login_endpoint = 'https://evil.example'\nclient_id"),
        ("client_id", "graph_endpoint = 'https://evil.example'\nclient_id"),
    ] {
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let problems = ground.problems();
        assert!(
            problems.contains("was cleared") && problems.contains("connectors secret contoso"),
            "{problems}"
        );
    }
    ground.connectors.set_secret("contoso", &SECRET.into()).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
}

/// Scenario: somebody who may write into the directory tries to read this machine through it. Guarantee: variables, files and the machine's own
/// identities are refused, wherever they stand, and so is whatever is no connector.
#[test]
fn made_connectors_cannot_read_the_machine() {
    let ground = Ground::new();
    let file = ground.connectors.add(&parent("contoso")).unwrap();
    let good = fs::read_to_string(&file).unwrap();
    let in_auth = |line: &str| good.replacen("strategy = \"client_secret\"", line, 1);
    for (text, said) in [
        (good.replacen("contoso.example", "${HOME}", 1), "tenant_id: holds ${}"),
        (in_auth("strategy = 'client_certificate'\ncertificate_file = '/etc/shadow'"), "names a file"),
        (in_auth("strategy = 'managed_identity'"), "an identity of this machine"),
        (
            in_auth("strategy = 'client_secret'\nnext = { strategy = 'federated_token' }"),
            "an identity of this machine",
        ),
        (good.replacen("client_id", "tls = { ca_file = 'x' }\nclient_id", 1), "names a file"),
        (good.replacen("name = \"contoso\"", "name = \"other\"", 1), "is not the name of the file"),
        (good.replace("sources.entra", "sources.other"), "is no source of the configuration"),
        (format!("{good}\n[api]\naddress = '0.0.0.0:1'\n"), "is not one connector"),
        (format!("{good}\n{good}"), ""),
        ("[sinks.out]\nendpoint = 'https://evil.example'\n".to_owned(), "is not one connector"),
        (String::new(), "is not one connector"),
    ] {
        fs::write(&file, &text).unwrap();
        let problems = ground.problems();
        assert!(problems.contains(said) && problems.contains("contoso.toml"), "{said}: {problems}");
    }
}
