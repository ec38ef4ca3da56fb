//! Why there is no token, by what somebody can do about it.

use std::borrow::Cow;
use std::sync::Arc;
use std::{fmt, time::Duration};

use jiff::SignedDuration;
use tokio::time::Instant;
use uuid::Uuid;

use super::aadsts::{Class, Meaning};
use super::answer::ErrorAnswer;

/// No code of OAuth's or Microsoft's is longer.
const LONGEST_WORD: usize = 80;

/// There is no token. Errors are remembered and the next try comes by itself; until then everybody gets the same one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum IdentityError {
    /// It passes by itself: Microsoft or the network is not well.
    #[error("{diagnosis}")]
    Transient {
        /// What is known.
        diagnosis: Arc<Diagnosis>,
        /// When Microsoft is asked again.
        next_try: Option<Instant>,
    },
    /// An admin of the tenant must consent.
    #[error("{diagnosis}")]
    Consent {
        /// What is known.
        diagnosis: Arc<Diagnosis>,
        /// When Microsoft is asked again.
        next_try: Option<Instant>,
    },
    /// Something must be set right, here or in the tenant.
    #[error("{diagnosis}")]
    Configuration {
        /// What is known.
        diagnosis: Arc<Diagnosis>,
        /// When Microsoft is asked again.
        next_try: Option<Instant>,
    },
}

impl IdentityError {
    pub(super) fn new(class: Class, diagnosis: Diagnosis) -> Self {
        let (diagnosis, next_try) = (Arc::new(diagnosis), None);
        match class {
            Class::Transient | Class::BackOff => Self::Transient { diagnosis, next_try },
            Class::Consent => Self::Consent { diagnosis, next_try },
            Class::Configuration => Self::Configuration { diagnosis, next_try },
        }
    }

    pub(super) fn with_next_try(mut self, at: Option<Instant>) -> Self {
        match &mut self {
            Self::Transient { next_try, .. }
            | Self::Consent { next_try, .. }
            | Self::Configuration { next_try, .. } => *next_try = at,
        }
        self
    }

    /// The same with more in its sentence.
    pub(super) fn adding(mut self, more: &str) -> Self {
        match &mut self {
            Self::Transient { diagnosis, .. }
            | Self::Consent { diagnosis, .. }
            | Self::Configuration { diagnosis, .. } => Arc::make_mut(diagnosis).meaning.push_str(more),
        }
        self
    }

    /// The same with a way out that names what this connector needs.
    pub(super) fn helped_by(mut self, way_out: Option<String>) -> Self {
        if let Some(way_out) = way_out {
            match &mut self {
                Self::Transient { diagnosis, .. }
                | Self::Consent { diagnosis, .. }
                | Self::Configuration { diagnosis, .. } => {
                    Arc::make_mut(diagnosis).way_out = way_out.into();
                }
            }
        }
        self
    }

    /// What is known.
    pub fn diagnosis(&self) -> &Diagnosis {
        match self {
            Self::Transient { diagnosis, .. }
            | Self::Consent { diagnosis, .. }
            | Self::Configuration { diagnosis, .. } => diagnosis,
        }
    }

    /// Why, as a stable code in snake case.
    pub fn reason(&self) -> &'static str {
        self.diagnosis().reason
    }

    /// What helps, in a sentence.
    pub fn way_out(&self) -> &str {
        &self.diagnosis().way_out
    }

    /// When Microsoft is asked again.
    pub fn next_try(&self) -> Option<Instant> {
        match self {
            Self::Transient { next_try, .. }
            | Self::Consent { next_try, .. }
            | Self::Configuration { next_try, .. } => *next_try,
        }
    }
}

/// What is known of a failure. Holds no secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagnosis {
    /// Why, as a stable code in snake case.
    pub reason: &'static str,
    /// What it means, in a sentence without its full stop.
    pub meaning: String,
    /// What helps, in a sentence.
    pub way_out: Cow<'static, str>,
    /// Microsoft's number, as in `AADSTS700016`.
    pub aadsts: Option<u32>,
    /// OAuth's `error`.
    pub oauth_error: Option<String>,
    /// Microsoft's refinement of `error`.
    pub suberror: Option<String>,
    /// Microsoft's own sentence.
    pub description: Option<String>,
    /// By which Microsoft's support finds the request.
    pub trace_id: Option<String>,
    /// The same, chosen by this side.
    pub correlation_id: Option<String>,
    /// How far Microsoft's clock is ahead of this machine's.
    pub clock_offset: Option<SignedDuration>,
}

impl Diagnosis {
    pub(super) fn new(meaning: &Meaning) -> Self {
        Self {
            reason: meaning.reason,
            meaning: meaning.sentence.to_owned(),
            way_out: meaning.way_out.into(),
            ..Self::default()
        }
    }

    /// The same with what Microsoft said. Microsoft does not repeat secrets, but whatever stands in between might: words and ids are taken
    /// only if they are some, and of texts that are `hidden` nothing is.
    pub(super) fn said(
        self,
        number: Option<u32>,
        answer: &ErrorAnswer,
        hidden: &dyn Fn(&str) -> bool,
    ) -> Self {
        let word = |text: &str| (is_word(text) && !hidden(text)).then(|| text.to_owned());
        let id = |text: &String| text.parse::<Uuid>().ok().map(|id| id.to_string());
        // What is shown of it is cut short, perhaps in the middle of what must not be.
        let is_hidden = answer.error_description.as_deref().is_some_and(hidden);
        Self {
            aadsts: number,
            oauth_error: word(&answer.error),
            suberror: answer.suberror.as_deref().and_then(word),
            description: answer.description().filter(|_| !is_hidden),
            trace_id: answer.trace_id.as_ref().and_then(id),
            correlation_id: answer.correlation_id.as_ref().and_then(id),
            ..self
        }
    }

    /// The same with what the server's `Date` says; a wrong clock is worth mentioning.
    pub(super) fn at_offset(mut self, offset: Option<SignedDuration>) -> Self {
        self.clock_offset = offset;
        let wrong = offset.filter(|offset| offset.unsigned_abs() >= Duration::from_mins(1));
        if let Some(offset) = wrong {
            let minutes = offset.unsigned_abs().as_secs().div_ceil(60);
            let side = if offset.is_negative() { "ahead of" } else { "behind" };
            self.meaning =
                format!("{}; this machine's clock is {minutes} min {side} Microsoft's", self.meaning);
        }
        self
    }
}

/// Whether this can be a code of OAuth's or Microsoft's, such as `invalid_client`.
fn is_word(text: &str) -> bool {
    (1..=LONGEST_WORD).contains(&text.len())
        && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase())
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.meaning)?;
        let number = self.aadsts.map(|number| format!("AADSTS{number}"));
        let correlation = self.correlation_id.as_ref().map(|id| format!("correlation id {id}"));
        let said = [number.or_else(|| self.oauth_error.clone()), correlation];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if said.is_empty() { Ok(()) } else { write!(f, " ({})", said.join(", ")) }
    }
}
