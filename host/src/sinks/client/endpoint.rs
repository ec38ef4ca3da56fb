//! Where a receiver listens.

use std::borrow::Cow;
use std::fmt;

use collector::settings::Reader;
use url::{Host, Url};

/// A segment of a path that is as long as this is taken for a key, as in the addresses of webhooks.
const KEY_LENGTH: usize = 20;

/// A receiver's URL: `https`, or `http` to this machine. `Debug` and `Display` leave out what may be a secret: the
/// query, and long segments of the path.
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

    /// The parts that may be secrets, as they stand in the URL and as they are meant.
    pub(super) fn keys(&self) -> Vec<String> {
        // A key may be all that the query is, without a name.
        let value = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
            if value.is_empty() { name } else { value }.into_owned()
        };
        let mut keys: Vec<_> = self.0.query_pairs().map(value).collect();
        keys.extend(self.0.query().into_iter().chain(self.0.fragment()).map(str::to_owned));
        keys.extend(
            self.0.path_segments().into_iter().flatten().filter(|part| is_key(part)).map(str::to_owned),
        );
        keys
    }

    /// Whether it is `https`.
    pub(crate) fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_key(segment: &str) -> bool {
    segment.len() >= KEY_LENGTH
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
        let path: Vec<_> =
            self.0.path().split('/').map(|part| if is_key(part) { "..." } else { part }).collect();
        shown.set_path(&path.join("/"));
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
