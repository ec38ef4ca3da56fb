//! The other encodings of a sign-in that this source offers, each a pure function of the event and its record.

mod raw;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use collector::schema::Schemas;

/// The event as it is, under Cato's name, and the other schemas.
pub fn schemas() -> Schemas {
    Schemas { native: "cato", offered: vec![Arc::new(raw::Raw)] }
}
