//! What is worth a remark about the credential in use.

use jiff::Timestamp;

use crate::identity::{CredentialInUse, Expiring};

/// That it expires soon or has expired. `has_next` if there is another one.
pub fn of_expiry(credential: &CredentialInUse, expiring: &Expiring, has_next: bool) -> String {
    let CredentialInUse { strategy, place, .. } = credential;
    let Expiring { at, days, expired } = expiring;
    let when = match days {
        _ if *expired => format!("has expired ({at})"),
        0 => format!("expires within a day ({at})"),
        1 => format!("expires in a day ({at})"),
        _ => format!("expires in {days} days ({at})"),
    };
    match (*place, has_next) {
        ("auth", true) => format!("the {strategy} in auth {when}: auth.next takes its place then"),
        ("auth", false) => {
            format!("the {strategy} in auth {when}: make its successor and write it as auth.next")
        }
        (place, _) => format!("the {strategy} in {place} {when}: make its successor and write it as auth"),
    }
}

/// Remarks on the credential in use: `has_next` if there is another one.
pub fn of_credential(credential: &CredentialInUse, has_next: bool, now: Timestamp) -> Vec<String> {
    let expiring = credential.expires_at.and_then(|at| Expiring::soon(at, now));
    let expiry = expiring.map(|expiring| of_expiry(credential, &expiring, has_next));
    has_next.then(|| of_choice(credential)).into_iter().chain(expiry).collect()
}

/// Which of two credentials is in use, and whether the other one can go.
fn of_choice(credential: &CredentialInUse) -> String {
    let CredentialInUse { strategy, place, other_refused, .. } = credential;
    match (other_refused, *place) {
        (None, _) => {
            format!("tokens come by the {strategy} in auth; the credential in auth.next has not been needed")
        }
        (Some(refused), "auth") => {
            format!(
                "tokens come by the {strategy} in auth: the credential in auth.next is refused ({refused})"
            )
        }
        (Some(refused), _) => format!(
            "tokens come by the {strategy} in {place}: the credential in auth is refused ({refused}) and can go; write into auth \
             what {place} holds"
        ),
    }
}
