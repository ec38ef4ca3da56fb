//! What really happened: the sign-ins that a complete collector must have.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::{nanos, timestamp};
use crate::sign_ins::SignInKind;
use crate::sign_ins::log::SignInLog;

/// One sign-in of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrueSignIn {
    /// `id` of the record.
    pub id: String,
    /// `createdDateTime` of the record.
    pub created: Timestamp,
    /// Its kind.
    pub kind: SignInKind,
    /// The server's instant from which queries see it.
    pub appears_at: Timestamp,
}

/// Which sign-ins to tell of; `Default` is all that have happened, also those that have not appeared yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthFilter {
    /// Created at this instant or later.
    pub from: Option<Timestamp>,
    /// Created at this instant or earlier.
    pub to: Option<Timestamp>,
    /// Of these kinds; all when empty.
    #[serde(default)]
    pub kinds: Vec<SignInKind>,
    /// Appeared at this instant or earlier.
    pub appeared_by: Option<Timestamp>,
}

pub(crate) fn truth(log: &SignInLog, filter: &TruthFilter) -> Vec<TrueSignIn> {
    let from = filter.from.map_or(i64::MIN, nanos);
    let to = filter.to.map_or(i64::MAX, nanos);
    let appeared_by = filter.appeared_by.map_or(i64::MAX, nanos);
    log.between(from, to)
        .iter()
        .filter(|entry| entry.appears <= appeared_by)
        .filter(|entry| filter.kinds.is_empty() || filter.kinds.contains(&entry.kind))
        .map(|entry| TrueSignIn {
            id: log.id(entry.seq),
            created: timestamp(entry.created),
            kind: entry.kind,
            appears_at: timestamp(entry.appears),
        })
        .collect()
}
