//! The contract between a log source and the program that hosts it, in the shape of Vector's.
//!
//! A *source* pulls or receives something and makes [`event::LogEvent`]s of it. A *host* runs sources: it
//! reads their configuration, hands each a [`config::SourceContext`], takes their events over a
//! [`sender::SourceSender`] and says by an [`sender::Ack`] when a batch is safe. Names and call shapes
//! follow Vector, so that a source written against this crate goes into a Vector binary through one thin shim.
//!
//! What Vector lacks and this crate adds, each in its own module: [`health`] (a source reports its connectors),
//! [`authorize`] (a person authorizes a connector, through whatever the host has), [`settings`] (a configuration tree that knows file and line, so that every mistake is reported at once),
//! [`schema`] (other encodings of an event that a source offers), [`reconcile`] (what a service shows against what was handed over),
//! [`secrets`] (where they rest), [`examine`] (whether all is well that a source depends on) and positions in an acknowledgement
//! ([`sender::Position`]).
//!
//! [`tutorial`] is a whole source to begin with. The feature `test` adds the module `testing`: senders, contexts
//! and a host for tests, and an assertion that a source counts what Vector's specification asks for.

pub mod authorize;
pub mod config;
pub mod event;
pub mod examine;
pub mod finalization;
pub mod finalizer;
pub mod health;
pub mod internal_event;
pub mod reconcile;
pub mod schema;
pub mod secrets;
pub mod sender;
pub mod sensitive;
pub mod settings;
mod settings_json;
pub mod shutdown;
pub mod slot;
#[cfg(feature = "test")]
pub mod testing;
pub mod tutorial;
