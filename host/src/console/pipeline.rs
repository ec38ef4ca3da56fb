//! The way of sign-ins through the program: sources, journal, sinks.

use collector::config::ComponentKey;
use collector::reconcile::{Account, Hour};
use maud::{Markup, html};

use super::layout::{ago, bytes, fresh, number, text};
use crate::api::{JournalLine, SinkLine, Snapshot};
use crate::journal::JournalState;
use crate::sinks::SinkState;

/// The page's content.
pub(super) fn content(snapshot: &Snapshot, hours: &[Hour]) -> Markup {
    html! { (table(snapshot)) br; (completeness(hours)) }
}

/// The part that is loaded again.
pub(super) fn table(snapshot: &Snapshot) -> Markup {
    fresh(
        "pipeline",
        "/pipeline/table",
        &html! {
            p.quiet { "Version " (snapshot.version) ", started " (ago(snapshot.started_at, snapshot.now)) "." }
            div.grid { (sources(snapshot)) (journal(snapshot)) }
            br;
            (sinks(snapshot))
        },
    )
}

fn sources(snapshot: &Snapshot) -> Markup {
    html! {
        section.card aria-labelledby="sources" {
            h2 #sources { "Sources" }
            table.stack {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Type" } th scope="col" { "State" } th.number scope="col" { "Connectors" } th.number scope="col" { "Per minute" } } }
                tbody { @for source in &snapshot.sources { tr {
                    th scope="row" { (text(&source.key)) }
                    td data-label="Type" { (source.r#type) }
                    td data-label="State" { @match &source.trouble {
                        None => span.badge.good { "running" },
                        Some(trouble) => { span.badge.bad { "started again" } " " (text(trouble)) }
                    } }
                    td.number data-label="Connectors" { (snapshot.connectors.iter().filter(|line| line.source == source.key).count()) }
                    td.number data-label="Per minute" { @if let Some(rate) = source.per_minute { (number(rate)) } }
                } } }
            }
        }
    }
}

fn journal(snapshot: &Snapshot) -> Markup {
    html! {
        section.card aria-labelledby="journal" {
            h2 #journal { "Journal" }
            @match &snapshot.journal {
                None => p { "It is not open yet." },
                Some(line) => dl {
                    dt { "State" } dd { (journal_state(line)) }
                    dt { "Events" } dd { (number(line.stats.events)) }
                    dt { "Size" } dd { (bytes(line.stats.bytes)) " of " (bytes(line.max_bytes)) }
                    dt { "On disk" } dd { (bytes(line.stats.disk_bytes)) }
                    dt { "Repeats dropped" } dd { (number(line.stats.duplicates)) }
                    dt { "Set aside" } dd { (number(line.stats.set_aside)) }
                },
            }
        }
    }
}

fn journal_state(line: &JournalLine) -> Markup {
    html! {
        @match &line.health.state {
            JournalState::Working => span.badge.good { "working" },
            JournalState::Closed => span.badge.wait { "closed" },
            JournalState::Full { held_by } => {
                span.badge.bad { "full" } " sources wait for "
                (text(&held_by.iter().map(ComponentKey::id).collect::<Vec<_>>().join(", ")))
            }
            JournalState::Failing { reason } => { span.badge.bad { "failing" } " " (text(reason)) }
        }
    }
}

/// How complete each of the last hours is, newest first.
fn completeness(hours: &[Hour]) -> Markup {
    html! {
        section.card aria-labelledby="completeness" {
            h2 #completeness { "Completeness" }
            p.quiet {
                "Of every kind of sign-in that connectors read: an hour is proven once every re-read of it has been done and the last found nothing new. "
                code { "entra-signins reconcile" } " compares it with what Microsoft shows now."
            }
            @if hours.is_empty() {
                p { "Nothing is kept account of yet." }
            } @else {
                table.stack {
                    thead { tr {
                        th scope="col" { "Hour (UTC)" }
                        @for heading in ["Sign-ins", "Shown late", "Read again", "Changed", "Set aside", "Kinds proven", "read", "not read yet"] {
                            th.number scope="col" { (heading) }
                        }
                    } }
                    tbody { @for hour in hours.iter().rev() { (hour_line(hour)) } }
                }
            }
        }
    }
}

fn hour_line(hour: &Hour) -> Markup {
    let Account { delivered, late, repeated, changed, set_aside, .. } = hour.account;
    let kinds = |count: usize| number(count as u64);
    html! {
        tr {
            th scope="row" { time datetime=(hour.from.to_string()) { (hour.from.strftime("%d %b %H:%M").to_string()) } }
            td.number data-label="Sign-ins" { (number(delivered)) }
            td.number data-label="Shown late" { (number(late)) }
            td.number data-label="Read again" { (number(repeated)) }
            td.number data-label="Changed" { (number(changed)) }
            td.number data-label="Set aside" { (number(set_aside)) }
            td.number data-label="Kinds proven" { (kinds(hour.proven)) }
            td.number data-label="Kinds read" { (kinds(hour.read)) }
            td.number data-label="Kinds not read yet" { @if hour.unread > 0 { span.badge.wait { (kinds(hour.unread)) } } @else { "0" } }
        }
    }
}

fn sinks(snapshot: &Snapshot) -> Markup {
    html! {
        section.card aria-labelledby="sinks" {
            h2 #sinks { "Sinks" }
            table.stack {
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Type" } th scope="col" { "State" } th.number scope="col" { "Delivered" }
                    th.number scope="col" { "Per minute" } th.number scope="col" { "Waiting" } th.number scope="col" { "Set aside" } th scope="col" { "Last taken" }
                } }
                tbody { @for line in &snapshot.sinks { (sink(line, snapshot)) } }
            }
        }
    }
}

fn sink(line: &SinkLine, snapshot: &Snapshot) -> Markup {
    let report = &line.report;
    html! {
        tr {
            th scope="row" { (text(report.key.id())) }
            td data-label="Type" { (report.r#type) }
            td data-label="State" { (sink_state(&report.state)) }
            td.number data-label="Delivered" { (number(report.confirmed)) }
            td.number data-label="Per minute" { @if let Some(rate) = line.per_minute { (number(rate)) } }
            td.number data-label="Waiting" { @if let Some(lag) = line.lag_events { (number(lag)) } }
            td.number data-label="Set aside" {
                (number(report.set_aside))
                @if let Some(reason) = &report.last_set_aside_reason { div.small { (text(reason)) } }
            }
            td data-label="Last taken" { @if let Some(at) = report.last_success { (ago(at, snapshot.now)) } }
        }
    }
}

fn sink_state(state: &SinkState) -> Markup {
    html! {
        @match state {
            SinkState::Starting => span.badge.wait { "starting" },
            SinkState::Working => span.badge.good { "working" },
            SinkState::Retrying { attempts, reason, .. } => {
                span.badge.bad { "trying again" } " " span.small { (attempts) " times: " (text(reason)) }
            }
            SinkState::Stopped { reason } => {
                span.badge.wait { "stopped" } @if let Some(reason) = reason { " " span.small { (text(reason)) } }
            }
        }
    }
}
