//! Where Microsoft is reached: its clouds, and the endpoints that stand in for them.

use collector::settings::Reader;
use url::Url;

use super::{Endpoints, keys};

/// One of Microsoft's clouds. Tokens of one are worth nothing in another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cloud {
    Global,
    UsGovernment,
    UsGovernmentDod,
    China,
}

const CLOUDS: &[(&str, Cloud)] = &[
    ("global", Cloud::Global),
    ("us_government", Cloud::UsGovernment),
    ("us_government_dod", Cloud::UsGovernmentDod),
    ("china", Cloud::China),
];

impl Cloud {
    /// The identity platform's address, as Microsoft's table of national clouds has it.
    const fn login(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com/",
            Self::UsGovernment | Self::UsGovernmentDod => "https://login.microsoftonline.us/",
            Self::China => "https://login.chinacloudapi.cn/",
        }
    }

    /// Graph's address, from the same table.
    const fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com/",
            Self::UsGovernment => "https://graph.microsoft.us/",
            Self::UsGovernmentDod => "https://dod-graph.microsoft.us/",
            Self::China => "https://microsoftgraph.chinacloudapi.cn/",
        }
    }
}

/// Reads `cloud`, the endpoints that override it, `scope`, `tls` and `proxy` of a parent connector.
pub(super) fn endpoints(parent: &Reader<'_>) -> Option<Endpoints> {
    let cloud = if parent.has("cloud") { parent.one_of("cloud", CLOUDS) } else { Some(Cloud::Global) };
    let login = base(parent, "login_endpoint", cloud.map(Cloud::login));
    let graph = base(parent, "graph_endpoint", cloud.map(Cloud::graph));
    let scope =
        if parent.has("scope") { parent.required_string("scope") } else { graph.as_ref().map(default_scope) };
    let ca_file = parent.table("tls", keys::TLS).and_then(|tls| {
        super::pem::check_certificates(&tls, "ca_file", &tls.file("ca_file")?)?;
        tls.path("ca_file")
    });
    let proxy = parent.proxy("proxy");
    Some(Endpoints { login: login?, graph: graph?, scope: scope?, ca_file, proxy })
}

/// A key's URL, or the cloud's. It ends in a slash, so that paths can be joined to it.
fn base(parent: &Reader<'_>, name: &str, cloud: Option<&str>) -> Option<Url> {
    if !parent.has(name) {
        return Url::parse(cloud?).ok();
    }
    let mut url = parent.endpoint(name)?;
    if url.query().is_some() {
        parent.problem(name, "has a query", Some("leave out ? and what follows".to_owned()));
        return None;
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

fn default_scope(graph: &Url) -> String {
    format!("{}/.default", graph.origin().ascii_serialization())
}
