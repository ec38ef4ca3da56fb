//! Countries: the code and the everyday English name.

use std::borrow::Cow;

/// A country of a record.
pub(super) struct Country<'a> {
    /// Two letters, upper case.
    pub(super) code: Cow<'a, str>,
    /// The everyday English name; nothing for a code that no country has.
    pub(super) name: Option<&'static str>,
}

/// The country of a two-letter code.
pub(super) fn of(text: &str) -> Option<Country<'_>> {
    let text = text.trim();
    let is_code = text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_alphabetic());
    is_code.then(|| Country { code: Cow::Owned(text.to_ascii_uppercase()), name: None })
}
