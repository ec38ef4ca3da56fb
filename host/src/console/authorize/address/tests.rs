//! Tests of where a browser comes back to.

use axum::http::{HeaderMap, header};
use url::Url;

use super::callback;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

/// Where a browser comes back to that uses this address, or by which it would have to be opened.
fn back(used: &str, public: Option<&str>) -> Result<String, Option<String>> {
    let headers = HeaderMap::from_iter([(header::ORIGIN, used.parse().unwrap())]);
    let back = callback(public.map(url).as_ref(), &headers);
    back.map(String::from).map_err(|elsewhere| elsewhere.open.map(String::from))
}

/// Scenario: the console is opened by each sort of address, with and without a `public_url`. Guarantee: a browser is sent away only where Microsoft sends it
/// back to the address that it uses; elsewhere it is told which one to open, if one would do.
#[test]
fn browsers_come_back_to_where_they_were() {
    let public = Some("https://siem.example");
    for (used, public, expected) in [
        ("http://localhost:8686", None, Ok("http://localhost:8686/oauth/callback")),
        ("https://192.0.2.1:8686", None, Ok("https://192.0.2.1:8686/oauth/callback")),
        ("http://127.0.0.1:8686", None, Err(Some("http://localhost:8686/"))),
        ("http://[::1]:8686", None, Err(Some("http://localhost:8686/"))),
        ("http://192.0.2.1:8686", None, Err(None)),
        ("http://localhost.example", None, Err(None)),
        ("https://siem.example", public, Ok("https://siem.example/oauth/callback")),
        ("http://localhost:8686", public, Err(Some("https://siem.example/"))),
    ] {
        let expected = expected.map(str::to_owned).map_err(|open| open.map(str::to_owned));
        assert_eq!(back(used, public), expected, "{used}");
    }
}

/// Scenario: a browser that does not say where it is, and one at no address. Guarantee: it is sent back to the configured address; without one, nowhere.
#[test]
fn browsers_that_do_not_say_where_they_are_come_back_to_the_public_address() {
    let nothing = HeaderMap::new();
    let public = url("https://siem.example:8443");
    let callback_of = |public: Option<&Url>| callback(public, &nothing).map(String::from).ok();
    assert_eq!(callback_of(Some(&public)).as_deref(), Some("https://siem.example:8443/oauth/callback"));
    assert_eq!(callback_of(None), None);
    assert_eq!(back("null", None), Err(None));
}
