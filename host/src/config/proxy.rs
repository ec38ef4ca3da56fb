//! The host's proxies: configured, or the environment's.

use collector::config::ProxyConfig;
use collector::settings::Reader;

use super::Environment;

/// What the environment says, replaced key by key by what the configuration says. A configured `enabled = false`
/// means no proxy at all.
pub(super) fn proxy(top: &Reader<'_>, environment: Environment<'_>) -> ProxyConfig {
    let Some(configured) = top.proxy("proxy") else { return from_environment(environment) };
    if configured == ProxyConfig::default() {
        return configured;
    }
    let inherited = from_environment(environment);
    ProxyConfig {
        http: configured.http.or(inherited.http),
        https: configured.https.or(inherited.https),
        no_proxy: if configured.no_proxy.is_empty() { inherited.no_proxy } else { configured.no_proxy },
    }
}

fn from_environment(environment: Environment<'_>) -> ProxyConfig {
    let get = |names: [&str; 2]| {
        names.into_iter().find_map(|name| environment(name).filter(|value| !value.is_empty()))
    };
    let url = |names| get(names).map(with_scheme);
    let hosts = get(["no_proxy", "NO_PROXY"]).unwrap_or_default();
    let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
    ProxyConfig {
        http: url(["http_proxy", "HTTP_PROXY"]),
        https: url(["https_proxy", "HTTPS_PROXY"]),
        no_proxy: hosts.map(str::to_owned).collect(),
    }
}

/// By custom, `host:port` in the environment means `http://host:port`.
fn with_scheme(proxy: String) -> String {
    if proxy.contains("://") { proxy } else { format!("http://{proxy}") }
}
