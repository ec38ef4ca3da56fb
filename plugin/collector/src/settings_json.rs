//! A configuration that another program has read already.
//!
//! A program that hosts sources through a shim, such as Vector, reads its files itself. What it hands on is a
//! JSON-like table whose values no longer know where they stood.

use serde_json::{Map, Value as Json};

use crate::settings::{Setting, Spanned, Table};

impl Table {
    /// A table without places. Problems found in it name the key alone. A null is a key that is not there, and a
    /// whole number past 64 bits becomes a number with a fraction.
    pub fn from_json(members: Map<String, Json>) -> Self {
        let entries =
            members.into_iter().filter_map(|(name, value)| Some((name, without_place(value)?))).collect();
        Self { entries, at: None }
    }
}

fn without_place(json: Json) -> Option<Spanned> {
    let setting = match json {
        Json::Null => return None,
        Json::Bool(truth) => Setting::Boolean(truth),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Setting::Integer(integer),
            None => Setting::Float(number.as_f64()?),
        },
        Json::String(text) => Setting::String(text),
        Json::Array(elements) => Setting::Array(elements.into_iter().filter_map(without_place).collect()),
        Json::Object(members) => Setting::Table(Table::from_json(members)),
    };
    Some(Spanned { setting, at: None })
}

#[cfg(test)]
mod tests;
