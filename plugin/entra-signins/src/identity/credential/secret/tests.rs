use super::super::Proof;

/// Scenario: a secret is printed for debugging, and texts with and without it are looked at.
/// Guarantees: only its kind shows, and an echo of it is found.
#[test]
fn a_secret_is_kept() {
    let proof = Proof::secret(&"hush".into());
    assert_eq!(format!("{proof:?}"), "Secret");
    let Proof::Secret(secret) = proof else { panic!("is a secret") };
    let shown = secret.show();
    assert_eq!(shown.parameters(), [("client_secret", "hush")]);
    assert!(shown.is_in("you sent hush") && !shown.is_in("you sent nothing"));
}
