use super::super::Proof;
use crate::config::ClientSecret;

/// Scenario: a secret is printed for debugging, and texts with and without it are looked at.
/// Guarantees: only its kind shows, and an echo of it is found.
#[test]
fn a_secret_is_kept() {
    let proof = Proof::secret(&"hush".into(), "contoso");
    assert_eq!(format!("{proof:?}"), "Secret");
    let Proof::Secret(secret) = proof else { panic!("is a secret") };
    let shown = secret.show();
    assert_eq!(shown.parameters(), [("client_secret", "hush")]);
    assert!(shown.is_in("you sent hush") && !shown.is_in("you sent nothing"));
}

/// Scenario: the host has no secret for a connector. Guarantee: nothing is shown; why is said, and the command that helps, with the connector's name.
#[test]
fn a_missing_secret_is_asked_for() {
    let proof = Proof::secret(&ClientSecret::Missing("nobody has entered it".to_owned()), "contoso");
    let Proof::MissingSecret(missing) = proof else { panic!("is none") };
    let unproven = missing.unproven();
    assert_eq!(unproven.meaning.reason, "client_secret_missing");
    assert_eq!(unproven.detail.as_deref(), Some("nobody has entered it"));
    assert!(unproven.way_out.unwrap().contains("`entra-signins connectors secret contoso`"));
}
