//! What is wrong with a configuration.

use std::borrow::Cow;
use std::fmt;

use super::Location;

/// One mistake: where, which key, what is wrong and what to write instead. Never the value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Where it stands.
    pub at: Option<Location>,
    /// The full key, such as `sources.entra.azure_ad[0].poll_interval_secs`; empty for a whole file.
    pub key: String,
    /// What is wrong, as a sentence without its full stop.
    pub what: String,
    /// What to write instead.
    pub fix: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(f, "{at}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", on_one_line(&self.key))?;
        }
        f.write_str(&self.what)?;
        match &self.fix {
            Some(fix) => write!(f, "; {fix}"),
            None => Ok(()),
        }
    }
}

/// A key of somebody's file may hold line ends in quotes; a problem is one line.
fn on_one_line(key: &str) -> Cow<'_, str> {
    if !key.contains(char::is_control) {
        return key.into();
    }
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    key.chars().map(escaped).collect()
}

/// Every mistake that was found. `Display` gives each a line of its own.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Adds somebody else's.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same problems of a table that stands at this key: a component knows its keys, its host where it stands.
    #[must_use]
    pub fn under(mut self, path: &str) -> Self {
        for problem in &mut self.0 {
            problem.key = match problem.key.as_str() {
                "" => path.to_owned(),
                key => format!("{path}.{key}"),
            };
        }
        self
    }

    /// Brings them into the order in which somebody reads the files; problems of one line keep theirs.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| a.at.cmp(&b.at));
    }

    /// The value if there is no problem.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
