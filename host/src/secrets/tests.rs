//! Tests of secrets at rest.

use super::*;
use crate::private;

const SECRET: &str = "hunter2-and-more";

fn name(name: &str, context: &str) -> SecretName {
    SecretName { name: name.to_owned(), context: context.to_owned() }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(directory.join("secrets")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// Scenario: a secret is kept, replaced, read after a restart, and removed. Guarantee: the newest comes back, nothing of it stands in plain
/// anywhere, all files are their owner's alone, and after that there is none.
#[test]
fn secrets_rest_encrypted() {
    let directory = tempfile::tempdir().unwrap();
    let (contoso, none) = (name("contoso/client_secret", "tenant"), name("fabrikam/client_secret", "tenant"));
    let vault = Vault::new(directory.path(), None);
    vault.put(&contoso, &"older".into()).unwrap();
    vault.put(&contoso, &SECRET.into()).unwrap();
    let again = Vault::new(directory.path(), None);
    assert_eq!(again.get(&contoso).unwrap().unwrap().inner(), SECRET);
    assert_eq!(again.get(&none).unwrap(), None);
    let mut all = files(directory.path());
    assert_eq!(all.len(), 1, "nothing is left of writing");
    all.push(directory.path().join("secrets.key"));
    for file in &all {
        let bytes = fs::read(file).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"hunter2"), "{}", file.display());
        assert!(!private::is_open_to_others(&fs::metadata(file).unwrap()));
    }
    again.remove(&contoso).unwrap();
    again.remove(&contoso).unwrap();
    assert_eq!(again.get(&contoso).unwrap(), None);
}

/// Scenario: a secret is asked for by another tenant's connector, under another connector's name whose file it was moved to, after a bit of its file
/// has flipped, and after its file was cut. Guarantee: it is never given.
#[test]
fn a_secret_is_good_for_what_it_was_entered_for() {
    let directory = tempfile::tempdir().unwrap();
    let vault = Vault::new(directory.path(), None);
    let (here, there) = (name("contoso/client_secret", "tenant"), name("evil/client_secret", "tenant"));
    vault.put(&here, &SECRET.into()).unwrap();
    let refused = |name: &SecretName| matches!(vault.get(name), Err(VaultError::Unreadable));
    assert!(refused(&name("contoso/client_secret", "another tenant")));
    let file = files(directory.path()).pop().unwrap();
    fs::copy(&file, vault.file(&there)).unwrap();
    assert!(refused(&there));
    let sealed = fs::read(&file).unwrap();
    for index in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[index] ^= 1;
        fs::write(&file, &flipped).unwrap();
        assert!(refused(&here), "byte {index}");
        fs::write(&file, &sealed[..index]).unwrap();
        assert!(refused(&here), "cut at {index}");
    }
    fs::write(&file, &sealed).unwrap();
    assert!(vault.get(&here).unwrap().is_some());
}

/// Scenario: the key is lost while there are secrets, is no key, or may be read by others; then it is lost for good, and a secret is entered anew. Guarantee: each is said
/// with the file and a way out; a new key is made where a secret is entered, and what was kept with the old one is not read.
#[cfg(unix)]
#[test]
fn a_lost_key_is_said() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let vault = Vault::new(directory.path(), None);
    let (contoso, other) =
        (name("contoso/client_secret", "tenant"), name("fabrikam/client_secret", "tenant"));
    vault.put(&contoso, &SECRET.into()).unwrap();
    vault.put(&other, &SECRET.into()).unwrap();
    let key = directory.path().join("secrets.key");
    fs::remove_file(&key).unwrap();
    let lost = vault.get(&contoso).unwrap_err();
    assert!(matches!(lost, VaultError::Key(KeyError::Io { .. })) && !key.exists(), "{lost:?}");
    assert!(lost.to_string().contains("enter the secrets anew"), "{lost}");
    fs::write(&key, "no key").unwrap();
    fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(matches!(vault.get(&contoso), Err(VaultError::Key(KeyError::NoKey(_)))));
    assert!(matches!(vault.put(&contoso, &SECRET.into()), Err(VaultError::Key(KeyError::NoKey(_)))));
    fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).unwrap();
    assert!(matches!(vault.get(&contoso), Err(VaultError::Key(KeyError::Open { .. }))));
    fs::remove_file(&key).unwrap();
    vault.put(&contoso, &"anew".into()).unwrap();
    assert_eq!(vault.get(&contoso).unwrap().unwrap().inner(), "anew");
    assert!(matches!(vault.get(&other), Err(VaultError::Unreadable)));
}

/// Scenario: the file of the key is configured and is not there. Guarantee: none is made in its place, which may be a disk that is not mounted; it is said how to make one.
#[test]
fn a_configured_key_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("elsewhere.key");
    let vault = Vault::new(directory.path(), Some(&key));
    let error = vault.put(&name("contoso/client_secret", "tenant"), &SECRET.into()).unwrap_err();
    assert!(error.to_string().contains("openssl rand") && !key.exists(), "{error}");
}

/// Scenario: of two that change one secret the one that was asked first is slower: it comes to write, or to forget, when the other has. Guarantee: the later one's word holds;
/// another secret is not concerned.
#[test]
fn the_last_word_holds() {
    let directory = tempfile::tempdir().unwrap();
    let vault = Vault::new(directory.path(), None);
    let (contoso, other) = (name("contoso/refresh_token", "tenant"), name("other/refresh_token", "tenant"));
    let [first, second, third] = [(); 3].map(|()| vault.turns.next());
    vault.put_in(&third, &contoso, &"newest".into()).unwrap();
    vault.put_in(&first, &contoso, &"older".into()).unwrap();
    vault.remove_in(&second, &contoso).unwrap();
    vault.put_in(&first, &other, &"other".into()).unwrap();
    assert_eq!(vault.get(&contoso).unwrap().unwrap().inner(), "newest");
    assert_eq!(vault.get(&other).unwrap().unwrap().inner(), "other");
    assert_eq!(files(directory.path()).len(), 2, "nothing is left of writing");
}

/// Scenario: two sources keep a secret of one name. Guarantee: each has its own; of another context there is none.
#[tokio::test]
async fn sources_do_not_share_secrets() {
    let directory = tempfile::tempdir().unwrap();
    let vault = Arc::new(Vault::new(directory.path(), None));
    let [one, two] = ["one", "two"].map(|source| OfSource::new(Arc::clone(&vault), &source.into()));
    let token = name("contoso/refresh_token", "tenant");
    one.put(&token, &SECRET.into()).await.unwrap();
    two.put(&token, &"other".into()).await.unwrap();
    assert_eq!(one.get(&token).await.unwrap().unwrap().inner(), SECRET);
    assert_eq!(one.get(&name("contoso/refresh_token", "another")).await.unwrap(), None);
    one.remove(&token).await.unwrap();
    assert_eq!(two.get(&token).await.unwrap().unwrap().inner(), "other");
}
