//! The way of sign-ins through the program: sources, journal, sinks.

use collector::config::ComponentKey;
use maud::{Markup, html};

use super::layout::{ago, bytes, fresh, number, text};
use crate::api::{JournalLine, SinkLine, Snapshot};
use crate::journal::JournalState;
use crate::sinks::SinkState;

/// The page's content, all of which is loaded again.
pub(super) fn content(snapshot: &Snapshot) -> Markup {
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
                thead { tr { th scope="col" { "Name" } th scope="col" { "Type" } th scope="col" { "State" } th.number scope="col" { "Connectors" } } }
                tbody { @for source in &snapshot.sources { tr {
                    th scope="row" { (text(&source.key)) }
                    td data-label="Type" { (source.r#type) }
                    td data-label="State" { @match &source.trouble {
                        None => span.badge.good { "running" },
                        Some(trouble) => { span.badge.bad { "started again" } " " (text(trouble)) }
                    } }
                    td.number data-label="Connectors" { (snapshot.connectors.iter().filter(|line| line.source == source.key).count()) }
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

fn sinks(snapshot: &Snapshot) -> Markup {
    html! {
        section.card aria-labelledby="sinks" {
            h2 #sinks { "Sinks" }
            table.stack {
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Type" } th scope="col" { "State" } th.number scope="col" { "Delivered" }
                    th.number scope="col" { "Waiting" } th.number scope="col" { "Set aside" } th scope="col" { "Last taken" }
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
