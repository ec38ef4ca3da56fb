//! What all pages have in common.

use jiff::{SignedDuration, Timestamp};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::access::form::WORD;
use crate::access::guard::LOG_IN;
use crate::access::{Caller, Session};
use crate::printable;

/// The pages that the navigation leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Integrations,
    Activity,
    Events,
    Pipeline,
}

impl Place {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Integrations, "/", "Integrations"),
        (Self::Activity, "/activity", "Cloud Activity"),
        (Self::Events, "/events", "Events"),
        (Self::Pipeline, "/pipeline", "Pipeline"),
    ];
}

/// htmx without what a strict content-security policy forbids: it makes no styles and evaluates no text.
const HTMX: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"historyCacheSize":0,"selfRequestsOnly":true,"allowScriptTags":false}"#;

/// A whole page, for who asks. `place` is where it stands in the navigation.
pub(super) fn page(caller: &Caller, place: Option<Place>, title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=(HTMX);
                title { (title) " - Entra sign-ins" }
                link rel="stylesheet" href="/assets/console.css";
                link rel="icon" href="data:,";
                script src="/assets/htmx.min.js" defer {}
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header.top {
                    a.brand href="/" { "Entra sign-ins" }
                    nav aria-label="Pages" {
                        ul {
                            @for (known, address, name) in Place::ALL {
                                li { a href=(address) aria-current=[(place == Some(known)).then_some("page")] { (name) } }
                            }
                        }
                    }
                    div.who { (who(caller)) }
                }
                main #content { h1 { (title) } (content) }
                footer { a href="/api/v1/connectors" { "JSON" } ", " a href="/metrics" { "metrics" } ", " a href="/health" { "health" } }
            }
        }
    }
}

fn who(caller: &Caller) -> Markup {
    html! {
        @match caller {
            Caller::Browser(session) => form.inline method="post" action="/logout" { (word(session)) button.plain type="submit" { "Log out" } },
            Caller::Anyone | Caller::Program => a href=(LOG_IN) { "Log in" },
        }
    }
}

/// What every form holds that changes something.
pub(super) fn word(session: &Session) -> Markup {
    html! { input type="hidden" name=(WORD) value=(session.word()); }
}

/// A part of a page that is loaded again every five seconds, where scripts run.
pub(super) fn fresh(id: &str, address: &str, content: &Markup) -> Markup {
    html! { div id=(id) hx-get=(address) hx-trigger="every 5s" hx-swap="outerHTML" hx-target="this" { (content) } }
}

/// Text from elsewhere on one line: what would draw on the page or turn it round is written out.
pub(super) fn text(text: &str) -> String {
    printable::line(text).into_owned()
}

/// A moment, as so long ago; the exact time stands beside it for who asks.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Markup {
    let exact = format!("{at:.0}");
    let ago = now.duration_since(at);
    html! { time datetime=(exact) title=(exact) { (lasting(ago)) " ago" } }
}

/// A duration in its largest unit.
pub(super) fn lasting(duration: SignedDuration) -> String {
    let secs = duration.as_secs().max(0);
    match secs {
        0..120 => format!("{secs} s"),
        120..7_200 => format!("{} min", secs / 60),
        7_200..172_800 => format!("{} h", secs / 3_600),
        _ => format!("{} days", secs / 86_400),
    }
}

/// A number with thin spaces between thousands.
pub(super) fn number(number: u64) -> Markup {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push_str("&#8239;");
        }
        grouped.push(digit);
    }
    PreEscaped(grouped)
}

/// Bytes in the unit that people read.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut rest = bytes;
    while rest >= 10_240 && unit + 1 < UNITS.len() {
        rest /= 1_024;
        unit += 1;
    }
    format!("{rest} {}", UNITS[unit])
}
