//! The table as tests elsewhere see it.

use super::super::error::{Diagnosis, IdentityError};
use super::super::{credential, delegated, exchange, managed_identity, openid, provider, token_endpoint};
use super::{ErrorAnswer, Meaning, NUMBERS, all, meaning};

/// The numbers of the table.
pub(crate) fn numbers() -> impl Iterator<Item = u32> {
    NUMBERS.iter().flat_map(|(numbers, _)| numbers.iter().copied())
}

/// The error that the identity platform's answer with this number becomes.
pub(crate) fn error_of(number: u32) -> IdentityError {
    let answer =
        ErrorAnswer { error: "whatever".to_owned(), error_codes: vec![number], ..ErrorAnswer::default() };
    let (meaning, number) = meaning(&answer, false);
    IdentityError::new(meaning.class, Diagnosis::new(&meaning).said(number, &answer, &|_| false))
}

/// An error of each meaning that there is.
pub(crate) fn errors() -> Vec<IdentityError> {
    let own = [
        exchange::MEANINGS,
        token_endpoint::MEANINGS,
        managed_identity::MEANINGS,
        provider::MEANINGS,
        openid::MEANINGS,
    ]
    .concat();
    let own = own.into_iter().chain(credential::meanings()).chain(delegated::meanings());
    let error = |meaning: Meaning| IdentityError::new(meaning.class, Diagnosis::new(&meaning));
    all().chain(own).map(error).collect()
}
