//! A refusal as the token endpoint writes it. The `oauth2` crate's own type keeps only what the standard names;
//! Microsoft's numbers, `suberror` and `claims` say much more.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

#[cfg(test)]
mod tests;

/// The longest description that is kept.
const LONGEST: usize = 500;

/// The members of learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct ErrorAnswer {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_codes: Vec<u32>,
    pub(super) error_description: Option<String>,
    pub(super) suberror: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) trace_id: Option<String>,
    pub(super) correlation_id: Option<String>,
}

impl oauth2::ErrorResponse for ErrorAnswer {}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

/// Whether a text repeats a secret, as it is or as it was sent: encoded for a form or a URL, once or twice. White space counts for
/// nothing, as it is folded before a text is shown.
pub(super) fn repeats(text: &str, secret: &str) -> bool {
    let folded = |text: &str| text.split_whitespace().collect::<String>();
    let secret = folded(secret);
    let holds = |text: &str| folded(text).contains(&secret);
    let decoded = [decoded_form(text), decoded_url(text)];
    let twice = decoded.iter().flat_map(|text| [decoded_form(text), decoded_url(text)]);
    !secret.is_empty()
        && (holds(text)
            || decoded.iter().any(|text| holds(text))
            || twice.into_iter().any(|text| holds(&text)))
}

/// As a form has it, where a plus is a space.
fn decoded_form(text: &str) -> String {
    let one_name = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(one_name.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

/// As the rest of a URL has it, where a plus is itself.
fn decoded_url(text: &str) -> String {
    decoded_form(&text.replace('+', "%2B"))
}

impl ErrorAnswer {
    /// The AADSTS numbers, from the description if they are nowhere else.
    pub(super) fn numbers(&self) -> Vec<u32> {
        if !self.error_codes.is_empty() {
            return self.error_codes.clone();
        }
        let number = self.error_description.as_deref().and_then(|text| {
            let digits = text.split("AADSTS").nth(1)?;
            digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        number.into_iter().collect()
    }

    /// Microsoft's own sentence on one line, without the ids that follow it. `None` if it is not Microsoft's.
    pub(super) fn description(&self) -> Option<String> {
        let text = self.error_description.as_deref()?.trim();
        if !text.starts_with("AADSTS") {
            return None;
        }
        let sentence = text.split("Trace ID:").next()?;
        let words: Vec<&str> = sentence.split_whitespace().collect();
        Some(words.join(" ").chars().filter(|c| !c.is_control()).take(LONGEST).collect())
    }
}
