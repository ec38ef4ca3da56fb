//! Where a receiver listens.

use std::fmt;

use collector::settings::Reader;
use url::{Host, Url};

/// A receiver's URL: `https`, or `http` to this machine. `Debug` and `Display` leave the query out, which may hold a
/// secret.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Endpoint(Url);

impl Endpoint {
    /// Reads the key `endpoint`, which must be there.
    pub(crate) fn read(sink: &Reader<'_>) -> Option<Self> {
        let text = sink.required_string("endpoint")?;
        let problem = |what: &str, fix: &str| {
            sink.problem("endpoint", what, Some(fix.to_owned()));
            None
        };
        let Ok(url) = Url::parse(&text) else {
            return problem("is no URL", "write https://host/path");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return problem("holds credentials", "write them under auth");
        }
        match (url.scheme(), url.host()) {
            ("https", Some(_)) => Some(Self(url)),
            ("http", Some(host)) if is_loopback(&host) => Some(Self(url)),
            ("http", _) => problem("is plain http to another machine", "write https://"),
            _ => problem("is no web address", "write https://host/path"),
        }
    }

    /// The URL, for requests.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it is `https`.
    pub(crate) fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
