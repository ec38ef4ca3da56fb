//! Tests of the life of connectors, with the source that they are for.

mod broken;
mod edit;

use super::testing::{Ground, SECRET, child, parent};
use super::*;
use crate::private;
use crate::secrets::Vault;

/// Scenario: a parent and a child are made, listed, the parent given another secret, a user signs in for it, then both are removed. Guarantee: each step holds for the whole
/// configuration; the secret stands in no file in plain; a parent with children stays; afterwards nothing of them is left.
#[test]
fn a_connector_lives() {
    let ground = Ground::new();
    let file = ground.add(&parent("contoso")).unwrap();
    assert_eq!(file, ground.file("contoso"));
    ground.connectors.add(&child("contoso-sign-ins", "contoso"), None).unwrap();
    let listed: Vec<_> = ground.connectors.list().unwrap();
    let names: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.is_editable)).collect();
    assert_eq!(names, [("by-hand", false), ("contoso", true), ("contoso-sign-ins", true)]);
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    assert!(!fs::read_to_string(&file).unwrap().contains(SECRET));
    assert!(!private::is_open_to_others(&fs::metadata(&file).unwrap()));

    let before = fs::read(&file).unwrap();
    ground.connectors.set_secret("contoso", None, &"another".into()).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some("another"));
    assert_ne!(fs::read(&file).unwrap(), before, "a running program has to notice");

    let refused = ground.connectors.remove("contoso", None).unwrap_err();
    assert!(
        matches!(&refused, ConnectorError::Children { children, .. } if children == &["contoso-sign-ins"]),
        "{refused}"
    );
    let vault = Vault::new(&ground.data(""), None);
    let authorization = of_source(&"entra".into(), &SecretName::refresh_token("contoso", "of a user"));
    vault.put(&authorization, &"refresh".into()).unwrap();
    ground.connectors.remove("contoso-sign-ins", None).unwrap();
    assert!(vault.get(&authorization).unwrap().is_some());
    ground.connectors.remove("contoso", None).unwrap();
    assert_eq!(ground.connectors.list().unwrap().len(), 1);
    assert_eq!(fs::read_dir(ground.data("secrets")).unwrap().count(), 0);
}

/// Scenario: connectors that cannot be made: of a name that is taken, or is a path; under a parent that is not there; with a tenant that is none; for a
/// source that is not there; with no kind of sign-in; with a setting of the other application. Guarantee: each is refused with its reason, and neither a file nor a secret is left of it.
#[test]
fn what_would_not_work_is_not_made() {
    let ground = Ground::new();
    ground.add(&parent("contoso")).unwrap();
    let secret = SECRET.into();
    let wrong = |new: New| {
        let secret = (new.application == Application::Microsoft365).then_some(&secret);
        ground.connectors.add(&new, secret).unwrap_err()
    };
    assert!(matches!(wrong(parent("contoso")), ConnectorError::Exists { .. }));
    assert!(matches!(wrong(parent("by-hand")), ConnectorError::Exists { .. }));
    for name in ["../evil", "", ".hidden", "a/b", "with space", "a\nb", &"x".repeat(65)] {
        assert!(matches!(wrong(parent(name)), ConnectorError::Name(_)), "{name}");
    }
    let orphan = wrong(child("orphan", "nobody"));
    assert!(orphan.to_string().contains("connector_tenant"), "{orphan}");
    let mut of = parent("fabrikam");
    of.settings.tenant_id = Some("no tenant".to_owned());
    let error = wrong(of.clone());
    assert!(error.to_string().contains("tenant_id") && !error.to_string().contains(SECRET), "{error}");
    of = New { source: Some("other".to_owned()), ..parent("fabrikam") };
    assert!(matches!(wrong(of), ConnectorError::Source(_)));
    let no_kinds = Settings { sign_in_event_types: Some(Vec::new()), ..child("none", "contoso").settings };
    let error = wrong(New { settings: no_kinds, ..child("none", "contoso") });
    assert!(error.to_string().contains("sign_in_event_types: is empty"), "{error}");
    let foreign = Settings { start: Some("now".to_owned()), ..parent("fabrikam").settings };
    let foreign = wrong(New { settings: foreign, ..parent("fabrikam") });
    assert!(matches!(foreign, ConnectorError::Foreign { key: "start", .. }), "{foreign}");
    assert_eq!(fs::read_dir(ground.data("connectors.d")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(ground.data("secrets")).unwrap().count(), 1);
}

/// Scenario: connectors written by hand, or not there, are to be changed. Guarantee: the first are left alone, with the file that says more.
#[test]
fn what_is_written_by_hand_stays() {
    let ground = Ground::new();
    let refused = ground.connectors.remove("by-hand", None).unwrap_err();
    assert!(
        matches!(&refused, ConnectorError::ByHand { file, .. } if file.ends_with("main.toml")),
        "{refused}"
    );
    assert!(matches!(
        ground.connectors.set_secret("by-hand", None, &"x".into()),
        Err(ConnectorError::ByHand { .. })
    ));
    assert!(matches!(ground.connectors.remove("nobody", None), Err(ConnectorError::Unknown(_))));
    assert!(matches!(
        ground.connectors.set_secret("../main", None, &"x".into()),
        Err(ConnectorError::Unknown(_))
    ));
}

/// Scenario: a made connector's file is changed to another tenant, app or endpoint. Guarantee: its secret is not sent there; it has to be entered anew.
#[test]
fn a_secret_does_not_follow_a_changed_connector() {
    let ground = Ground::new();
    let file = ground.add(&parent("contoso")).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    for (from, to) in [
        ("contoso.example", "evil.example"),
        ("11111111-", "99999999-"),
        ("client_id", "login_endpoint = 'https://evil.example'\nclient_id"),
        ("client_id", "graph_endpoint = 'https://evil.example'\nclient_id"),
    ] {
        fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let problem = ground.problem("contoso");
        assert!(
            problem.contains("was cleared") && problem.contains("connectors secret contoso"),
            "{problem}"
        );
        assert_eq!(ground.secret_of("contoso"), None);
    }
    ground.connectors.set_secret("contoso", None, &SECRET.into()).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
}

/// Scenario: somebody who may write into the directory tries to read this machine through it. Guarantee: variables, files and the machine's own
/// identities are refused, wherever they stand, and so is whatever is no connector.
#[test]
fn made_connectors_cannot_read_the_machine() {
    let ground = Ground::new();
    let file = ground.add(&parent("contoso")).unwrap();
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
        let problem = ground.problem("contoso");
        assert!(problem.contains(said) && problem.contains("contoso.toml"), "{said}: {problem}");
        assert!(!ground.entry("contoso").is_used && ground.secret_of("contoso").is_none());
    }
}

/// Scenario: a secret is entered as people paste it, with line ends and spaces round it; and as nothing but those. Guarantee: what is kept is the secret
/// alone; nothing is refused with no change anywhere.
#[test]
fn a_secret_is_some_text() {
    let ground = Ground::new();
    ground.connectors.add(&parent("contoso"), Some(&format!(" \t{SECRET}\r\n ").into())).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    let before = fs::read(ground.file("contoso")).unwrap();
    for blank in ["", " ", "\r\n", "\t \u{a0}"] {
        let set = ground.connectors.set_secret("contoso", None, &blank.into());
        assert!(matches!(set, Err(ConnectorError::Blank)), "{blank:?}");
        assert!(matches!(
            ground.connectors.add(&parent("fabrikam"), Some(&blank.into())),
            Err(ConnectorError::Blank)
        ));
    }
    assert!(matches!(ground.connectors.add(&parent("fabrikam"), None), Err(ConnectorError::SecretNeeded(_))));
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    assert_eq!(fs::read(ground.file("contoso")).unwrap(), before);
    assert!(!ground.file("fabrikam").exists());
}

/// Scenario: one secret is entered several times in a row, faster than anybody looks. Guarantee: the file differs each time, from every time before.
#[test]
fn every_change_shows_in_the_file() {
    let ground = Ground::new();
    ground.add(&parent("contoso")).unwrap();
    let mut texts = vec![fs::read(ground.file("contoso")).unwrap()];
    for _ in 0..4 {
        ground.connectors.set_secret("contoso", None, &SECRET.into()).unwrap();
        let text = fs::read(ground.file("contoso")).unwrap();
        assert!(!texts.contains(&text));
        texts.push(text);
    }
}

/// Scenario: two processes add a connector of one name at once, many times. Guarantee: one of them makes it, with its own secret; the other is told that it exists.
#[test]
fn changes_wait_for_each_other() {
    for _ in 0..8 {
        let ground = Ground::new();
        let add = |secret: &'static str| ground.connectors.add(&parent("contoso"), Some(&secret.into()));
        let (one, two) = std::thread::scope(|scope| {
            let two = scope.spawn(|| add("two"));
            (add("one"), two.join().unwrap())
        });
        let made = if one.is_ok() { "one" } else { "two" };
        let refused = if one.is_ok() { two } else { one };
        assert!(matches!(refused, Err(ConnectorError::Exists { .. })), "{refused:?}");
        assert_eq!(ground.secret_of("contoso").as_deref(), Some(made));
    }
}
