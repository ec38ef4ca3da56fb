//! A comparison as text.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::api::reconcile::{Counts, Row};
use crate::cli::output::{count, table};
use crate::printable::line;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What is said while it goes on: only what is worth a word.
pub(super) fn progress(row: &Row) -> String {
    format!("{} {} {:.0}: {}", row.connector, row.kind, row.from, remark(row))
}

/// Every hour in which something happened, with its account if that is wanted, then all of them together.
pub(super) fn of(rows: &[Row], accounts: bool) -> String {
    let sinks: BTreeSet<&str> = rows.iter().flat_map(|row| row.sinks.keys()).map(String::as_str).collect();
    let heading = ["CONNECTOR", "KIND", "HOUR", "GRAPH", "JOURNAL"].map(str::to_owned).into_iter();
    let heading = heading.chain(sinks.iter().map(|sink| sink.to_uppercase()));
    let account = Counts::default().named().map(|(name, _)| name.to_owned());
    let heading = heading.chain(account.into_iter().filter(|_| accounts));
    let heading: Vec<_> = heading.chain(["MISSING".to_owned(), "REMARK".to_owned()]).collect();
    let mut shown: Vec<&Row> = rows.iter().filter(|row| !is_empty(row)).collect();
    shown.sort_by_key(|row| (&row.connector, &row.kind, row.from));
    let lines = shown.iter().map(|row| cells(row, &sinks, accounts));
    let text = table(&std::iter::once(heading).chain(lines).collect::<Vec<_>>());
    format!("{text}\n{}\n", summary(rows, &sinks))
}

fn is_empty(row: &Row) -> bool {
    row.error.is_none() && row.shown == 0 && !row.unstable
}

fn cells(row: &Row, sinks: &BTreeSet<&str>, accounts: bool) -> Vec<String> {
    let known = |count: u64| if row.error.is_some() { "-".to_owned() } else { count.to_string() };
    let mut cells = vec![
        row.connector.clone(),
        row.kind.clone(),
        format!("{:.0}", row.from),
        known(row.shown),
        known(row.journal),
    ];
    cells.extend(
        sinks
            .iter()
            .map(|sink| row.sinks.get(*sink).map_or_else(|| "-".to_owned(), |delivered| known(*delivered))),
    );
    if accounts {
        let counts = row.account.map(|account| account.named().map(|(_, count)| count.to_string()));
        // Of a part of an hour there is none.
        cells.extend(counts.unwrap_or_else(|| std::array::from_fn(|_| "-".to_owned())));
    }
    cells.extend([known(row.missing), remark(row)]);
    cells
}

fn remark(row: &Row) -> String {
    if let Some(error) = &row.error {
        // An error may be that of many hours.
        let to = if row.to.duration_since(row.from) > HOUR {
            format!(" up to {:.0}", row.to)
        } else {
            String::new()
        };
        return format!("not compared{to}: {}", line(error));
    }
    let mut remarks = Vec::new();
    if row.missing > 0 {
        remarks.push(if row.repaired {
            "missing ones are being fetched"
        } else {
            "--repair fetches what is missing"
        });
    }
    if row.unstable {
        remarks.push("Graph shows fewer than before");
    }
    if !row.proven {
        remarks.push("re-reads are still to come");
    }
    if remarks.is_empty() { "complete".to_owned() } else { remarks.join("; ") }
}

fn summary(rows: &[Row], sinks: &BTreeSet<&str>) -> String {
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
    let (shown, missing) = (sum(|row| row.shown), sum(|row| row.missing));
    let failed = rows.iter().filter(|row| row.error.is_some()).count();
    let mut parts =
        vec![format!("{shown} sign-ins in Graph now, {} of them in the journal", sum(|row| row.journal))];
    for sink in sinks {
        let delivered: u64 = rows.iter().filter_map(|row| row.sinks.get(*sink)).sum();
        parts.push(format!("{delivered} delivered by {sink}"));
    }
    parts.push(format!("{missing} missing"));
    if failed > 0 {
        parts.push(format!("{} not compared", count(failed, "row")));
    }
    parts.join(", ") + "."
}
