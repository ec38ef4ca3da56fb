//! One visitor for every kind of JSON value, and what each expectation makes of what it is given.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::mode::Mode;
use super::properties::Text;
use super::reader::{Anomaly, Kind, Object, Reader};

/// Notes an anomaly; what was to be read is nothing.
pub(super) fn note<T: Default>(notes: &mut Vec<Anomaly>, property: &'static str, found: Kind) -> T {
    notes.push(Anomaly { property, found });
    T::default()
}

/// What a reader makes of each kind of JSON value; by default nothing, with a note.
pub(super) trait Accept<'de>: Sized {
    type Out: Default;

    fn wrong(self, found: Kind) -> Self::Out;

    fn text(self, _: Cow<'de, str>) -> Self::Out {
        self.wrong(Kind::Text)
    }

    fn boolean(self, _: bool) -> Self::Out {
        self.wrong(Kind::Boolean)
    }

    fn integer(self, _: i64) -> Self::Out {
        self.wrong(Kind::Number)
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Out, A::Error> {
        if list.next_element::<IgnoredAny>()?.is_none() {
            return Ok(Self::Out::default());
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.wrong(Kind::List))
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Out, A::Error> {
        if object.next_entry::<IgnoredAny, IgnoredAny>()?.is_none() {
            return Ok(Self::Out::default());
        }
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self.wrong(Kind::Object))
    }
}

/// Hands every kind of JSON value to an [`Accept`].
pub(super) struct Any<T>(pub(super) T);

impl<'de, T: Accept<'de>> DeserializeSeed<'de> for Any<T> {
    type Value = T::Out;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T::Out, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, T: Accept<'de>> Visitor<'de> for Any<T> {
    type Value = T::Out;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<T::Out, E> {
        Ok(T::Out::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T::Out, E> {
        Ok(self.0.boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T::Out, E> {
        Ok(self.0.integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T::Out, E> {
        Ok(match i64::try_from(value) {
            Ok(value) => self.0.integer(value),
            Err(_) => self.0.wrong(Kind::Number),
        })
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T::Out, E> {
        Ok(self.0.wrong(Kind::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T::Out, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<T::Out, E> {
        Ok(if value.is_empty() { T::Out::default() } else { self.0.text(Cow::Borrowed(value)) })
    }

    fn visit_string<E: Error>(self, value: String) -> Result<T::Out, E> {
        Ok(if value.is_empty() { T::Out::default() } else { self.0.text(Cow::Owned(value)) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T::Out, A::Error> {
        self.0.list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T::Out, A::Error> {
        self.0.object(object)
    }
}

/// Expects text.
pub(super) struct AsText<'n, 'a, M> {
    pub(super) property: &'static str,
    pub(super) notes: &'n mut Vec<Anomaly>,
    pub(super) into: PhantomData<(&'a (), M)>,
}

impl<'de, 'a, M: Mode<'de, 'a>> Accept<'de> for AsText<'_, 'a, M> {
    type Out = Text<'a>;

    fn wrong(self, found: Kind) -> Text<'a> {
        note(self.notes, self.property, found)
    }

    fn text(self, text: Cow<'de, str>) -> Text<'a> {
        Some(M::text(text))
    }
}

/// Expects a boolean; `"True"` and `"true"` are one too, as Microsoft's older exports write it.
pub(super) struct AsBoolean<'n> {
    pub(super) property: &'static str,
    pub(super) notes: &'n mut Vec<Anomaly>,
}

impl<'de> Accept<'de> for AsBoolean<'_> {
    type Out = Option<bool>;

    fn wrong(self, found: Kind) -> Option<bool> {
        note(self.notes, self.property, found)
    }

    fn text(self, text: Cow<'de, str>) -> Option<bool> {
        if text.eq_ignore_ascii_case("true") {
            Some(true)
        } else if text.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            self.wrong(Kind::Text)
        }
    }

    fn boolean(self, value: bool) -> Option<bool> {
        Some(value)
    }
}

/// Expects a whole number; digits in a text are one too.
pub(super) struct AsInteger<'n> {
    pub(super) property: &'static str,
    pub(super) notes: &'n mut Vec<Anomaly>,
}

impl<'de> Accept<'de> for AsInteger<'_> {
    type Out = Option<i64>;

    fn wrong(self, found: Kind) -> Option<i64> {
        note(self.notes, self.property, found)
    }

    fn text(self, text: Cow<'de, str>) -> Option<i64> {
        text.trim().parse().map_or_else(|_| self.wrong(Kind::Text), Some)
    }

    fn integer(self, value: i64) -> Option<i64> {
        Some(value)
    }
}

/// Expects a list of texts; one text alone is a list of one.
pub(super) struct AsTexts<'n, 'a, M> {
    pub(super) property: &'static str,
    pub(super) notes: &'n mut Vec<Anomaly>,
    pub(super) into: PhantomData<(&'a (), M)>,
}

impl<'de, 'a, M: Mode<'de, 'a>> Accept<'de> for AsTexts<'_, 'a, M> {
    type Out = Vec<Cow<'a, str>>;

    fn wrong(self, found: Kind) -> Self::Out {
        note(self.notes, self.property, found)
    }

    fn text(self, text: Cow<'de, str>) -> Self::Out {
        vec![M::text(text)]
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Out, A::Error> {
        let Self { property, notes, into } = self;
        let mut texts = Vec::new();
        while let Some(text) = list.next_element_seed(Any(AsText { property, notes: &mut *notes, into }))? {
            texts.extend(text);
        }
        Ok(texts)
    }
}

/// Expects an object.
pub(super) struct AsObject<'n, 'a, T, M> {
    pub(super) notes: &'n mut Vec<Anomaly>,
    pub(super) into: PhantomData<(&'a T, M)>,
}

impl<'de, 'a, T: Object<'a>, M: Mode<'de, 'a>> Accept<'de> for AsObject<'_, 'a, T, M> {
    type Out = Option<T>;

    fn wrong(self, found: Kind) -> Option<T> {
        note(self.notes, T::NAME, found)
    }

    fn object<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<T>, A::Error> {
        let mut value = T::default();
        value.read(&mut Reader::<M>::new(self.notes), &mut object)?;
        Ok(Some(value))
    }
}

/// Expects a list of objects.
pub(super) struct AsObjects<'n, 'a, T, M> {
    pub(super) notes: &'n mut Vec<Anomaly>,
    pub(super) into: PhantomData<(&'a T, M)>,
}

impl<'de, 'a, T: Object<'a>, M: Mode<'de, 'a>> Accept<'de> for AsObjects<'_, 'a, T, M> {
    type Out = Vec<T>;

    fn wrong(self, found: Kind) -> Vec<T> {
        note(self.notes, T::NAME, found)
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let Self { notes, into } = self;
        let mut objects = Vec::new();
        while let Some(object) = list.next_element_seed(Any(AsObject { notes: &mut *notes, into }))? {
            objects.extend(object);
        }
        Ok(objects)
    }
}
