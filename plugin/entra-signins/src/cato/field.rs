//! What a row of the table of fields says.

use std::fmt;

use collector::event::Value;

use super::subject::Subject;

/// One field of the event: a row of the table.
pub struct Field {
    /// Cato's name (`EventFieldName`).
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// The property of Graph's beta `signIn` that it comes from; empty if it is none.
    pub source: &'static str,
    /// How the value is made of it; empty: as is.
    pub rule: &'static str,
    /// How sure it is that Cato's own connector does the same.
    pub confidence: Confidence,
    /// What it tells a reader.
    pub meaning: &'static str,
    /// Makes the value. `None`: Graph has nothing for this field, it is always absent.
    pub(super) value: Option<fn(&Subject<'_>) -> Option<Value>>,
}

impl Field {
    /// Whether events can have it. Fields that Graph has nothing for stand in the table to say so.
    pub fn is_emitted(&self) -> bool {
        self.value.is_some()
    }

    pub(super) fn value_of(&self, subject: &Subject<'_>) -> Option<Value> {
        self.value.and_then(|value| value(subject))
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The JSON type of a field's value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A list of texts.
    StringArray,
    /// An object.
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::StringArray => "array of string",
            Self::Object => "object",
        })
    }
}

/// How sure a field is, since no public sample of the sub-type exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Confidence {
    /// Cato documents the field for Azure AD sign-ins.
    Documented,
    /// Cato documents the field's name; what goes into it is our choice.
    DocumentedName,
    /// The field's type is known from Cato's typed export.
    KnownType,
    /// Our choice.
    Ours,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Documented => "doc",
            Self::DocumentedName => "doc name",
            Self::KnownType => "type",
            Self::Ours => "ours",
        })
    }
}
