//! A status as text.

use super::answer::{Answer, Connector, Credential, Journal, Sink, State};
use crate::cli::output::table;
use crate::counts;
use crate::printable::line;

/// The whole status.
pub(super) fn of(answer: &Answer) -> String {
    let mut parts = vec![format!("{} {}, since {:.0}", answer.state, answer.version, answer.started_at)];
    parts.extend(answer.config_error.as_ref().map(|error| {
        format!("\nThe configuration files cannot be used; the last good ones are in use:\n{error}")
    }));
    parts.extend(answer.sources.iter().filter_map(|source| {
        let trouble = source.trouble.as_ref()?;
        Some(format!("\nSource {} does not run: {}", source.key, line(trouble)))
    }));
    let heading = ["CONNECTOR", "APPLICATION", "TENANT", "STATUS", "REASON", "SINCE", "LAG", "COUNTS"];
    parts.push(with_heading(&heading, answer.connectors.iter().map(connector)));
    parts.extend(answer.connectors.iter().flat_map(remarks));
    let heading = ["SINK", "TYPE", "STATE", "CONFIRMED", "WAITING", "SET ASIDE"];
    parts.push(with_heading(&heading, answer.sinks.iter().map(sink)));
    parts.extend(answer.sinks.iter().filter_map(|sink| {
        let reason = sink.state.reason.as_ref()?;
        Some(format!("\n{}: {}", sink.key, line(reason)))
    }));
    parts.extend(answer.journal.as_ref().map(journal));
    parts.join("\n") + "\n"
}

fn with_heading(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let heading = heading.iter().map(|&name| name.to_owned()).collect();
    let table = table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
    format!("\n{}", table.trim_end())
}

fn connector(connector: &Connector) -> Vec<String> {
    let tenant = connector.tenant_name.as_ref().unwrap_or(&connector.tenant_id).clone();
    vec![
        connector.name.clone(),
        connector.application.clone(),
        tenant,
        connector.status.clone(),
        or_dash(connector.reason.clone()),
        format!("{:.0}", connector.since),
        or_dash(connector.lag_secs.map(|lag| format!("{lag} s")).unwrap_or_default()),
        or_dash(counts::shown(&connector.counters).join(" ")),
    ]
}

/// What stands below the table: why a connector does not work, what to do, and what else there is to know.
fn remarks(connector: &Connector) -> Vec<String> {
    let name = line(&connector.name);
    let mut remarks = Vec::new();
    if !connector.is_connected() {
        remarks.push(format!("\n{name}: {}", line(&connector.message)));
        let way_out = connector.way_out.as_ref().map(ToString::to_string);
        remarks.extend(way_out.map(|way_out| format!("  what to do: {}", line(&way_out))));
    }
    if let Some(Credential { strategy, place, expires_at: Some(expiry) }) = &connector.credential {
        let (strategy, place) = (line(strategy), line(place));
        remarks.push(format!("{name}: credential: the {strategy} in {place}, good until {expiry:.0}"));
    }
    remarks.extend(connector.notes.iter().map(|note| format!("{name}: note: {}", line(note))));
    remarks
}

fn journal(journal: &Journal) -> String {
    let Journal { events, bytes, state, reason, held_by } = journal;
    let reason = reason.as_ref().map(|reason| format!(": {}", line(reason))).unwrap_or_default();
    let waits =
        if held_by.is_empty() { String::new() } else { format!(": sources wait for {}", held_by.join(", ")) };
    format!("\nJournal: {events} events, {bytes} bytes, {state}{reason}{waits}")
}

fn sink(sink: &Sink) -> Vec<String> {
    let State { name, since, .. } = &sink.state;
    let since = since.map(|since| format!(" since {since:.0}")).unwrap_or_default();
    let waiting = sink.lag_events.map(|lag| format!("{lag} events"));
    // Nothing answers standard output.
    let unsure = if sink.best_effort { " written" } else { "" };
    vec![
        sink.key.clone(),
        sink.r#type.clone(),
        format!("{name}{since}"),
        format!("{}{unsure}", sink.confirmed),
        or_dash(waiting.unwrap_or_default()),
        sink.set_aside.to_string(),
    ]
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}
