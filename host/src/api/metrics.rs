//! What sources report of their connectors, for Prometheus.
//!
//! A source counts what it likes ([`ConnectorReport::counters`](collector::health::ConnectorReport)): every counter
//! becomes a metric by its name, so that nothing has to be known of it here. They are gauges, since some go down.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use collector::health::ConnectorStatus;

use super::snapshot::{ConnectorLine, Snapshot};
use crate::printable;

/// The samples of each metric: labels and value.
type Families<'a> = BTreeMap<String, Vec<(&'a str, u64)>>;

/// The connectors in Prometheus' text format.
pub(super) fn connectors(snapshot: &Snapshot) -> String {
    let labels: Vec<_> = snapshot.connectors.iter().map(|line| labels(line, snapshot)).collect();
    let mut families = Families::new();
    for (line, labels) in snapshot.connectors.iter().zip(&labels) {
        for (name, value) in values(line) {
            families.entry(name).or_default().push((labels, value));
        }
    }
    let mut text = String::new();
    for (name, samples) in families {
        // Writing to a String cannot fail.
        let _infallible = writeln!(text, "# TYPE {name} gauge");
        for (labels, value) in samples {
            let _infallible = writeln!(text, "{name}{{{labels}}} {value}");
        }
    }
    text
}

/// Each name once: a counter that is called as one of ours gives way.
fn values(line: &ConnectorLine) -> BTreeMap<String, u64> {
    let report = &line.report;
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let counter = |(name, value): (&&str, &u64)| {
        (format!("connector_{}", name.chars().map(plain).collect::<String>()), *value)
    };
    let mut values: BTreeMap<_, _> = report.counters.iter().map(counter).collect();
    let is_connected = report.status == ConnectorStatus::Connected;
    values.insert("connector_connected".to_owned(), is_connected.into());
    values.insert("connector_notes".to_owned(), report.notes.len() as u64);
    let expires_at = report.credential.as_ref().and_then(|credential| credential.expires_at);
    let expires_at = expires_at.and_then(|expiry| u64::try_from(expiry.as_second()).ok());
    values.extend(
        expires_at.map(|expiry| ("connector_credential_expiry_timestamp_seconds".to_owned(), expiry)),
    );
    values.extend(report.lag_secs.map(|lag| ("connector_lag_seconds".to_owned(), lag)));
    values
}

/// Vector's labels of the source, and the connector's.
fn labels(line: &ConnectorLine, snapshot: &Snapshot) -> String {
    let source = snapshot.sources.iter().find(|source| source.key == line.source);
    let pairs = [
        ("component_id", line.source.as_str()),
        ("component_kind", "source"),
        ("component_type", source.map_or("", |source| source.r#type)),
        ("connector", &line.report.name),
        ("application", line.report.application),
        ("tenant_id", &line.report.tenant_id),
    ];
    let pair = |(name, value): (&str, &str)| {
        let value = printable::line(value).replace('\\', "\\\\").replace('"', "\\\"");
        format!("{name}=\"{value}\"")
    };
    pairs.map(pair).join(",")
}
