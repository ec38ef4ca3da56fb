//! The part of OData's `$filter` that Graph takes for sign-ins.

mod parse;

use serde_json::Value;

use super::errors::GraphError;
use crate::clock::Nanos;
use crate::sign_ins::{Entry, SignInKind};

/// A parsed `$filter`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    /// `createdDateTime ge 2026-01-01T00:00:00Z`
    Created(Comparison, Nanos),
    /// `signInEventTypes/any(t: ...)`
    Kinds(KindTest),
    /// A comparison of another property, `path` split at its slashes.
    Property {
        path: Vec<String>,
        test: PropertyTest,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
}

/// What stands within `any(t: ...)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KindTest {
    Eq(String),
    Ne(String),
    And(Box<KindTest>, Box<KindTest>),
    Or(Box<KindTest>, Box<KindTest>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PropertyTest {
    Eq(Value),
    Ne(Value),
    StartsWith(String),
}

impl Filter {
    /// Parses the text of `$filter`, percent-decoded.
    pub(crate) fn parse(text: &str) -> Result<Self, GraphError> {
        parse::filter(text).ok_or_else(GraphError::invalid_filter)
    }

    /// Whether it says anything about the kinds; without it Graph gives interactive sign-ins only.
    pub(crate) fn names_kinds(&self) -> bool {
        match self {
            Self::And(a, b) | Self::Or(a, b) => a.names_kinds() || b.names_kinds(),
            Self::Kinds(_) => true,
            Self::Created(..) | Self::Property { .. } => false,
        }
    }

    /// The same, but of kinds that are joined by `or` only the first counts.
    pub(crate) fn with_first_kind_alone(self) -> Self {
        match self {
            Self::And(a, b) => {
                Self::And(Box::new(a.with_first_kind_alone()), Box::new(b.with_first_kind_alone()))
            }
            Self::Kinds(test) => Self::Kinds(test.first()),
            other => other,
        }
    }

    /// The earliest instant that stands as a lower bound or equality anywhere in it.
    pub(crate) fn oldest_bound(&self) -> Option<Nanos> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                [a.oldest_bound(), b.oldest_bound()].into_iter().flatten().min()
            }
            Self::Created(Comparison::Eq | Comparison::Ge | Comparison::Gt, at) => Some(*at),
            Self::Created(..) | Self::Kinds(_) | Self::Property { .. } => None,
        }
    }

    /// A range of instants, both inclusive, outside which nothing matches.
    pub(crate) fn range(&self) -> (Nanos, Nanos) {
        match self {
            Self::And(a, b) => {
                let ((a_from, a_to), (b_from, b_to)) = (a.range(), b.range());
                (a_from.max(b_from), a_to.min(b_to))
            }
            Self::Or(a, b) => {
                let ((a_from, a_to), (b_from, b_to)) = (a.range(), b.range());
                (a_from.min(b_from), a_to.max(b_to))
            }
            Self::Created(Comparison::Eq, at) => (*at, *at),
            Self::Created(Comparison::Ge | Comparison::Gt, at) => (*at, Nanos::MAX),
            Self::Created(Comparison::Le | Comparison::Lt, at) => (Nanos::MIN, *at),
            Self::Kinds(_) | Self::Property { .. } => (Nanos::MIN, Nanos::MAX),
        }
    }

    /// Whether it selects a sign-in; `record` gives its JSON, which is asked for only when needed.
    pub(crate) fn matches(&self, entry: &Entry, record: &mut dyn FnMut() -> Value) -> bool {
        match self {
            Self::And(a, b) => a.matches(entry, record) && b.matches(entry, record),
            Self::Or(a, b) => a.matches(entry, record) || b.matches(entry, record),
            Self::Created(comparison, at) => comparison.holds(entry.created, *at),
            Self::Kinds(test) => test.matches(entry.kind),
            Self::Property { path, test } => {
                let record = record();
                let value = path.iter().try_fold(&record, |value, name| value.get(name));
                test.matches(value.unwrap_or(&Value::Null))
            }
        }
    }
}

impl Comparison {
    fn holds(self, left: Nanos, right: Nanos) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ge => left >= right,
            Self::Gt => left > right,
            Self::Le => left <= right,
            Self::Lt => left < right,
        }
    }
}

impl KindTest {
    fn matches(&self, kind: SignInKind) -> bool {
        match self {
            Self::Eq(name) => kind.as_str() == name,
            Self::Ne(name) => kind.as_str() != name,
            Self::And(a, b) => a.matches(kind) && b.matches(kind),
            Self::Or(a, b) => a.matches(kind) || b.matches(kind),
        }
    }

    fn first(self) -> Self {
        match self {
            Self::Or(first, _) => first.first(),
            other => other,
        }
    }
}

impl PropertyTest {
    /// OData compares strings of this resource without regard to letter case.
    fn matches(&self, value: &Value) -> bool {
        match self {
            Self::Eq(wanted) => same(value, wanted),
            Self::Ne(unwanted) => !same(value, unwanted),
            Self::StartsWith(start) => {
                value.as_str().is_some_and(|text| text.to_lowercase().starts_with(&start.to_lowercase()))
            }
        }
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.to_lowercase() == right.to_lowercase(),
        _ => left == right,
    }
}

#[cfg(test)]
mod tests;
