//! Tests of editing.

use super::*;

fn tenant(id: &str) -> Settings {
    Settings { tenant_id: Some(id.to_owned()), ..Settings::default() }
}

/// Scenario: a parent is given another name in events, then another tenant without and with its secret; a child is given other kinds. The parent's file holds more than
/// what can be edited here. Guarantee: the first leaves the secret; the second is refused until the secret comes with it, and nothing is changed meanwhile; what else the file holds stays.
#[test]
fn settings_change_and_secrets_do_not_follow() {
    let ground = Ground::with_two();
    let text = fs::read_to_string(ground.file("contoso")).unwrap();
    fs::write(ground.file("contoso"), text.replace("client_id", "account_id = 7\nclient_id")).unwrap();
    let named = Settings { tenant_name: Some("Contoso".to_owned()), ..Settings::default() };
    ground.connectors.edit("contoso", None, &named, None).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    let text = fs::read_to_string(ground.file("contoso")).unwrap();
    assert!(text.contains("account_id = 7") && text.contains("tenant_name = \"Contoso\""), "{text}");

    let moved = ground.connectors.edit("contoso", None, &tenant("fabrikam.example"), None);
    assert!(matches!(moved, Err(ConnectorError::SecretNeeded(_))), "{moved:?}");
    assert_eq!(fs::read_to_string(ground.file("contoso")).unwrap(), text);
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    ground.connectors.edit("contoso", None, &tenant("fabrikam.example"), Some(&"other".into())).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some("other"));
    assert_eq!(ground.entry("contoso").tenant_id.as_deref(), Some("fabrikam.example"));
    for endpoint in [
        Settings { graph_endpoint: Some("https://graph.example".to_owned()), ..Settings::default() },
        Settings { login_endpoint: Some("https://login.example".to_owned()), ..Settings::default() },
        Settings { cloud: Some("china".to_owned()), ..Settings::default() },
        Settings {
            client_id: Some("99999999-2222-3333-4444-555555555555".to_owned()),
            ..Settings::default()
        },
    ] {
        let changed = ground.connectors.edit("contoso", None, &endpoint, None);
        assert!(matches!(changed, Err(ConnectorError::SecretNeeded(_))), "{changed:?}");
    }
    let kinds = vec!["servicePrincipal".to_owned()];
    let other = Settings {
        sign_in_event_types: Some(kinds.clone()),
        start: Some(String::new()),
        ..Settings::default()
    };
    ground.connectors.edit("contoso-sign-ins", Some(Application::AzureAd), &other, None).unwrap();
    let (application, settings) = ground.connectors.settings("contoso-sign-ins", None).unwrap();
    assert_eq!(
        (application, settings.sign_in_event_types, settings.start),
        (Application::AzureAd, Some(kinds), None)
    );
}

/// Scenario: a parent is edited so that it would not work, a child so that another child's kinds would be read twice, each by somebody who means the other application.
/// Guarantee: each is refused, the files stay, and so does the secret.
#[test]
fn an_edit_that_would_not_work_is_not_made() {
    let ground = Ground::with_two();
    let other = New {
        settings: Settings {
            sign_in_event_types: Some(vec!["servicePrincipal".to_owned()]),
            ..child("z-other", "contoso").settings
        },
        ..child("z-other", "contoso")
    };
    ground.connectors.add(&other, None).unwrap();
    let files = ["contoso", "contoso-sign-ins", "z-other"].map(|name| fs::read(ground.file(name)).unwrap());
    let edit = |name: &str, settings: Settings, secret: Option<&str>| {
        ground.connectors.edit(name, None, &settings, secret.map(Into::into).as_ref()).unwrap_err()
    };
    let error = edit("contoso", tenant("no tenant"), Some("other"));
    assert!(matches!(&error, ConnectorError::Wrong(problems) if problems.to_string().contains("tenant_id")));
    let both =
        Settings { sign_in_event_types: Some(vec!["servicePrincipal".to_owned()]), ..Settings::default() };
    let error = edit("contoso-sign-ins", both, None);
    assert!(
        matches!(&error, ConnectorError::Wrong(problems) if problems.to_string().contains("already")),
        "{error}"
    );
    assert!(matches!(edit("contoso-sign-ins", tenant("x.example"), None), ConnectorError::Foreign { .. }));
    assert!(matches!(edit("contoso-sign-ins", Settings::default(), Some("x")), ConnectorError::NoSecret(_)));
    let meant = ground.connectors.edit("contoso", Some(Application::AzureAd), &Settings::default(), None);
    assert!(matches!(meant, Err(ConnectorError::Unknown(_))), "{meant:?}");
    assert!(matches!(edit("by-hand", Settings::default(), None), ConnectorError::ByHand { .. }));
    assert_eq!(
        files,
        ["contoso", "contoso-sign-ins", "z-other"].map(|name| fs::read(ground.file(name)).unwrap())
    );
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
}

/// Scenario: parents with whom a user signs in: made without a secret, made with one, changed from and to a client secret. Guarantee: a secret is there where it was given
/// and gone once it does not belong to the strategy, and so is what a user had left; an expiry that belongs to a secret is taken with one alone.
#[test]
fn a_strategy_may_have_no_secret() {
    let ground = Ground::new();
    let by = |strategy: &str| Settings { strategy: Some(strategy.to_owned()), ..Settings::default() };
    let with = |name: &str, strategy: &str| New {
        settings: Settings { strategy: Some(strategy.to_owned()), ..parent(name).settings },
        ..parent(name)
    };
    ground.connectors.add(&with("device", "device_code"), None).unwrap();
    ground.connectors.add(&with("public", "authorization_code"), None).unwrap();
    assert!(matches!(ground.add(&with("wrong", "device_code")), Err(ConnectorError::NoSecret(_))));
    let expiring = Settings { expires_at: Some("2099-12-31".to_owned()), ..Settings::default() };
    let expires = ground.connectors.edit("device", None, &expiring, None);
    assert!(matches!(expires, Err(ConnectorError::Wrong(_))), "{expires:?}");

    ground.add(&with("web", "authorization_code")).unwrap();
    ground.connectors.edit("web", None, &expiring, None).unwrap();
    assert_eq!(ground.secret_of("web").as_deref(), Some(SECRET));
    let vault = Vault::new(&ground.data(""), None);
    let authorization = of_source(&"entra".into(), &SecretName::refresh_token("web", "of a user"));
    vault.put(&authorization, &"refresh".into()).unwrap();
    let changed = Settings { expires_at: Some(String::new()), ..by("device_code") };
    ground.connectors.edit("web", None, &changed, None).unwrap();
    assert_eq!(fs::read_dir(ground.data("secrets")).unwrap().count(), 0);
    let back = ground.connectors.edit("web", None, &by("client_secret"), None);
    assert!(matches!(back, Err(ConnectorError::SecretNeeded(_))), "{back:?}");
    ground.connectors.edit("web", None, &by("client_secret"), Some(&"new".into())).unwrap();
    assert_eq!(ground.secret_of("web").as_deref(), Some("new"));
    assert_eq!(ground.connectors.list().unwrap().iter().filter(|entry| entry.problem.is_some()).count(), 0);
}
