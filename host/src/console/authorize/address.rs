//! Where Microsoft sends the browser back to.
//!
//! It has to be the address that the browser uses: the session's cookie belongs to that. And Microsoft takes https addresses, and without
//! TLS the name `localhost` alone (learn.microsoft.com/entra/identity-platform/reply-url), so from other addresses nothing is begun.

use axum::http::{HeaderMap, header};
use maud::{Markup, html};
use url::{Host, Origin, Url};

use super::super::layout::text;
use super::CALLBACK;
use crate::config::is_loopback;

/// The console is open by an address that Microsoft sends nobody back to.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Elsewhere {
    /// By which it would work, if that is known.
    open: Option<Url>,
}

/// Where a browser comes back to that sends these headers.
pub(super) fn callback(public_url: Option<&Url>, headers: &HeaderMap) -> Result<Url, Elsewhere> {
    let used = used(headers);
    let is_used = |url: &Url| used.as_ref().is_none_or(|used| used.origin() == url.origin());
    let mut back = match (public_url, used.clone()) {
        (Some(public), _) if is_used(public) => public.clone(),
        (Some(public), _) => return Err(Elsewhere { open: Some(public.clone()) }),
        (None, Some(used)) if is_taken(&used) => used,
        (None, used) => return Err(Elsewhere { open: used.and_then(by_name) }),
    };
    back.set_path(CALLBACK);
    Ok(back)
}

/// The address that the browser uses, as it says itself; a proxy may have put another one into `Host`.
fn used(headers: &HeaderMap) -> Option<Url> {
    let said = headers.get(header::ORIGIN)?.to_str().ok()?;
    said.parse().ok().filter(|url: &Url| matches!(url.origin(), Origin::Tuple(..)))
}

fn is_taken(url: &Url) -> bool {
    url.scheme() == "https" || matches!(url.host(), Some(Host::Domain("localhost")))
}

/// The same place, by the name that Microsoft takes.
fn by_name(mut url: Url) -> Option<Url> {
    if !is_loopback(url.host()) {
        return None;
    }
    url.set_host(Some("localhost")).ok()?;
    Some(url)
}

impl Elsewhere {
    /// What to do.
    pub(super) fn page(&self) -> Markup {
        html! {
            div.notice.bad role="alert" {
                p { "Microsoft would not send you back to the address by which you have opened this console." }
                @match &self.open {
                    Some(url) => p { "Open it as " a href=(url) { (text(url.as_str())) } ", log in there, and press Authorize again." },
                    None => p {
                        "Microsoft takes https addresses, and http://localhost. Set " code { "api.public_url" }
                        " to the https address by which browsers reach it, or open it on its own machine as "
                        code { "http://localhost" } " with its port."
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
