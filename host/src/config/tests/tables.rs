//! Tests of the host's own tables.

use super::super::keys;
use super::Files;
use super::{WHOLE, environment, load};

/// Scenario: every key of the host.
/// Guarantee: each arrives; names are those of a `Host` header, each once, loopback ones and the address first.
#[test]
fn keys_arrive() {
    let text = format!(
        "data_dir = '/var/lib/x'\nproxy = 'http://p:1'\n\
         [api]\nenabled = false\npublic_url = 'https://console.example'\naddress = '192.0.2.1:80'\nallowed_hosts = ['Siem.example.com', 'localhost', '[2001:DB8::1]']\n\
         [journal]\nmax_bytes = 1048576\nretention_secs = 1\n{WHOLE}"
    );
    let config = load(&[&text]).unwrap();
    assert_eq!(config.data_dir.to_str(), Some("/var/lib/x"));
    assert_eq!(config.proxy.http.as_deref(), Some("http://p:1"));
    assert!(!config.api.enabled);
    assert_eq!(
        config.api.allowed_hosts,
        [
            "localhost",
            "127.0.0.1",
            "[::1]",
            "192.0.2.1",
            "siem.example.com",
            "[2001:db8::1]",
            "console.example"
        ]
    );
    assert_eq!((config.journal.max_bytes, config.journal.retention.as_secs()), (1_048_576, 1));
}

/// Scenario: an address on every interface.
/// Guarantee: it is no name that a request can have.
#[test]
fn an_unspecified_address_is_no_host_name() {
    let config = load(&[&format!("api = {{ address = '0.0.0.0:80', token_file = 't' }}\n{WHOLE}")]).unwrap();
    assert_eq!(config.api.allowed_hosts, ["localhost", "127.0.0.1", "[::1]"]);
}

/// Scenario: one wrong line at a time.
/// Guarantee: each message says what is wrong and what to write.
#[test]
fn each_mistake_has_its_message() {
    for (line, message) in [
        ("data_dir = ''", "data_dir: is empty; write a path"),
        ("datadir = 'x'", "datadir: unknown key; did you mean data_dir?"),
        ("api.adress = 'x'", "api.adress: unknown key; did you mean address?"),
        ("api = 1", "api: is an integer; write a table"),
        ("api.enabled = 'yes'", "api.enabled: is a string; write true or false"),
        (
            "api.address = 'localhost'",
            "api.address: is malformed; write an address and port, such as 127.0.0.1:8686",
        ),
        (
            "api.allowed_hosts = ['a b']",
            "api.allowed_hosts[0]: is malformed; write a host name or address without a port",
        ),
        (
            "api.address = '0.0.0.0:80'",
            "api.address: can be reached from elsewhere without a password; add api.password_hash, which \
             `entra-signins hash-password` makes, or api.token_file",
        ),
        (
            "api.password_hash = 'hush'",
            "api.password_hash: is no argon2 hash; write what `entra-signins hash-password` prints",
        ),
        (
            "api.public_url = 'http://sign-ins.example'",
            "api.public_url: is no place to send a browser back to; write https://name or https://name:port, or \
             http://localhost:port",
        ),
        ("api.tls = { crt_file = 'a' }", "api.tls.key_file: is missing; write the path of a file in PEM"),
        ("api.tls = { key_file = 'a' }", "api.tls.crt_file: is missing; write the path of a file in PEM"),
        ("journal.max_bytes = 1000", "journal.max_bytes: is out of range; write 1048576 or more"),
        ("journal.retention_secs = 0", "journal.retention_secs: is out of range; write 1 or more"),
        ("proxy.https = 'p'", "proxy.https: is not the URL of a proxy; write http://host:port"),
    ] {
        assert_eq!(load(&[&format!("{line}\n{WHOLE}")]).unwrap_err(), format!("one.toml:1: {message}"));
    }
}

/// Scenario: an interface that can be reached from elsewhere, with and without TLS, and one on loopback. Guarantee: what is secret does not cross a network in the clear
/// unsaid; files are relative to the one that names them.
#[test]
fn secrets_in_the_clear_are_said() {
    let tls = ", tls = { crt_file = 'a', key_file = 'b' }";
    for (address, tls, is_said) in
        [("0.0.0.0:1", "", true), ("0.0.0.0:1", tls, false), ("[::1]:1", "", false)]
    {
        let config =
            load(&[&format!("api = {{ address = '{address}', token_file = 't'{tls} }}\n{WHOLE}")]).unwrap();
        let said = config.notes.iter().any(|note| note.to_string().contains("api.address: passwords"));
        assert_eq!(said, is_said, "{address} {:?}", config.notes);
        let files = config.api.tls.map(|files| (files.crt_file, files.key_file));
        assert_eq!(files.is_some(), !tls.is_empty());
        assert!(files.is_none_or(|(crt, key)| crt.ends_with("a") && key.is_absolute()));
    }
}

/// Scenario: proxies in the environment, with and without a scheme, beside configured ones and a switch.
/// Guarantee: the configuration wins key by key, lower case wins over upper, and `enabled = false` means none.
#[test]
fn proxies_come_from_the_environment_too() {
    let proxied = |name: &str| match name {
        "http_proxy" => Some("plain:3128".to_owned()),
        "HTTP_PROXY" => Some("http://ignored".to_owned()),
        "HTTPS_PROXY" => Some("https://secure:3128".to_owned()),
        "NO_PROXY" => Some("localhost, .example.com,".to_owned()),
        other => environment(other),
    };
    let proxy = |line: &str| Files::new(&[&format!("{line}\n{WHOLE}")]).load_in(&proxied).unwrap().proxy;
    let inherited = proxy("");
    assert_eq!(inherited.http.as_deref(), Some("http://plain:3128"));
    assert_eq!(inherited.https.as_deref(), Some("https://secure:3128"));
    assert_eq!(inherited.no_proxy, ["localhost", ".example.com"]);
    let mixed = proxy("proxy.http = 'http://mine'");
    assert_eq!(
        (mixed.http.as_deref(), mixed.https.as_deref()),
        (Some("http://mine"), Some("https://secure:3128"))
    );
    let none = proxy("proxy.enabled = false");
    assert_eq!((none.http, none.https), (None, None));
}

/// Scenario: the tables of keys.
/// Guarantee: names are unique in their table and every one has a line of documentation.
#[test]
fn keys_are_documented() {
    for table in [keys::TOP, keys::API, keys::API_TLS, keys::JOURNAL] {
        for (index, key) in table.iter().enumerate() {
            assert!(!key.doc.is_empty() && !key.doc.contains('\n'), "{}", key.name);
            assert!(table[..index].iter().all(|other| other.name != key.name), "{}", key.name);
        }
    }
}
