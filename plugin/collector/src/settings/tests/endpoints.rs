//! Tests of endpoints and proxies.

use super::reading;
use crate::config::ProxyConfig;

fn endpoint(url: &str) -> (Option<String>, String) {
    let (url, problems) = reading(&format!("e = '{url}'"), |reader| reader.endpoint("e"));
    (url.map(String::from), problems)
}

/// Scenario: https anywhere and http to this machine by each of its names.
/// Guarantee: all are endpoints.
#[test]
fn endpoints_are_https_or_loopback() {
    for url in [
        "https://siem.example.com/in?x=1",
        "http://localhost:8080/",
        "http://siem.localhost/",
        "http://127.0.0.1:1/",
        "http://127.9.9.9/",
        "http://[::1]:8080/",
        "HTTPS://192.0.2.1/",
    ] {
        assert_eq!(endpoint(url), (Some(url.to_lowercase()), String::new()));
    }
}

/// Scenario: http to others, also by names that only begin like a loopback name; other schemes; credentials.
/// Guarantee: each is refused with what to write, and the URL is not repeated.
#[test]
fn other_endpoints_are_refused() {
    let plain = "c.toml:1: e: is plain http:// to another machine; write https://";
    let scheme = "c.toml:1: e: is not an https:// URL; write https://host";
    let credentials = "c.toml:1: e: holds a user name or password; write the URL without them and give them in keys of their own";
    for (url, problem) in [
        ("http://siem.example.com/", plain),
        ("http://localhost.example.com/", plain),
        ("http://127.0.0.1.example.com/", plain),
        ("http://0.0.0.0/", plain),
        ("http://notlocalhost/", plain),
        ("ftp://127.0.0.1/", scheme),
        ("localhost:8080", scheme),
        ("https://user:hunter2@siem.example.com/", credentials),
        ("http://hunter2@127.0.0.1/", credentials),
        ("https://siem.example.com/#x", "c.toml:1: e: has a fragment; leave out # and what follows"),
        ("siem.example.com", "c.toml:1: e: is not a URL; write https://host"),
        ("https://", "c.toml:1: e: is not a URL; write https://host"),
    ] {
        assert_eq!(endpoint(url), (None, problem.to_owned()));
    }
}

/// Scenario: a proxy as one URL, as a table, switched off, and wrong ones that hold a password.
/// Guarantee: the URL is for both schemes, the table for each its own, `enabled = false` for none; wrong ones are
/// reported without the password.
#[test]
fn proxies_are_a_url_or_a_table() {
    let proxy = |text: &str| reading(text, |reader| reader.proxy("proxy"));
    let both = |url: &str| Some(url.to_owned());
    assert_eq!(
        proxy("proxy = 'http://u:p@proxy:3128'").0,
        Some(ProxyConfig {
            http: both("http://u:p@proxy:3128"),
            https: both("http://u:p@proxy:3128"),
            no_proxy: vec![]
        })
    );
    assert_eq!(
        proxy("[proxy]\nhttps = 'https://proxy:3128'\nno_proxy = ['localhost']").0,
        Some(ProxyConfig {
            http: None,
            https: both("https://proxy:3128"),
            no_proxy: vec!["localhost".to_owned()]
        })
    );
    assert_eq!(
        proxy("[proxy]\nenabled = false\nhttp = 'http://proxy'"),
        (Some(ProxyConfig::default()), String::new())
    );
    assert_eq!(proxy(""), (None, String::new()));
    assert_eq!(
        proxy("[proxy]\nhttp = 'hunter2@proxy:80'\nhttps = 'socks5://hunter2@proxy'\nhttp_proxy = 1").1,
        "c.toml:4: proxy.http_proxy: unknown key; did you mean http?\n\
         c.toml:2: proxy.http: is not the URL of a proxy; write http://host:port\n\
         c.toml:3: proxy.https: is not the URL of a proxy; write http://host:port"
    );
}
