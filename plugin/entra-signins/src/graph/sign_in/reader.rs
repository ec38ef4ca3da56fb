//! Reading JSON values without refusing any: what has an unexpected type is left out and noted.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::MapAccess;

use super::mode::Mode;
use super::properties::Text;
use super::values::{Any, AsBoolean, AsInteger, AsObject, AsObjects, AsText, AsTexts, note};

/// A property that was left out: its name and what stood there, never the value.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Anomaly {
    /// The property, with a dot before a member: `status.errorCode`.
    pub property: &'static str,
    /// What stood there.
    pub found: Kind,
}

/// What stood where something else was expected.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A number, or one that does not fit.
    Number,
    /// Text, or text that is not in the property's form.
    Text,
    /// A list with elements.
    List,
    /// An object with members.
    Object,
    /// A value that JSON's syntax allows and no reader can hold, such as `1e999`.
    Unreadable,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Text => "text",
            Self::List => "list",
            Self::Object => "object",
            Self::Unreadable => "unreadable",
        })
    }
}

/// An object whose members are read one by one.
pub(super) trait Object<'a>: Default {
    /// The property that holds it, for anomalies.
    const NAME: &'static str;

    /// Reads all members.
    fn read<'de, M, A>(&mut self, reader: &mut Reader<'_, M>, map: &mut A) -> Result<(), A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>;
}

/// Reads the value of the property whose name was just read.
pub(super) struct Reader<'n, M> {
    notes: &'n mut Vec<Anomaly>,
    mode: PhantomData<M>,
}

impl<'n, M> Reader<'n, M> {
    /// A reader that notes its anomalies here.
    pub(super) fn new(notes: &'n mut Vec<Anomaly>) -> Self {
        Self { notes, mode: PhantomData }
    }

    /// Text.
    pub(super) fn text<'de, 'a, A>(
        &mut self,
        property: &'static str,
        map: &mut A,
    ) -> Result<Text<'a>, A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let read =
            M::value(map, Any(AsText { property, notes: self.notes, into: PhantomData::<(&'a (), M)> }))?;
        Ok(self.or_unreadable(property, read))
    }

    /// A boolean, or the text of one.
    pub(super) fn boolean<'de, 'a, A>(
        &mut self,
        property: &'static str,
        map: &mut A,
    ) -> Result<Option<bool>, A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let read = M::value(map, Any(AsBoolean { property, notes: self.notes }))?;
        Ok(self.or_unreadable(property, read))
    }

    /// A whole number, or the text of one.
    pub(super) fn integer<'de, 'a, A>(
        &mut self,
        property: &'static str,
        map: &mut A,
    ) -> Result<Option<i64>, A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let read = M::value(map, Any(AsInteger { property, notes: self.notes }))?;
        Ok(self.or_unreadable(property, read))
    }

    /// A list of texts; one text alone is a list of one.
    pub(super) fn texts<'de, 'a, A>(
        &mut self,
        property: &'static str,
        map: &mut A,
    ) -> Result<Vec<Cow<'a, str>>, A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let read =
            M::value(map, Any(AsTexts { property, notes: self.notes, into: PhantomData::<(&'a (), M)> }))?;
        Ok(self.or_unreadable(property, read))
    }

    /// An object.
    pub(super) fn object<'de, 'a, T, A>(&mut self, map: &mut A) -> Result<T, A::Error>
    where
        T: Object<'a> + 'a,
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let read = M::value(map, Any(AsObject { notes: self.notes, into: PhantomData::<(&'a T, M)> }))?;
        Ok(self.or_unreadable(T::NAME, read).unwrap_or_default())
    }

    /// A list of objects.
    pub(super) fn objects<'de, 'a, T, A>(&mut self, map: &mut A) -> Result<Vec<T>, A::Error>
    where
        T: Object<'a> + 'a,
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let read = M::value(map, Any(AsObjects { notes: self.notes, into: PhantomData::<(&'a T, M)> }))?;
        Ok(self.or_unreadable(T::NAME, read))
    }

    fn or_unreadable<T: Default>(&mut self, property: &'static str, read: Option<T>) -> T {
        read.unwrap_or_else(|| note(self.notes, property, Kind::Unreadable))
    }
}
