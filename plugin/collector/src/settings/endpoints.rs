//! Reading what names another machine: endpoints and proxies.

use url::{Host, Url};

use super::{Key, Reader, Setting};
use crate::config::ProxyConfig;

const PROXY: &[Key] = &[
    Key { name: "enabled", doc: "Whether to use a proxy at all; default true" },
    Key { name: "http", doc: "URL of the proxy for http:// addresses" },
    Key { name: "https", doc: "URL of the proxy for https:// addresses" },
    Key { name: "no_proxy", doc: "Hosts reached directly" },
];

impl Reader<'_> {
    /// The URL of a service: `https://`, or `http://` to this machine alone, without user name and password (which
    /// would end in logs) and without a fragment.
    pub fn endpoint(&self, name: &str) -> Option<Url> {
        let Ok(url) = self.text(name)?.parse::<Url>() else {
            self.problem(name, "is not a URL", Some("write https://host".to_owned()));
            return None;
        };
        let (what, fix) = match url.scheme() {
            "https" | "http" if url.username() != "" || url.password().is_some() => (
                "holds a user name or password",
                "write the URL without them and give them in keys of their own",
            ),
            "https" | "http" if url.fragment().is_some() => {
                ("has a fragment", "leave out # and what follows")
            }
            "https" => return Some(url),
            "http" if is_loopback(&url) => return Some(url),
            "http" => ("is plain http:// to another machine", "write https://"),
            _ => ("is not an https:// URL", "write https://host"),
        };
        self.problem(name, what, Some(fix.to_owned()));
        None
    }

    /// Proxies: one URL for everything, or a table `enabled`, `http`, `https`, `no_proxy`. `enabled = false` gives
    /// a configuration without any.
    pub fn proxy(&self, name: &str) -> Option<ProxyConfig> {
        if let Setting::String(_) = self.get(name)?.setting {
            let proxy = self.proxy_url(name)?;
            return Some(ProxyConfig { http: Some(proxy.clone()), https: Some(proxy), no_proxy: Vec::new() });
        }
        let table = self.table(name, PROXY)?;
        let no_proxy =
            table.strings("no_proxy").unwrap_or_default().into_iter().map(|(host, _)| host).collect();
        let proxy = ProxyConfig { http: table.proxy_url("http"), https: table.proxy_url("https"), no_proxy };
        if table.boolean("enabled") == Some(false) { Some(ProxyConfig::default()) } else { Some(proxy) }
    }

    fn proxy_url(&self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let valid =
            text.parse::<Url>().is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !valid {
            self.problem(name, "is not the URL of a proxy", Some("write http://host:port".to_owned()));
            return None;
        }
        Some(text.to_owned())
    }
}

/// Whether the URL names this machine, so that nobody else can read what is sent in the clear.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
