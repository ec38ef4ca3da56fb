//! The table of reasons in the README.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::config::{SignInEventType, TenantId};
use crate::coverage::Interval;
use crate::graph::{BadRequest, ForeignLink, GraphError, Refusal, TooMuch};
use crate::identity::testing::errors;

const README: &str = include_str!("../../../../../README.md");

type Reasons = BTreeMap<String, BTreeSet<String>>;

fn verdict_of(observation: Observation) -> Verdict {
    match observation {
        Observation::Refused(verdict) | Observation::Passing(verdict) | Observation::NoLicence(verdict) => {
            verdict
        }
        other @ (Observation::Answered | Observation::Cleared | Observation::Suspect(_)) => {
            panic!("{other:?}")
        }
    }
}

/// One of each. A variant that is added to the error has to be added here, or this does not compile.
fn graph_errors() -> Vec<GraphError> {
    let answer = Box::default;
    let refused = |reason| GraphError::Refused { reason, answer: answer() };
    let bad = |kind| GraphError::BadRequest { kind, message: String::new(), answer: answer() };
    let mut errors = vec![
        GraphError::Throttled { retry_after: None, answer: answer() },
        GraphError::Narrow { how: TooMuch::TimedOut, answer: answer() },
        GraphError::TokenRejected { claims: None, answer: answer() },
        GraphError::DeadLink { answer: answer() },
        GraphError::Redirected { answer: answer() },
        GraphError::ForeignNextLink { what: ForeignLink::NotAUrl, answer: answer() },
        GraphError::Transient { how: String::new(), retry_after: None, answer: answer() },
        GraphError::Malformed { what: "", place: None, answer: answer() },
        GraphError::Unreachable { why: String::new(), answer: answer() },
    ];
    errors.extend([BadRequest::InvalidFilter, BadRequest::NotFound, BadRequest::Other].map(bad));
    errors.extend(Refusal::ALL.map(refused));
    for error in &errors {
        match error {
            GraphError::Throttled { .. }
            | GraphError::Narrow { .. }
            | GraphError::TokenRejected { .. }
            | GraphError::Refused { .. }
            | GraphError::DeadLink { .. }
            | GraphError::BadRequest { .. }
            | GraphError::Redirected { .. }
            | GraphError::ForeignNextLink { .. }
            | GraphError::Transient { .. }
            | GraphError::Malformed { .. }
            | GraphError::Unreachable { .. } => {}
        }
    }
    errors
}

fn in_the_code() -> Reasons {
    let consent = consent();
    let kind = SignInEventType::InteractiveUser;
    let stuck = [Interval { from: NOW, to: NOW + 1 }];
    let own = [
        Verdict::checking(),
        Verdict::connected(),
        verdict_of(not_delivered("")),
        state_failed(&"", ""),
        read_twice(kind, TenantId(Uuid::nil())),
        stalled(kind, 20),
        of_unreadable(kind, &stuck).unwrap(),
    ];
    let identity = errors().into_iter().map(|error| verdict_of(of_identity(&error, &consent)));
    let graph = graph_errors().into_iter().map(|error| verdict_of(of_graph(&error, &consent)));
    let mut reasons = Reasons::new();
    for verdict in identity.chain(graph).chain(own) {
        reasons.entry(verdict.status.to_string()).or_default().insert(verdict.reason.to_owned());
    }
    reasons
}

/// The rows below the heading of the column of reasons: status, reasons, what to do.
fn in_the_readme() -> Reasons {
    let mut reasons = Reasons::new();
    let table = README.lines().skip_while(|line| !line.starts_with("| status | reasons |")).skip(2);
    for row in table.take_while(|line| line.starts_with('|')) {
        let mut cells = row.split('|').skip(1).map(str::trim);
        let (status, listed) = (cells.next().unwrap(), cells.next().unwrap());
        let listed: Vec<String> =
            listed.split(", ").map(|reason| reason.trim_matches('`').to_owned()).collect();
        let known = reasons.entry(status.to_owned()).or_default();
        for reason in listed {
            assert!(known.insert(reason.clone()), "{reason} stands twice");
        }
    }
    reasons
}

/// Scenario: the README's table of statuses and reasons. Guarantee: it has every reason that the code gives, once, under its
/// status, and no other.
#[test]
fn the_readme_lists_every_reason() {
    let (code, readme) = (in_the_code(), in_the_readme());
    assert_eq!(readme.keys().collect::<Vec<_>>(), code.keys().collect::<Vec<_>>());
    for (status, reasons) in &code {
        let (missing, unknown): (Vec<_>, Vec<_>) =
            (reasons.difference(&readme[status]).collect(), readme[status].difference(reasons).collect());
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{status}: missing {missing:?}, unknown {unknown:?}"
        );
    }
}
