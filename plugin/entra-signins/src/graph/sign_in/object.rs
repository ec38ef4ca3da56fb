//! A record as an object of the collector, unknown properties included.

use std::fmt;

use collector::event::{KeyString, ObjectMap, Value};
use litemap::LiteMap;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::lossy;

/// The whole record, properties sorted by name. A property that holds `null` is absent, since a
/// [`Value`] has no null. `None` if the record is no object, or nested deeper than 128 levels.
pub fn object(record: &[u8]) -> Option<ObjectMap> {
    let read = |text: &str| -> Option<Value> {
        let mut json = serde_json::Deserializer::from_str(text);
        let value = AnyValue.deserialize(&mut json).ok()?;
        json.end().ok()?;
        value
    };
    let quick = std::str::from_utf8(record).ok().and_then(read);
    match quick.or_else(|| read(&lossy::text(record)))? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Any JSON value; `None` is null.
struct AnyValue;

impl<'de> DeserializeSeed<'de> for AnyValue {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Option<Value>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(Some(Value::Boolean(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(Some(Value::Integer(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Option<Value>, E> {
        #[expect(clippy::cast_precision_loss, reason = "a number past 64 bits has no exact value here")]
        Ok(i64::try_from(value)
            .map_or_else(|_| Value::float(value as f64), |value| Some(Value::Integer(value))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(Value::float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Value>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element_seed(Self)? {
            elements.extend(element);
        }
        Ok(Some(Value::Array(elements)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<Value>, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = object.next_key::<String>()? {
            members.push((KeyString::from(name), object.next_value_seed(Self)?));
        }
        // Of a repeated property the last counts, a null too.
        let members: LiteMap<_, _> = members.into_iter().collect();
        let members = members.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Ok(Some(Value::Object(members.collect())))
    }
}
