//! Tests of the journal as its users see it.

mod append;
mod support;
