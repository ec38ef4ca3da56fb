//! One page for people: connectors, sinks, journal. No script, nothing loaded from elsewhere.

use std::fmt::{self, Display, Write as _};

use collector::config::ComponentKey;
use collector::health::ConnectorStatus;

use super::snapshot::{ConnectorLine, JournalLine, SinkLine, Snapshot};
use crate::counts;
use crate::journal::JournalState;
use crate::printable;
use crate::sinks::SinkState;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1f24}\
    table{border-collapse:collapse;margin:0 0 2rem}\
    th,td{text-align:left;padding:.35rem .9rem .35rem 0;border-bottom:1px solid #d8dee4;vertical-align:top}\
    .good{color:#11662f}.bad{color:#a40e26}.note{color:#57606a}";

/// Text that stands in HTML for itself, in an attribute too, and does nothing there.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in printable::lines(&self.0.to_string()).chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The page.
pub(super) fn page(snapshot: &Snapshot) -> String {
    let mut html = String::with_capacity(4096);
    // Writing to a String cannot fail.
    let _infallible = write_page(&mut html, snapshot);
    html
}

fn write_page(html: &mut String, snapshot: &Snapshot) -> fmt::Result {
    write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">\
         <title>Entra sign-ins</title><style>{STYLE}</style></head><body><h1>Entra sign-ins</h1>\
         <p class=\"note\">Version {}, since {:.0}, seen {:.0}. <a href=\"/api/v1/connectors\">JSON</a>, \
         <a href=\"/metrics\">metrics</a>, <a href=\"/health\">health</a></p>",
        snapshot.version, snapshot.started_at, snapshot.now
    )?;
    if let Some(error) = &snapshot.config_error {
        write!(
            html,
            "<p class=\"bad\">The configuration files cannot be used; the last good ones are in use.</p><pre>{}</pre>",
            Escaped(error)
        )?;
    }
    for source in &snapshot.sources {
        if let Some(trouble) = &source.trouble {
            write!(html, "<p class=\"bad\">Source {}: {}</p>", Escaped(&source.key), Escaped(trouble))?;
        }
    }
    head(html, "Connectors", &["Name", "Application", "Tenant", "Status", "Since", "Lag", "Why"])?;
    snapshot.connectors.iter().try_for_each(|line| connector(html, line))?;
    head(html, "Sinks", &["Name", "Type", "State", "Confirmed", "Waiting", "Set aside"])?;
    snapshot.sinks.iter().try_for_each(|line| sink(html, line))?;
    html.push_str("</table>");
    snapshot.journal.iter().try_for_each(|line| journal(html, line))?;
    html.push_str("</body></html>");
    Ok(())
}

/// Ends the table before, if there is one, and begins another.
fn head(html: &mut String, title: &str, columns: &[&str]) -> fmt::Result {
    if html.contains("<table>") {
        html.push_str("</table>");
    }
    write!(html, "<h2>{title}</h2><table><tr>")?;
    columns.iter().try_for_each(|column| write!(html, "<th>{column}</th>"))?;
    html.push_str("</tr>");
    Ok(())
}

fn connector(html: &mut String, line: &ConnectorLine) -> fmt::Result {
    let report = &line.report;
    let class = if report.status == ConnectorStatus::Connected { "good" } else { "bad" };
    let tenant = report.tenant_name.as_deref().unwrap_or(&report.tenant_id);
    write!(
        html,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td><td>{:.0}</td><td>{}</td><td>{}",
        Escaped(&report.name),
        Escaped(report.application),
        Escaped(tenant),
        Escaped(report.status),
        report.since,
        report.lag_secs.map_or_else(String::new, |lag| format!("{lag} s")),
        Escaped(&report.message),
    )?;
    if let Some(way_out) = &report.way_out {
        write!(html, "<br>{}", Escaped(&way_out.text))?;
        if let Some(url) = way_out.url.as_ref().filter(|url| url.starts_with("https://")) {
            write!(html, " <a rel=\"noreferrer\" href=\"{0}\">{0}</a>", Escaped(url))?;
        }
    }
    for note in &report.notes {
        write!(html, "<br><span class=\"note\">{}</span>", Escaped(note))?;
    }
    for count in counts::shown(&report.counters) {
        write!(html, " <span class=\"note\">{}</span>", Escaped(&count))?;
    }
    html.push_str("</td></tr>");
    Ok(())
}

fn sink(html: &mut String, line: &SinkLine) -> fmt::Result {
    let report = &line.report;
    let (class, state) = match &report.state {
        SinkState::Starting => ("note", "starting".to_owned()),
        SinkState::Working => ("good", "working".to_owned()),
        SinkState::Retrying { attempts, reason, .. } => {
            ("bad", format!("trying again ({attempts} times): {reason}"))
        }
        SinkState::Stopped { reason: None } => ("note", "stopped".to_owned()),
        SinkState::Stopped { reason: Some(reason) } => ("bad", format!("stopped: {reason}")),
    };
    let waiting = line.lag_events.map_or_else(String::new, |lag| format!("{lag} events"));
    write!(
        html,
        "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{}</td><td>{}</td><td>{waiting}</td><td>{}</td></tr>",
        Escaped(&report.key),
        report.r#type,
        Escaped(state),
        report.confirmed,
        report.set_aside,
    )
}

fn journal(html: &mut String, line: &JournalLine) -> fmt::Result {
    let stats = &line.stats;
    write!(html, "<h2>Journal</h2><p>{} events, {} of {} bytes", stats.events, stats.bytes, line.max_bytes)?;
    match &line.health.state {
        JournalState::Working | JournalState::Closed => {}
        JournalState::Full { held_by } => {
            let sinks: Vec<_> = held_by.iter().map(ComponentKey::id).collect();
            let sinks = sinks.join(", ");
            write!(html, ", <span class=\"bad\">full: sources wait for {}</span>", Escaped(&sinks))?;
        }
        JournalState::Failing { reason } => {
            write!(html, ", <span class=\"bad\">{}</span>", Escaped(reason))?;
        }
    }
    html.push_str("</p>");
    Ok(())
}
