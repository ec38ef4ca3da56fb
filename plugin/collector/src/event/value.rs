//! Values of fields: strings, integers, finite floats, booleans, times, arrays and sorted maps.
//!
//! There is no null: a field that does not apply is absent. There are no unsigned 64-bit integers and no NaN,
//! so that every value has a counterpart in Vector's.

use std::borrow::{Borrow, Cow};
use std::fmt;

use jiff::Timestamp;
use litemap::LiteMap;
use serde::{Serialize, Serializer};

/// A field's name. Names known at compile time cost no allocation.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyString(Cow<'static, str>);

impl KeyString {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for KeyString {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for KeyString {
    fn from(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }
}

impl From<String> for KeyString {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl From<KeyString> for String {
    /// The name as a `String`; it is moved if it was one.
    fn from(name: KeyString) -> Self {
        name.0.into_owned()
    }
}

impl fmt::Display for KeyString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for KeyString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Fields of an object, sorted by name: a sorted list, which is made, written and dropped more quickly than a tree. Setting
/// many fields one by one, out of order, is slow; collect them instead.
pub type ObjectMap = LiteMap<KeyString, Value>;

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text; what is known at compile time costs no allocation.
    String(Cow<'static, str>),
    /// A whole number.
    Integer(i64),
    /// A finite number; make it with [`Value::float`].
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// An instant; RFC 3339 in JSON.
    Timestamp(Timestamp),
    /// A list.
    Array(Vec<Value>),
    /// A nested object.
    Object(ObjectMap),
}

impl Value {
    /// Text that is known at compile time.
    pub const fn fixed(text: &'static str) -> Self {
        Self::String(Cow::Borrowed(text))
    }

    /// A finite float; NaN and the infinities have no value.
    pub fn float(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Float(number))
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The number of an integer.
    pub fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    /// The truth of a boolean.
    pub fn as_boolean(&self) -> Option<bool> {
        if let Self::Boolean(truth) = self { Some(*truth) } else { None }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The value of a JSON document; nulls vanish, numbers past 64 bits become floats.
    pub fn from_json(json: serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;
        Some(match json {
            Json::Null => return None,
            Json::Bool(truth) => Self::Boolean(truth),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => Self::Integer(integer),
                None => return number.as_f64().and_then(Self::float),
            },
            Json::String(text) => text.into(),
            Json::Array(elements) => Self::Array(elements.into_iter().filter_map(Self::from_json).collect()),
            Json::Object(members) => Self::Object(
                members
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.into(), Self::from_json(value)?)))
                    .collect(),
            ),
        })
    }
}

impl From<&str> for Value {
    /// A copy; see [`Value::fixed`].
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        text.into_owned().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<Timestamp> for Value {
    fn from(instant: Timestamp) -> Self {
        Self::Timestamp(instant)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(elements: Vec<T>) -> Self {
        Self::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl From<ObjectMap> for Value {
    fn from(members: ObjectMap) -> Self {
        Self::Object(members)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
            Self::Timestamp(instant) => serializer.collect_str(instant),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}
