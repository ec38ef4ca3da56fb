//! Tests of what is shared by sinks that speak HTTP.

mod tls;

use std::cell::RefCell;

use collector::settings::{Problems, Reader, Setting, Spanned, Table};

use super::*;
use crate::encoding::Inputs;
use crate::sinks::http;

fn problems(settings: &[(&str, &[(&str, Setting)])]) -> String {
    let mut table = Table::default();
    for (key, nested) in settings {
        let setting = match nested {
            [("", setting)] => setting.clone(),
            nested => {
                let entries =
                    nested.iter().map(|(key, setting)| ((*key).to_owned(), spanned(setting))).collect();
                Setting::Table(Table { entries, at: None })
            }
        };
        table.entries.insert((*key).to_owned(), spanned(&setting));
    }
    match (http::DESCRIPTION.configure)(&table, &Inputs::new()) {
        Ok(config) => format!("{config:?}"),
        Err(problems) => problems.to_string(),
    }
}

fn spanned(setting: &Setting) -> Spanned {
    Spanned { setting: setting.clone(), at: None }
}

fn text(text: &str) -> Setting {
    Setting::String(text.to_owned())
}

/// Guarantee: an endpoint is https, or http to this machine, and holds no credentials; its query is not shown.
#[test]
fn endpoints_are_safe() {
    let endpoint = |url: &str| problems(&[("endpoint", &[("", text(url))])]);
    for good in ["https://siem.example/x", "http://127.0.0.1:1", "http://localhost:1/", "http://[::1]:1/"] {
        assert!(endpoint(good).starts_with("HttpConfig"), "{good}");
    }
    for (bad, words) in [
        ("http://siem.example/", "plain http to another machine; write https://"),
        ("https://user:secret@siem.example/", "holds credentials; write them under auth"),
        ("siem.example", "is no URL"),
        ("ftp://siem.example/", "is no web address"),
        ("", "is empty"),
    ] {
        let said = endpoint(bad);
        assert!(said.contains(words) && !said.contains("secret"), "{bad}: {said}");
    }
    assert!(!endpoint("https://siem.example/?key=sesame").contains("sesame"));
}

/// Scenario: a table with a mistake in each of its parts. Guarantee: all are reported at once, no value is shown.
#[test]
fn mistakes_are_reported_together() {
    let said = problems(&[
        ("endpoint", &[("", text("https://siem.example/"))]),
        ("auth", &[("strategy", text("basic")), ("token", text("sesame"))]),
        ("tls", &[("crt_file", text("nowhere.pem")), ("verify_hostname", Setting::Boolean(false))]),
        ("request", &[("timeout_secs", Setting::Integer(0)), ("headers", text("x"))]),
        ("compression", &[("", text("zip"))]),
    ]);
    for words in [
        "auth.token: does not belong to strategy basic",
        "auth.user: is missing",
        "auth.password: is missing; add password or password_file",
        "tls.crt_file: stands without key_file",
        "tls.verify_hostname: is false without ca_file",
        "request.timeout_secs: is out of range",
        "request.headers: is no table",
        "compression: is no known word",
    ] {
        assert!(said.contains(words), "{words} is not in:\n{said}");
    }
    assert!(!said.contains("sesame"));
}

/// Guarantee: what a configuration shows of itself holds no secret.
#[test]
fn secrets_are_not_shown() {
    let mut headers = Table::default();
    headers.entries.insert("x-api-key".to_owned(), spanned(&text("sesame")));
    let said = problems(&[
        ("endpoint", &[("", text("https://siem.example/"))]),
        ("auth", &[("strategy", text("bearer")), ("token", text("sesame"))]),
        ("request", &[("headers", Setting::Table(headers))]),
        ("proxy", &[("https", text("http://user:sesame@proxy.example:3128"))]),
    ]);
    assert!(said.starts_with("HttpConfig") && !said.contains("sesame"), "{said}");
}

/// Scenario: a header that the sink sets itself. Guarantee: it is refused.
#[test]
fn headers_of_the_sink_are_reserved() {
    let mut table = Table::default();
    table.entries.insert("Authorization".to_owned(), spanned(&text("x")));
    let said = problems(&[
        ("endpoint", &[("", text("https://siem.example/"))]),
        ("request", &[("headers", Setting::Table(table))]),
    ]);
    assert!(said.contains("request.headers.Authorization: is set by the sink"), "{said}");
}

/// Scenario: the program's proxy, one of the sink's own, and none. Guarantee: a request for an unreachable name goes to the
/// proxy that holds, which is seen by who fails.
#[tokio::test]
async fn the_nearest_proxy_holds() {
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let global = ProxyConfig { http: Some(format!("http://{dead}")), ..ProxyConfig::default() };
    let live = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}/", live.local_addr().unwrap());
    let asked = |proxy: Option<Table>| {
        let mut table = Table::default();
        table.entries.insert("endpoint".to_owned(), spanned(&text(&target)));
        if let Some(proxy) = proxy {
            table.entries.insert("proxy".to_owned(), spanned(&Setting::Table(proxy)));
        }
        let problems = RefCell::<Problems>::default();
        let reader = Reader::new(&table, "", &[ENDPOINT, PROXY], &problems);
        let (endpoint, options) = (Endpoint::read(&reader).unwrap(), ClientOptions::read(&reader));
        (options.client(&endpoint, &global).unwrap(), endpoint)
    };
    let (client, endpoint) = asked(None);
    let error = client.head(endpoint.url().clone()).send().await.unwrap_err();
    assert!(error.is_connect(), "the program's proxy is not there: {error:?}");
    let mut disabled = Table::default();
    disabled.entries.insert("enabled".to_owned(), spanned(&Setting::Boolean(false)));
    let (client, endpoint) = asked(Some(disabled));
    let request = client.head(endpoint.url().clone()).send();
    tokio::select! {
        biased;
        _ = request => panic!("nobody answers"),
        accepted = live.accept() => drop(accepted.unwrap()),
    }
}
