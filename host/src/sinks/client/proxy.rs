//! The key `proxy`.

use std::fmt;

use collector::config::ProxyConfig;
use collector::settings::Reader;
use reqwest::{ClientBuilder, NoProxy, Proxy};

/// Which proxy a sink uses: its own, or the program's. `Debug` shows no URL: it may carry credentials.
pub(super) struct ProxyOptions(Option<ProxyConfig>);

impl ProxyOptions {
    pub(super) fn read(sink: &Reader<'_>) -> Self {
        Self(sink.proxy("proxy"))
    }

    /// The proxies that are used. A sink that names exceptions alone uses the program's for the rest.
    pub(super) fn of(&self, global: &ProxyConfig) -> ProxyConfig {
        match &self.0 {
            None => global.clone(),
            Some(own) if own.http.is_none() && own.https.is_none() && !own.no_proxy.is_empty() => {
                ProxyConfig { no_proxy: own.no_proxy.clone(), ..global.clone() }
            }
            Some(own) => own.clone(),
        }
    }

    pub(super) fn apply(
        &self,
        builder: ClientBuilder,
        global: &ProxyConfig,
    ) -> reqwest::Result<ClientBuilder> {
        let config = self.of(global);
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
        f.write_str(if self.0.is_some() { "Own" } else { "Global" })
    }
}
