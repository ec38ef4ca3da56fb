//! What an error of the identity platform or of Graph means for a connector's status.

use std::fmt;

use jiff::Timestamp;

use super::{Consent, Observation, Verdict};
use crate::config::{SignInEventType, TenantId};
use crate::coverage::{Interval, Second};
use crate::graph::{BadRequest, GraphError, Refusal};
use crate::identity::{AUDIT_LOG_READ_ALL, IdentityError, NOT_AUTHORIZED};

/// There is no token.
pub fn of_identity(error: &IdentityError, consent: &Consent) -> Observation {
    let diagnosis = error.diagnosis();
    let message = sentence(&error.to_string());
    match error {
        IdentityError::Transient { .. } => {
            Observation::Passing(Verdict::error(diagnosis.reason, message, error.way_out()))
        }
        IdentityError::Consent { .. } => {
            Observation::Refused(Verdict::pending(diagnosis.reason, message, consent, AUDIT_LOG_READ_ALL))
        }
        IdentityError::Configuration { .. } => {
            Observation::Refused(Verdict::error(diagnosis.reason, message, error.way_out()))
        }
    }
}

/// Whether Microsoft has issued a token, and it only lacks the permission to read sign-ins.
pub fn lacks_permission_alone(error: &IdentityError) -> bool {
    let diagnosis = error.diagnosis();
    let issued = diagnosis.oauth_error.is_none() && diagnosis.reason != NOT_AUTHORIZED;
    matches!(error, IdentityError::Consent { .. }) && issued
}

/// A request to Graph failed.
pub fn of_graph(error: &GraphError, consent: &Consent) -> Observation {
    let message = sentence(&error.to_string());
    let passing =
        |reason, way_out: &str| Observation::Passing(Verdict::error(reason, message.clone(), way_out));
    let refused =
        |reason, way_out: &str| Observation::Refused(Verdict::error(reason, message.clone(), way_out));
    match error {
        GraphError::Refused { reason, .. } => of_refusal(*reason, message, consent),
        GraphError::BadRequest { kind: BadRequest::InvalidFilter, .. } => {
            refused("invalid_filter", "Check the connector's filter: Graph does not understand it.")
        }
        GraphError::BadRequest { .. } => {
            refused("bad_request", "Check the connector's filter, cloud and graph_endpoint.")
        }
        GraphError::Redirected { .. } => {
            passing("redirected", "Check graph_endpoint, and proxies between this machine and Microsoft.")
        }
        GraphError::ForeignNextLink { .. } => passing(
            "foreign_next_link",
            "Check graph_endpoint: links to further pages must lead to the host that was asked.",
        ),
        GraphError::Throttled { .. } => passing(
            "throttled",
            "Nothing to do if it passes. Else give this host an app registration of its own, or set app_budget_share.",
        ),
        GraphError::Narrow { .. } => {
            passing("graph_slow", "Nothing to do: less is asked for at once until Graph answers in time.")
        }
        GraphError::TokenRejected { .. } => passing(
            "token_rejected",
            "Check cloud, graph_endpoint and scope, and the tenant's access policies.",
        ),
        GraphError::DeadLink { .. } => passing("paging_broken", "Nothing to do: the window is read again."),
        GraphError::Transient { .. } => passing(
            "graph_unavailable",
            "Nothing to do: it is tried again. Microsoft's service health may say more.",
        ),
        GraphError::Malformed { .. } => passing(
            "answer_unreadable",
            "If it lasts, look for a proxy or portal between this machine and Microsoft that answers in its place.",
        ),
        GraphError::Unreachable { .. } => {
            passing("graph_unreachable", "Check network, DNS, firewall and proxy of this machine.")
        }
    }
}

/// Intervals that are named; of more, their number is.
const NAMED: usize = 3;
/// Graph serves sign-ins of this kind, but not of these intervals. `None` if there are none.
pub fn of_unreadable(kind: SignInEventType, intervals: &[Interval]) -> Option<Verdict> {
    let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    let named = |interval: &Interval| format!("{} to {}", at(interval.from), at(interval.to));
    let mut named: Vec<String> = intervals.iter().take(NAMED).map(named).collect();
    if intervals.len() > NAMED {
        named.push(format!("{} more", intervals.len() - NAMED));
    }
    let message = match named.split_last()? {
        (last, []) => last.clone(),
        (last, others) => format!("{} and {last}", others.join(", ")),
    };
    Some(Verdict::error(
        "unreadable_interval",
        format!("Graph fails every request for {kind} sign-ins of {message}, though it serves others."),
        "Nothing is lost yet: it is tried again by itself, at least every hour. If it lasts, open a case with Microsoft and name \
         these times.",
    ))
}

/// The host has not taken what was sent to it.
pub fn not_delivered(why: &str) -> Observation {
    Observation::Passing(Verdict::error(
        "not_delivered",
        format!("The sign-ins that were read could not be handed on: {why}."),
        "Look at the journal and the sinks: a full disk or journal, a receiver that is down. It is tried again by itself.",
    ))
}

/// What was read or delivered cannot be looked up or kept.
pub fn state_failed(why: &impl fmt::Display, way_out: &str) -> Verdict {
    Verdict::error("state_failed", format!("The state cannot be used: {why}."), way_out)
}

/// Another connector reads the same.
pub fn read_twice(kind: SignInEventType, tenant: TenantId) -> Verdict {
    Verdict::error(
        "read_twice",
        format!("Another connector reads {kind} of tenant {tenant} already."),
        "Remove the kind from one of the two connectors.",
    )
}

/// Nothing of the newest sign-ins was read for long, whyever.
pub fn stalled(kind: SignInEventType, minutes: Second) -> Verdict {
    Verdict::error(
        "stalled",
        format!("No newer {kind} sign-ins have been read for {minutes} min."),
        "Look at the journal and the sinks: a full journal makes sources wait. If they work, requests wait for their turn: give \
         this host an app registration of its own, or a longer poll_interval_secs.",
    )
}

fn of_refusal(refusal: Refusal, message: String, consent: &Consent) -> Observation {
    let error = |way_out: &str| Verdict::error(refusal.reason(), message.clone(), way_out);
    match refusal {
        Refusal::PermissionMissing | Refusal::RequestDenied => {
            Observation::Refused(Verdict::pending(refusal.reason(), message, consent, AUDIT_LOG_READ_ALL))
        }
        Refusal::NoLicence => Observation::NoLicence(error(
            "Reading sign-ins needs Microsoft 365 E3 or Entra ID P1 or P2. If the tenant has it, grant Directory.Read.All, \
             which spares it this check's failures. It is looked at again every hour.",
        )),
        Refusal::DirectoryReadMissing => {
            let permission = "Directory.Read.All, with which Microsoft checks the licence,";
            Observation::Refused(Verdict::pending(refusal.reason(), message, consent, permission))
        }
        Refusal::RoleMissing => {
            Observation::Refused(error("Give the user the role Reports Reader or Security Reader."))
        }
        Refusal::InsufficientClaims | Refusal::Other => Observation::Refused(error(
            "Look for Conditional Access policies of the tenant that apply to workload identities.",
        )),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(characters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}
