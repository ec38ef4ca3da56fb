//! The `http` sink: batches of events as newline-delimited JSON, posted to a receiver such as Vector's `http_server`.
//!
//! What an answer means stands in `answer`; which events are set aside when a receiver refuses some stands with the
//! runner's dispatcher, since it holds for every sink.

mod answer;
mod config;
mod delivery;
#[cfg(test)]
mod tests;

pub use config::DESCRIPTION;
