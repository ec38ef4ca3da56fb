//! The `console` sink: one event a line on standard output, and nothing else ever goes there.
//!
//! It is best effort: nobody answers, so an event counts as delivered once it is written and flushed. What a pipe
//! still holds when its reader dies is lost; a reader that is gone (`EPIPE`) ends the sink, visibly.

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::io::IsTerminal as _;

use async_trait::async_trait;
use collector::config::ProxyConfig;
use collector::internal_event::ErrorType;
use collector::settings::{Key, Problems, Reader, Table};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tracing::info;

use super::batch::{self, BatchOptions, size_of};
use super::retry::RetryPolicy;
use super::{BATCH, ENCODING, INPUTS, SinkMetrics, TYPE};
use super::{
    BuildError, Delivery, Failure, Inputs, Runner, Sent, Sink, SinkConfig, SinkContext, SinkDescription,
};
use crate::encoding::{self, EncodedEvent, Encoder, EncodingConfig};
use crate::printable;

const KEYS: &[Key] = &[TYPE, INPUTS, ENCODING, BATCH];

/// The sink under its `type`.
pub const DESCRIPTION: SinkDescription = SinkDescription {
    name: "console",
    description: "Standard output, one event a line. Best effort: nothing confirms.",
    example: EXAMPLE,
    best_effort: true,
    keys: KEYS,
    tables: &[("encoding", encoding::KEYS), ("batch", batch::KEYS)],
    configure,
};

const EXAMPLE: &str = r#"[sinks.{id}]
type = "console"
inputs = [{inputs}]
# encoding.schema = "cato"              # cato | raw
# encoding.codec = "json"
# batch.max_events = 1000
# batch.max_bytes = 1048576
# batch.timeout_secs = 1
"#;

#[derive(Debug)]
struct ConsoleConfig {
    encoding: EncodingConfig,
    batch: BatchOptions,
}

fn configure(table: &Table, inputs: &Inputs) -> Result<Box<dyn SinkConfig>, Problems> {
    let problems = RefCell::default();
    let reader = Reader::new(table, "", KEYS, &problems);
    let config =
        ConsoleConfig { encoding: EncodingConfig::read(&reader, inputs), batch: BatchOptions::read(&reader) };
    problems.into_inner().or(Some(Box::new(config) as Box<dyn SinkConfig>))
}

#[async_trait]
impl SinkConfig for ConsoleConfig {
    fn build(&self, cx: SinkContext) -> Result<Sink, BuildError> {
        info!(sink = %cx.key, "Events go to standard output as best effort: what a pipe holds when its reader dies is lost.");
        let delivery =
            ConsoleDelivery { out: tokio::io::stdout(), for_people: std::io::stdout().is_terminal() };
        Ok(Box::pin(self.runner(cx, delivery).run()))
    }

    fn encoding(&self) -> &EncodingConfig {
        &self.encoding
    }

    async fn healthcheck(&self, _proxy: &ProxyConfig) -> Result<(), String> {
        Ok(())
    }
}

impl ConsoleConfig {
    fn runner<D: Delivery>(&self, cx: SinkContext, delivery: D) -> Runner<D> {
        Runner {
            delivery,
            encoder: Encoder::new(&self.encoding, &cx.inputs),
            batch: self.batch,
            retry: RetryPolicy::default(),
            metrics: SinkMetrics::new(cx.labels(), &[("protocol", "console".to_owned())]),
            cx,
        }
    }
}

struct ConsoleDelivery<W> {
    out: W,
    /// Whether it is a terminal, which characters of an event could draw on.
    for_people: bool,
}

impl<W: AsyncWrite + Send + Unpin> Delivery for ConsoleDelivery<W> {
    async fn deliver(&mut self, events: &[EncodedEvent]) -> Result<Sent, Failure> {
        let mut lines = Vec::with_capacity(size_of(events) + events.len());
        for event in events {
            lines.extend_from_slice(&event.body);
            lines.push(b'\n');
        }
        if self.for_people {
            lines = printable::json(&String::from_utf8_lossy(&lines)).into_owned().into_bytes();
        }
        self.write(&lines).await.map_err(|error| broken(&error))?;
        Ok(Sent { bytes: lines.len() })
    }
}

impl<W: AsyncWrite + Unpin> ConsoleDelivery<W> {
    async fn write(&mut self, lines: &[u8]) -> std::io::Result<()> {
        self.out.write_all(lines).await?;
        self.out.flush().await
    }
}

/// A full disk behind a redirection passes (the line that it tore is written again, whole), as does a slow reader; nothing
/// else does.
fn broken(error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => {
            Failure::Gone { reason: "standard output was closed by its reader".to_owned() }
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Failure::Temporary {
            error_type: ErrorType::WriterFailed,
            reason: "standard output goes to a disk that is full".to_owned(),
            after: None,
        },
        // Whoever shares it has made it non-blocking, and its reader is slow.
        std::io::ErrorKind::WouldBlock => Failure::Temporary {
            error_type: ErrorType::WriterFailed,
            reason: "standard output takes nothing at the moment".to_owned(),
            after: None,
        },
        _ => Failure::Gone { reason: format!("standard output cannot be written: {error}") },
    }
}
