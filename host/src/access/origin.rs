//! Where a request comes from, as its headers say: from a page of ours, through a proxy.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use url::{Host, Url};

use crate::config::is_loopback;

/// What browsers say of where a request comes from, see the Fetch Metadata specification.
const FETCH_SITE: &str = "sec-fetch-site";

/// What proxies add to the requests that they pass on, beside all that begins with [`FORWARDED`].
const OF_PROXIES: [&str; 3] = ["forwarded", "via", "x-real-ip"];
const FORWARDED: &str = "x-forwarded-";

/// Whether the page that sent this stands at the address that it is sent to, or at the one that browsers reach the console by:
/// a proxy may put another name into `Host`. Browsers say so with every request that changes something; one that says nothing is
/// not trusted.
pub(super) fn is_ours(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    let site = headers.get(FETCH_SITE).and_then(|site| site.to_str().ok());
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match one(headers, header::ORIGIN.as_str()) {
        Some(origin) => {
            public_url.is_some_and(|public| is_of(origin, public))
                || one(headers, header::HOST.as_str()).is_some_and(|host| is_at(origin, host))
        }
        None => site.is_some() && headers.get(header::ORIGIN).is_none(),
    }
}

/// Whether this machine is addressed by a name that is good on it alone.
pub(super) fn is_to_loopback(headers: &HeaderMap) -> bool {
    let host = one(headers, header::HOST.as_str()).and_then(|host| host.parse::<Authority>().ok());
    let host = host.and_then(|host| Host::parse(host.host()).ok());
    is_loopback(host)
}

/// Whether a proxy has passed it on, so that who asks may be anywhere.
pub(super) fn is_passed_on(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| OF_PROXIES.contains(&name.as_str()) || name.as_str().starts_with(FORWARDED))
}

/// A header that stands there exactly once.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn is_of(origin: &str, page: &Url) -> bool {
    origin.parse::<Url>().is_ok_and(|origin| origin.origin() == page.origin())
}

fn is_at(origin: &str, host: &str) -> bool {
    let (Ok(origin), Ok(host)) = (origin.parse::<Url>(), host.parse::<Authority>()) else { return false };
    let usual = if origin.scheme() == "https" { 443 } else { 80 };
    let port = Some(host.port_u16().unwrap_or(usual));
    origin.host_str().is_some_and(|name| name.eq_ignore_ascii_case(host.host()))
        && origin.port_or_known_default() == port
}
