//! Requests without an answer, by what helps.

use std::error::Error;

/// No answer came, or not all of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// There is no connection. The sentence says why.
    Unreachable(String),
    /// There was one, and it broke. The sentence says how.
    Broken(String),
    /// The answer did not come in time.
    TimedOut,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let connecting = error.is_connect() || error.is_builder();
        if connecting && error.is_timeout() {
            Self::Unreachable("there is no connection within the time allowed".to_owned())
        } else if connecting {
            Self::Unreachable(plainly(error))
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broken(sentence(error))
        }
    }
}

/// The longest cause that is shown: some name every host of a certificate.
const LONGEST_CAUSE: usize = 160;

/// The error with its causes, without the URL: its query may hold a paging token.
pub(crate) fn sentence(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// What the commonest failures to connect mean, by words of the libraries below; the rest says itself.
const MEANINGS: &[(&str, &str)] = &[
    ("dns error", "its name cannot be resolved"),
    ("UnknownIssuer", "its certificate is not trusted (behind a proxy that opens TLS, set tls.ca_file)"),
    ("invalid peer certificate", "its certificate is not valid"),
    ("Connection refused", "it refuses connections"),
    ("Network is unreachable", "there is no network"),
    ("proxy authorization required", "the proxy wants other credentials"),
    ("tunnel", "the proxy does not connect to it"),
    ("unsuccessful", "the proxy does not connect to it"),
];

/// The meaning with the innermost cause, or the whole chain if it has no known meaning.
fn plainly(error: reqwest::Error) -> String {
    let mut cause: &dyn Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let cause: String = cause.to_string().chars().take(LONGEST_CAUSE).collect();
    let whole = sentence(error);
    let meaning = MEANINGS.iter().find(|(word, _)| whole.contains(word));
    meaning.map(|(_, meaning)| format!("{meaning} ({cause})")).unwrap_or(whole)
}
