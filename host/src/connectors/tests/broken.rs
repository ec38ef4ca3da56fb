//! Tests of files that cannot be used, and of secrets that are not there.

use super::*;
use crate::cli::{load_again_for_tests, load_for_tests};

/// Scenario: the file of a connector comes to a machine without its secret; the key of the secrets is lost. Guarantee: the connector is there, says what it lacks and
/// what helps; everything else is as it was; the secret can be entered anew, and so can those of others that were lost with the key.
#[test]
fn a_missing_secret_concerns_its_connector_alone() {
    let ground = Ground::with_two();
    ground.add(&parent("fabrikam")).unwrap();
    fs::remove_dir_all(ground.data("secrets")).unwrap();
    let problem = ground.problem("contoso");
    assert!(problem.contains("nobody has entered it") && problem.contains("secret contoso`"), "{problem}");
    assert!(ground.entry("contoso").is_used && ground.entry("contoso-sign-ins").is_used);
    assert_eq!(ground.secret_of("by-hand").as_deref(), Some("hush-hush"));
    for name in ["contoso", "fabrikam"] {
        ground.connectors.set_secret(name, None, &SECRET.into()).unwrap();
        assert_eq!(ground.secret_of(name).as_deref(), Some(SECRET));
    }

    fs::remove_file(ground.data("secrets.key")).unwrap();
    let problem = ground.problem("contoso");
    assert!(problem.contains("secrets.key") && problem.contains("enter the secrets anew"), "{problem}");
    ground.connectors.set_secret("contoso", None, &SECRET.into()).unwrap();
    assert_eq!(ground.secret_of("contoso").as_deref(), Some(SECRET));
    let problem = ground.problem("fabrikam");
    assert!(problem.contains("with another key"), "{problem}");
    ground.connectors.remove("fabrikam", None).unwrap();
}

/// Scenario: of three connectors one has a file that is no TOML, later one with a key that is not known, later one that is no text, each of the parent and of the
/// child. Guarantee: it is left out and listed with its mistake and its line; others are there, can be changed, added and removed; a child of what is left out says so
/// too; the file can be removed, with the secret.
#[test]
fn a_broken_file_concerns_its_connector_alone() {
    for broken in [&b"[[sources.entra.microsoft_365]]\nname = contoso\n"[..], b"\n\xff", b""] {
        let ground = Ground::with_two();
        fs::write(ground.file("contoso"), broken).unwrap();
        let (parent_entry, below) = (ground.entry("contoso"), ground.entry("contoso-sign-ins"));
        assert!(!parent_entry.is_used && !below.is_used && ground.entry("by-hand").is_used);
        assert!(ground.problem("contoso").contains("contoso.toml"), "{parent_entry:?}");
        assert!(ground.problem("contoso-sign-ins").contains("is the name of no parent"), "{below:?}");
        ground.add(&parent("fabrikam")).unwrap();
        ground.connectors.set_secret("fabrikam", None, &"another".into()).unwrap();
        ground.connectors.remove("fabrikam", None).unwrap();
        let edited = ground.connectors.edit("contoso", None, &Settings::default(), None);
        assert!(matches!(edited, Err(ConnectorError::NotRead(_))), "{edited:?}");
        assert!(matches!(ground.connectors.remove("contoso", None), Err(ConnectorError::Children { .. })));
        ground.connectors.remove("contoso-sign-ins", None).unwrap();
        ground.connectors.remove("contoso", None).unwrap();
        assert_eq!(fs::read_dir(ground.data("secrets")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(ground.data("connectors.d")).unwrap().count(), 0);
    }
    let ground = Ground::with_two();
    let text = fs::read_to_string(ground.file("contoso-sign-ins")).unwrap();
    fs::write(ground.file("contoso-sign-ins"), text.replace("start = \"now\"", "start = \"sometime\""))
        .unwrap();
    let problem = ground.problem("contoso-sign-ins");
    assert!(problem.contains(".start:") && ground.entry("contoso").is_used, "{problem}");
    let mended = Settings { start: Some("now".to_owned()), ..Settings::default() };
    ground.connectors.edit("contoso-sign-ins", None, &mended, None).unwrap();
    assert_eq!(ground.entry("contoso-sign-ins").problem, None);
}

/// Scenario: while the program runs, a file is broken and another one changed; then the first is mended; then it is removed. Guarantee: what was in use of the first stays
/// in use, with its mistake said, the change of the other is in use; each next step as well.
#[test]
fn what_was_in_use_stays() {
    let ground = Ground::with_two();
    let files = [ground.directory.path().join("main.toml")];
    let mut running = ground.config();
    let again = |running: &mut HostConfig| {
        *running = load_again_for_tests(&files, &running.made).unwrap();
        running.made.aside().iter().map(|aside| aside.is_kept).collect::<Vec<_>>()
    };
    let good = fs::read(ground.file("contoso")).unwrap();
    let before = running.sources.clone();
    fs::write(ground.file("contoso"), "broken").unwrap();
    assert_eq!(again(&mut running), [true]);
    assert!(running.sources == before);
    ground.connectors.remove("contoso-sign-ins", None).unwrap();
    assert_eq!(again(&mut running), [true]);
    assert!(running.sources != before);
    fs::write(ground.file("contoso"), good).unwrap();
    assert_eq!(again(&mut running), [] as [bool; 0]);
    fs::remove_file(ground.file("contoso")).unwrap();
    assert_eq!(again(&mut running), [] as [bool; 0]);
}

/// Scenario: the main configuration and a connector's file have mistakes. Guarantee: both are said at once, and the program does not start.
#[test]
fn mistakes_of_both_are_said_at_once() {
    let ground = Ground::with_two();
    let main = ground.directory.path().join("main.toml");
    fs::write(ground.file("contoso"), "broken").unwrap();
    fs::write(&main, fs::read_to_string(&main).unwrap() + "unknown = 1\n").unwrap();
    let problems = load_for_tests(&[main], None).map(drop).unwrap_err().to_string();
    assert!(problems.contains("main.toml") && problems.contains("contoso.toml"), "{problems}");
}

/// Scenario: a connector of the main configuration stands below one whose file is broken. Guarantee: it is left out, which is noted with its place; all others run.
#[test]
fn the_main_configuration_may_build_on_what_is_broken() {
    let ground = Ground::with_two();
    let main = ground.directory.path().join("main.toml");
    let below = "[[sources.entra.azure_ad]]\nname = 'below'\nconnector_tenant = 'contoso'\nsign_in_event_types = ['managedIdentity']\n";
    fs::write(&main, fs::read_to_string(&main).unwrap() + below).unwrap();
    assert!(ground.config().notes.is_empty() && ground.entry("below").is_used);
    fs::write(ground.file("contoso"), "broken").unwrap();
    let notes = ground.config().notes;
    assert!(notes.len() == 1 && notes[0].to_string().contains("main.toml"), "{notes:?}");
    let names: Vec<_> = ground.connectors.list().unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["by-hand", "contoso", "contoso-sign-ins"]);
}
