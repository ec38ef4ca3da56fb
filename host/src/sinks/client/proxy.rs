//! The `proxy` table.

use std::fmt;

use collector::config::ProxyConfig;
use collector::settings::{Key, Reader};
use reqwest::{ClientBuilder, NoProxy, Proxy};

const KEYS: &[Key] = &[
    Key { name: "enabled", doc: "Whether to use a proxy. Default: true." },
    Key { name: "http", doc: "Proxy URL for http endpoints." },
    Key { name: "https", doc: "Proxy URL for https endpoints." },
    Key { name: "no_proxy", doc: "Hosts reached directly." },
];

/// Which proxy a sink uses. `Debug` shows no URL: it may carry credentials.
pub(super) enum ProxyOptions {
    /// The program's.
    Global,
    /// None.
    Disabled,
    /// Its own.
    Own(ProxyConfig),
}

impl ProxyOptions {
    pub(super) fn read(sink: &Reader<'_>) -> Self {
        let Some(reader) = sink.table("proxy", KEYS) else { return Self::Global };
        if reader.boolean("enabled") == Some(false) {
            return Self::Disabled;
        }
        let url = |name| {
            let text = reader.string(name)?;
            if Proxy::all(&text).is_err() {
                reader.problem(name, "is no URL", Some("write http://host:port".to_owned()));
            }
            Some(text)
        };
        let (http, https) = (url("http"), url("https"));
        let no_proxy =
            reader.strings("no_proxy").unwrap_or_default().into_iter().map(|(host, _)| host).collect();
        if http.is_none() && https.is_none() {
            Self::Global
        } else {
            Self::Own(ProxyConfig { http, https, no_proxy })
        }
    }

    /// The proxies that are used, if any are.
    pub(super) fn of<'a>(&'a self, global: &'a ProxyConfig) -> Option<&'a ProxyConfig> {
        match self {
            Self::Global => Some(global),
            Self::Disabled => None,
            Self::Own(config) => Some(config),
        }
    }

    pub(super) fn apply(
        &self,
        builder: ClientBuilder,
        global: &ProxyConfig,
    ) -> reqwest::Result<ClientBuilder> {
        let Some(config) = self.of(global) else { return Ok(builder) };
        let direct = NoProxy::from_string(&config.no_proxy.join(","));
        let mut builder = builder;
        if let Some(url) = &config.http {
            builder = builder.proxy(Proxy::http(url)?.no_proxy(direct.clone()));
        }
        if let Some(url) = &config.https {
            builder = builder.proxy(Proxy::https(url)?.no_proxy(direct));
        }
        Ok(builder)
    }
}

impl fmt::Debug for ProxyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "Global",
            Self::Disabled => "Disabled",
            Self::Own(_) => "Own",
        })
    }
}
