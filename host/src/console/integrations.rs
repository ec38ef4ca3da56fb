//! The installed applications: every connector, its status, and what to do where it does not work.

use collector::health::{ConnectorReport, ConnectorStatus, WayOut};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use url::form_urlencoded;

use super::layout::{ago, fresh, lasting, number, text, word};
use crate::access::{Caller, Session};
use crate::api::{ConnectorLine, Snapshot};

/// Kinds of sign-in, as counters begin, and as people call them.
const KINDS: [(&str, &str); 4] = [
    ("interactive_user", "Interactive user"),
    ("non_interactive_user", "Non-interactive user"),
    ("service_principal", "Service principal"),
    ("managed_identity", "Managed identity"),
];

/// The page's content.
pub(super) fn content(caller: &Caller, snapshot: &Snapshot) -> Markup {
    html! {
        div.actions {
            @match caller {
                Caller::Browser(_) => {
                    a.button href="/connectors/new" { "New Microsoft 365 connector" }
                    a.button.plain href="/connectors/new?application=azure_ad" { "New Microsoft Azure AD connector" }
                }
                Caller::Anyone | Caller::Program => a.button.plain href="/login?next=/connectors/new" { "Log in to add a connector" },
            }
        }
        p.quiet { "Microsoft 365 connectors hold the access to a tenant; the Microsoft Azure AD connectors below them read its sign-ins." }
        (table(snapshot))
    }
}

/// The part that is loaded again.
pub(super) fn table(snapshot: &Snapshot) -> Markup {
    let trouble = html! {
        @if let Some(error) = &snapshot.config_error {
            div.notice.bad role="alert" {
                p { strong { "Not all of the configuration can be used; the rest is in use, or what was in use before." } }
                pre { (crate::printable::lines(error)) }
            }
        }
        @for (source, trouble) in snapshot.sources.iter().filter_map(|source| Some((source, source.trouble.as_ref()?))) {
            div.notice.bad role="alert" { p { "Source " (text(&source.key)) ": " (text(trouble)) } }
        }
    };
    fresh(
        "integrations",
        "/integrations/table",
        &html! {
            (trouble)
            section.card aria-labelledby="installed" {
                h2 #installed { "Installed SaaS applications" }
                @if snapshot.connectors.is_empty() {
                    p { "No connector yet." }
                } @else {
                    table.stack {
                        thead { tr {
                            @for heading in ["Name", "Application", "Tenant", "Parent", "Permissions", "Status", "Last read"] {
                                th scope="col" { (heading) }
                            }
                        } }
                        tbody { @for line in ordered(snapshot) { (row(line, snapshot.now)) } }
                    }
                }
            }
        },
    )
}

/// Parents, each followed by its children.
fn ordered(snapshot: &Snapshot) -> Vec<&ConnectorLine> {
    let mut lines: Vec<_> = snapshot.connectors.iter().collect();
    let place = |line: &ConnectorLine| {
        let report = &line.report;
        let parent = report.parent.clone().unwrap_or_else(|| report.name.clone());
        (line.source.clone(), parent, report.parent.is_some(), report.name.clone())
    };
    lines.sort_by_cached_key(|line| place(line));
    lines
}

fn row(line: &ConnectorLine, now: Timestamp) -> Markup {
    let report = &line.report;
    html! {
        tr {
            th scope="row" { a href=(address(line)) { (text(&report.name)) } }
            td data-label="Application" { (report.application) }
            td data-label="Tenant" { (tenant(report)) }
            td data-label="Parent" { @if let Some(parent) = &report.parent { (text(parent)) } }
            td data-label="Permissions" { (report.permissions) }
            td data-label="Status" { (status(report)) }
            td data-label="Last read" { @if let Some(at) = report.last_success { (ago(at, now)) } }
        }
    }
}

/// Where a connector's own page is.
fn address(line: &ConnectorLine) -> String {
    let ConnectorLine { source, report } = line;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("source", source)
        .append_pair("application", report.application)
        .append_pair("name", &report.name)
        .finish();
    format!("/connector?{query}")
}

fn tenant(report: &ConnectorReport) -> Markup {
    html! {
        @match &report.tenant_name {
            Some(name) => span title=(text(&report.tenant_id)) { (text(name)) },
            None => (text(&report.tenant_id)),
        }
    }
}

fn badge(status: ConnectorStatus) -> Markup {
    let class = match status {
        ConnectorStatus::Connected => "good",
        ConnectorStatus::PendingUserConsent => "wait",
        ConnectorStatus::Error => "bad",
    };
    html! { span class={ "badge " (class) } { (status.to_string()) } }
}

/// The status and, where it is not well, why and what to do.
fn status(report: &ConnectorReport) -> Markup {
    html! {
        (badge(report.status))
        @if report.status != ConnectorStatus::Connected {
            div.small { (text(&report.message)) }
            @if let Some(way) = &report.way_out { div.small { (way_out(way)) } }
        }
    }
}

pub(super) fn way_out(way_out: &WayOut) -> Markup {
    html! {
        (text(&way_out.text))
        // Anything else than https would be no page to send somebody to.
        @if let Some(url) = way_out.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://127.0.0.1")) {
            " " a href=(url) rel="noreferrer noopener" target="_blank" { "Open Microsoft's page" }
        }
    }
}

/// One connector's own page.
pub(super) fn connector(
    caller: &Caller,
    snapshot: &Snapshot,
    line: &ConnectorLine,
    is_editable: bool,
) -> Markup {
    let (report, now) = (&line.report, snapshot.now);
    html! {
        (actions(caller, line))
        section.card aria-labelledby="state" {
            h2 #state { "Status" }
            dl {
                dt { "Status" } dd { (badge(report.status)) " since " (ago(report.since, now)) }
                dt { "Reason" } dd { (text(&report.message)) " " span.quiet { "(" (text(&report.reason)) ")" } }
                @if let Some(way) = &report.way_out { dt { "What to do" } dd { (way_out(way)) } }
                dt { "Application" } dd { (report.application) }
                dt { "Tenant" }
                dd { (tenant(report)) @if report.tenant_name.is_some() { " " span.quiet { (text(&report.tenant_id)) } } }
                @if let Some(parent) = &report.parent { dt { "Connector tenant" } dd { (text(parent)) } }
                dt { "Permissions" } dd { (report.permissions) }
                (facts(snapshot, line))
                @if let Some(at) = report.last_success { dt { "Last read" } dd { (ago(at, now)) } }
                @if let Some(lately) = report.counters.get("delivered_last_hour") { dt { "Delivered in the last hour" } dd { (number(*lately)) } }
            }
        }
        @if !report.notes.is_empty() {
            section.card aria-labelledby="notes" { h2 #notes { "Notes" } ul { @for note in &report.notes { li { (text(note)) } } } }
        }
        (kinds(report))
        (counts(report))
        @if is_editable && let Caller::Browser(session) = caller { (changes(session, report)) }
    }
}

/// What is known of the access: it is the parent's.
fn facts(snapshot: &Snapshot, line: &ConnectorLine) -> Markup {
    const NAMES: [(&str, &str); 4] = [
        ("permissions_granted", "Granted"),
        ("permissions_missing", "Not granted"),
        ("licence", "Licence"),
        ("request_budget", "Request budget in use"),
    ];
    let parent = line.report.parent.as_ref().unwrap_or(&line.report.name);
    let is_parent = |other: &&ConnectorLine| {
        other.source == line.source && other.report.parent.is_none() && other.report.name == *parent
    };
    let report = snapshot.connectors.iter().find(is_parent).map(|parent| &parent.report);
    let expires_at = report.and_then(|report| report.credential.as_ref()?.expires_at);
    html! {
        @for (name, heading) in NAMES {
            @if let Some(fact) = report.and_then(|report| report.facts.get(name)) { dt { (heading) } dd { (text(fact)) } }
        }
        @if let Some(at) = expires_at { dt { "Credential expires" } dd { time datetime=(at.to_string()) { (at.strftime("%d %b %Y").to_string()) } } }
    }
}

/// What can be done with a connector by somebody who has logged in.
fn actions(caller: &Caller, line: &ConnectorLine) -> Markup {
    html! {
        div.actions {
            @match caller {
                Caller::Browser(session) => {
                    form.inline method="post" action="/authorize" {
                        (word(session))
                        input type="hidden" name="source" value=(line.source);
                        input type="hidden" name="application" value=(line.report.application);
                        input type="hidden" name="name" value=(line.report.name);
                        button type="submit" { "Authorize" }
                    }
                    " "
                    form.inline method="post" action="/check" {
                        (word(session))
                        input type="hidden" name="name" value=(line.report.name);
                        button.plain type="submit" { "Check now" }
                    }
                },
                Caller::Anyone | Caller::Program => {
                    a.button.plain href={ "/login?" (next(&address(line))) } { "Log in to authorize or change it" }
                }
            }
        }
    }
}

fn next(address: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("next", address).finish()
}

/// Of a connector that was made here.
fn changes(session: &Session, report: &ConnectorReport) -> Markup {
    html! {
        @if report.parent.is_none() {
            section.card aria-labelledby="secret-heading" {
                h2 #secret-heading { "Client secret" }
                form method="post" action="/connectors/secret" {
                    (word(session))
                    input type="hidden" name="name" value=(report.name);
                    div.field {
                        label for="client_secret" { "New client secret" }
                        input #client_secret name="client_secret" type="password" required autocomplete="off";
                    }
                    button type="submit" { "Replace" }
                }
            }
        }
        section.card aria-labelledby="remove" {
            h2 #remove { "Remove" }
            p { "What was read for it stays where it is. A parent with connectors below it cannot be removed." }
            form method="post" action="/connectors/remove" {
                (word(session))
                input type="hidden" name="name" value=(report.name);
                button.danger type="submit" { "Remove " (text(&report.name)) }
            }
        }
    }
}

/// How far each kind was read.
fn kinds(report: &ConnectorReport) -> Markup {
    let of = |kind: &str, what: &str| {
        let secs = report.counters.get(format!("{kind}_{what}_seconds").as_str())?;
        Some(lasting(SignedDuration::from_secs(i64::try_from(*secs).unwrap_or(i64::MAX))))
    };
    let read: Vec<_> = KINDS.iter().filter(|(kind, _)| of(kind, "unread").is_some()).collect();
    html! {
        @if !read.is_empty() {
            section.card aria-labelledby="kinds" {
                h2 #kinds { "Kinds of sign-in" }
                table.stack {
                    thead { tr { th scope="col" { "Kind" } th.number scope="col" { "Behind" } th.number scope="col" { "Never read" } th.number scope="col" { "To be read again" } th.number scope="col" { "Late ones within" } } }
                    tbody { @for (kind, name) in read { tr {
                        th scope="row" { (name) }
                        td.number data-label="Behind" { (of(kind, "lag").unwrap_or_default()) }
                        td.number data-label="Never read" { (of(kind, "unread").unwrap_or_default()) }
                        td.number data-label="To be read again" { (of(kind, "unproven").unwrap_or_default()) }
                        td.number data-label="Late ones within" { (of(kind, "lateness_p99").unwrap_or_default()) }
                    } } }
                }
            }
        }
    }
}

fn counts(report: &ConnectorReport) -> Markup {
    html! {
        @if !report.counters.is_empty() {
            section.card aria-labelledby="counts" {
                h2 #counts { "Counts since the start" }
                div.wide { table { tbody { @for (name, count) in &report.counters {
                    tr { th scope="row" { (name.replace('_', " ")) } td.number { (number(*count)) } }
                } } } }
            }
        }
    }
}
