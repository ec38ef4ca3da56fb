//! The table of fields, in the order in which it is shown.

mod context;
mod device;
mod event;
mod outcome;
mod place;
mod who;

use std::sync::LazyLock;

use collector::event::Value;

use super::field::Field;
use crate::graph::sign_in::Text;

/// All fields, in the order in which they are shown.
pub fn fields() -> &'static [&'static Field] {
    static SHOWN: LazyLock<Vec<&'static Field>> = LazyLock::new(|| {
        let parts =
            [event::FIELDS, outcome::FIELDS, who::FIELDS, place::FIELDS, device::FIELDS, context::FIELDS];
        parts.into_iter().flatten().collect()
    });
    &SHOWN
}

/// The fields that events can have, sorted by name as an event's fields are.
pub(super) fn sorted() -> &'static [&'static Field] {
    static SORTED: LazyLock<Vec<&'static Field>> = LazyLock::new(|| {
        let mut sorted: Vec<_> = fields().iter().copied().filter(|field| field.is_emitted()).collect();
        sorted.sort_unstable_by_key(|field| field.name);
        sorted
    });
    &SORTED
}

/// Text as is.
fn text(text: &Text<'_>) -> Option<Value> {
    text.as_deref().map(Value::from)
}

/// A list of texts; absent rather than empty.
fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Value> {
    let texts: Vec<Value> = texts.map(Value::from).collect();
    (!texts.is_empty()).then_some(Value::Array(texts))
}
