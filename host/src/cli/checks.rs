//! What was tried, as a table with a way out for each line that needs one.

use collector::health::Finding;

use super::output::table;
use crate::printable::line;

#[cfg(test)]
mod tests;

/// Something that was tried, and how it went.
pub(super) struct Check {
    pub(super) subject: String,
    tried: String,
    verdict: Verdict,
    way_out: Option<String>,
}

enum Verdict {
    /// With what was found, if that says more.
    Works(Option<String>),
    Failed(String),
    /// It was not tried, for this reason.
    Skipped(String),
}

impl Check {
    pub(super) fn new(subject: impl Into<String>, tried: &str, outcome: Result<(), String>) -> Self {
        let verdict = outcome.err().map_or(Verdict::Works(None), Verdict::Failed);
        Self { subject: subject.into(), tried: tried.to_owned(), verdict, way_out: None }
    }

    /// It was not tried, for this reason.
    pub(super) fn skipped(subject: &str, tried: &str, why: String) -> Self {
        Self { verdict: Verdict::Skipped(why), ..Self::new(subject, tried, Ok(())) }
    }

    pub(super) fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}

impl From<Finding> for Check {
    fn from(finding: Finding) -> Self {
        let way_out = finding.way_out.map(|way_out| match way_out.url {
            Some(url) => format!("{} {url}", way_out.text),
            None => way_out.text,
        });
        let verdict = finding.problem.map_or(Verdict::Works(finding.found), Verdict::Failed);
        Self { subject: finding.subject, tried: finding.tried, verdict, way_out }
    }
}

/// A table, and below it each way out.
pub(super) fn in_lines(checks: &[Check]) -> String {
    let row = |check: &Check| {
        let (verdict, why) = match &check.verdict {
            Verdict::Works(found) => ("ok", found.as_deref().unwrap_or_default()),
            Verdict::Failed(problem) => ("failed", problem.as_str()),
            Verdict::Skipped(why) => ("not tried", why.as_str()),
        };
        vec![check.subject.clone(), check.tried.clone(), verdict.to_owned(), why.to_owned()]
    };
    let rows: Vec<_> = checks.iter().map(row).collect();
    table(&rows) + &ways_out(checks)
}

/// Each way out once, with everything that it helps.
fn ways_out(checks: &[Check]) -> String {
    let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in checks.iter().filter(|check| check.failed()) {
        let Some(way_out) = check.way_out.as_deref() else { continue };
        match known.iter_mut().find(|(known, _)| *known == way_out) {
            Some((_, subjects)) if subjects.contains(&check.subject.as_str()) => {}
            Some((_, subjects)) => subjects.push(&check.subject),
            None => known.push((way_out, vec![&check.subject])),
        }
    }
    let shown = |(way_out, subjects): (&str, Vec<&str>)| {
        format!("\n{}: {}\n", line(&subjects.join(", ")), line(way_out))
    };
    known.into_iter().map(shown).collect()
}
