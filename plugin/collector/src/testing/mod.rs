//! What tests of a source or of a host need; behind the feature `test`.
//!
//! - [`SourceSender::new_test`](crate::sender::SourceSender::new_test) and its relatives: senders whose host is the
//!   test, which takes batches and decides their fate.
//! - [`SourceContext::new_test`](crate::config::SourceContext::new_test): everything else that a source is given.
//! - [`TestHost`]: runs whole sources over restarts, with a store that can fall back, move ahead or be replaced.
//! - [`TestSecrets`]: where secrets rest, over restarts and kills.
//! - [`run_and_assert_source_compliance`]: whether a source counts what Vector's component specification asks for.

#![expect(clippy::expect_used, clippy::panic, reason = "this is test code, in a library")]

mod compliance;
mod context;
mod host;
mod secrets;
mod senders;

#[cfg(test)]
mod tests;

pub use compliance::{assert_source_compliance, run_and_assert_source_compliance};
pub use context::TestControls;
pub use host::{TestHost, TestRun};
pub use secrets::{PutFate, TestSecrets};
pub use senders::{HeldBatch, SentBatches};
