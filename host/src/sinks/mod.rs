//! Sinks: where events go. One folder each, with its configuration and its delivery.
//!
//! A sink follows the journal at its own pace (`feed`), encodes and gathers events (`runner::gather`), delivers one
//! batch at a time and confirms it when the receiver has (`runner::dispatch`). What is common to all of them is
//! here, so that a sink is little more than a [`Delivery`]: one method that sends some events and says what came of it.
//!
//! What holds for every sink:
//! - one request is in flight, so order is kept; the next batch is gathered meanwhile;
//! - the position moves only when the receiver has confirmed, and only past events that are delivered or set aside;
//! - what fails is tried again for ever, visibly ([`SinkReport`]): events are durable and giving up would lose them.

pub mod batch;
mod client;
pub mod console;
pub mod feed;
pub mod file;
pub mod http;
mod metrics;
mod report;
pub mod retry;
mod runner;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use collector::config::{ComponentKey, GlobalOptions, ProxyConfig};
use collector::internal_event::ComponentLabels;
use collector::settings::{Key, Problems, Table};
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::encoding::EncodingConfig;
pub use crate::encoding::Inputs;
use feed::Feed;
pub(crate) use metrics::{Sent, SinkMetrics};
pub use report::{Reporter, SinkReport, SinkState};
pub(crate) use runner::{Delivery, Failure, Runner};

/// Every kind of sink.
pub const DESCRIPTIONS: &[SinkDescription] = &[console::DESCRIPTION, file::DESCRIPTION, http::DESCRIPTION];

/// A running sink. It ends when it was asked to stop, or when there is no use in going on; its report says which.
pub type Sink = BoxFuture<'static, ()>;

/// Errors of [`SinkConfig::build`].
pub type BuildError = Box<dyn std::error::Error + Send + Sync>;

/// Keys of every sink, read by the host.
pub(crate) const TYPE: Key = Key { name: "type", doc: "The kind of sink." };
/// See [`TYPE`].
pub(crate) const INPUTS: Key = Key { name: "inputs", doc: "Ids of the sources whose events it gets." };
/// Key of the `encoding` table.
pub(crate) const ENCODING: Key = Key { name: "encoding", doc: "How events are written: schema, codec." };
/// Key of the `batch` table.
pub(crate) const BATCH: Key =
    Key { name: "batch", doc: "How many events go at once: max_events, max_bytes, timeout_secs." };

/// Reads a sink's table.
pub type Configure = fn(&Table, &Inputs) -> Result<Box<dyn SinkConfig>, Problems>;

/// A kind of sink under its `type` name.
#[derive(Clone, Copy)]
pub struct SinkDescription {
    /// The value of `type`.
    pub name: &'static str,
    /// One line for lists.
    pub description: &'static str,
    /// A commented example of the sink's table, in TOML, with `{id}` and `{inputs}` to be filled in.
    pub example: &'static str,
    /// Whether nothing answers it, so that its confirmation is no more than "written".
    pub best_effort: bool,
    /// The keys that its table may have.
    pub keys: &'static [Key],
    /// The tables among them, each with the keys that it may have.
    pub tables: &'static [(&'static str, &'static [Key])],
    /// Reads the sink's table. Every mistake is reported at once, with keys relative to the table.
    pub configure: Configure,
}

impl fmt::Debug for SinkDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkDescription").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A checked configuration, from which a sink is built.
#[async_trait]
pub trait SinkConfig: fmt::Debug + Send + Sync {
    /// Makes the sink. Cheap and offline; what can fail and pass again is tried by the sink itself.
    fn build(&self, cx: SinkContext) -> Result<Sink, BuildError>;

    /// How it writes events.
    fn encoding(&self) -> &EncodingConfig;

    /// Whether its receiver can be reached, without sending an event. The error says what to do.
    async fn healthcheck(&self, proxy: &ProxyConfig) -> Result<(), String>;
}

/// Wall time, as the host's clock has it.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Asks a sink to stop, in two steps. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Finish the request in flight, or else send what is gathered, and end: the journal keeps the rest.
    pub asked: CancellationToken,
    /// End now; what was not confirmed stays in the journal.
    pub now: CancellationToken,
}

/// What a sink is given to run with.
pub struct SinkContext {
    /// The component's id.
    pub key: ComponentKey,
    /// What applies to every component.
    pub globals: GlobalOptions,
    /// Where its events come from.
    pub feed: Arc<dyn Feed>,
    /// The sources that feed it.
    pub inputs: Inputs,
    /// Proxies, unless the sink has its own.
    pub proxy: ProxyConfig,
    /// When to stop.
    pub stop: Stop,
    /// Changes when files should be opened again (SIGHUP after a log rotation).
    pub reopen: watch::Receiver<u64>,
    /// Wall time.
    pub now: Now,
    /// Where it reports.
    pub report: Reporter,
}

impl SinkContext {
    /// The directory of the sink's own state, `<data_dir>/sinks/<id>`, made if it is not there.
    pub(crate) fn make_state_dir(&self) -> std::io::Result<PathBuf> {
        let sinks = GlobalOptions { data_dir: self.globals.data_dir.join("sinks") };
        sinks.resolve_and_make_data_subdir(&self.key)
    }

    /// The labels of its metrics.
    pub(crate) fn labels(&self) -> ComponentLabels {
        ComponentLabels { kind: "sink", id: self.key.clone(), component_type: self.report.sink_type() }
    }
}

impl fmt::Debug for SinkContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkContext").field("key", &self.key).finish_non_exhaustive()
    }
}
