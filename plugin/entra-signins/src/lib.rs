//! A source of Microsoft Entra ID sign-ins, emitted as Cato *Application Sign-in* events.
//!
//! Data flows one way: [`graph`] fetches pages, [`collect`] decides what to read and what is new, [`cato`] makes
//! the event, the host's acknowledgement moves what [`state`] remembers. [`identity`] keeps tokens, [`schedule`]
//! keeps Microsoft's request limits, [`status`] turns what happened into the connector's status.

pub mod cato;
pub mod clock;
pub mod collect;
pub mod config;
#[cfg(test)]
mod corpus;
pub mod coverage;
pub mod graph;
pub mod http;
pub mod identity;
pub mod lateness;
pub mod schedule;
pub mod schema;
pub mod source;
pub mod state;
pub mod status;
