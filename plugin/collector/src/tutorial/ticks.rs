use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use collector::config::{BuildError, Source, SourceConfig, SourceContext, SourceDescription, SourceOutput};
use collector::event::LogEvent;
use collector::finalization::BatchStatus;
use collector::finalizer::OrderedFinalizer;
use collector::health::{ConnectorReport, ConnectorStatus, HealthReporter};
use collector::internal_event::{ErrorStage, ErrorType, SourceMetrics};
use collector::schema::Schemas;
use collector::settings::{Key, Problems, Reader, Table};
use futures::StreamExt;
use jiff::Timestamp;

/// What a host registers.
pub(crate) const TICKS: SourceDescription = SourceDescription {
    name: "ticks",
    description: "Counts the ticks of a clock",
    example: "[sources.{id}]\ntype = \"ticks\"\ninterval_ms = 1000\n",
    configure,
};

const KEYS: &[Key] = &[
    Key { name: "type", doc: "`ticks`" },
    Key { name: "interval_ms", doc: "Milliseconds between batches of ten ticks; 1000 unless given" },
];

// Rule 1: every mistake is reported at once.
fn configure(table: &Table) -> Result<Box<dyn SourceConfig>, Problems> {
    let problems = RefCell::default();
    let reader = Reader::new(table, "", KEYS, &problems);
    let interval = reader.integer("interval_ms", 1..=60_000).unwrap_or(1000);
    let interval = Duration::from_millis(interval.unsigned_abs());
    problems.into_inner().or(Some(Box::new(TicksConfig { interval })))
}

#[derive(Debug)]
struct TicksConfig {
    interval: Duration,
}

#[async_trait::async_trait]
impl SourceConfig for TicksConfig {
    // Rule 2: cheap and offline.
    async fn build(&self, cx: SourceContext) -> Result<Source, BuildError> {
        let checkpoint = cx.globals.resolve_and_make_data_subdir(&cx.key)?.join("checkpoint");
        let delivered = match fs::read_to_string(&checkpoint) {
            Ok(text) => text.parse()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error.into()),
        };
        let (metrics, health) = (cx.out.metrics().clone(), cx.health.clone());
        let ticks = Ticks { checkpoint, delivered, failures: 0, metrics, health };
        Ok(Box::pin(ticks.run(self.interval, cx)))
    }

    fn outputs(&self) -> Vec<SourceOutput> {
        vec![SourceOutput::new_logs(vec![("tick", "Its number, from 1")])]
    }

    fn can_acknowledge(&self) -> bool {
        true
    }

    fn schemas(&self) -> Schemas {
        Schemas::only("ticks")
    }
}

struct Ticks {
    checkpoint: PathBuf,
    delivered: i64,
    failures: u32,
    metrics: SourceMetrics,
    health: HealthReporter,
}

impl Ticks {
    async fn run(mut self, interval: Duration, cx: SourceContext) -> Result<(), ()> {
        let SourceContext { mut shutdown, out, .. } = cx;
        let mut clock = tokio::time::interval(interval);
        let mut acks = OrderedFinalizer::new();
        let mut next = self.delivered + 1;
        self.report(ConnectorStatus::Connected);
        loop {
            tokio::select! {
                biased;
                _ = &mut shutdown => break,
                Some((answer, last)) = acks.next() => {
                    if !self.settle(answer.status, last) {
                        // Rule 6: a nack forgets all in flight and goes back, later each time.
                        acks.flush();
                        next = self.delivered + 1;
                        clock.reset_after(interval * 2_u32.pow(self.failures.min(6)));
                    }
                }
                // Rule 5: several batches in flight.
                _ = clock.tick(), if acks.in_flight() < 4 => {
                    let batch = self.receive(next);
                    // Rule 4: only the shutdown may cancel a send.
                    tokio::select! {
                        sent = out.send_batch(batch) => match sent {
                            Ok(ack) => acks.add(next + 9, ack),
                            Err(_closed) => break,
                        },
                        _ = &mut shutdown => break,
                    }
                    next += 10;
                }
            }
        }
        // Rule 7: without a sender the host flushes, and the last answers come soon.
        drop(out);
        while let Some((answer, last)) = acks.next().await {
            if !self.settle(answer.status, last) {
                break;
            }
        }
        // Rule 8: only now is the source finished.
        drop(shutdown);
        Ok(())
    }

    fn receive(&self, first: i64) -> Vec<LogEvent> {
        let mut batch = vec![LogEvent::default(); 10];
        for (event, number) in batch.iter_mut().zip(first..) {
            event.insert("tick", number);
        }
        self.metrics.bytes_received(batch.len());
        self.metrics.events_received(self.metrics.measure(&batch));
        batch
    }

    fn settle(&mut self, status: BatchStatus, last: i64) -> bool {
        if status != BatchStatus::Delivered {
            self.failures += 1;
            self.report(ConnectorStatus::Error);
            self.metrics.labels().error(ErrorType::AcknowledgmentFailed, ErrorStage::Sending);
            tracing::warn!(?status, failures = self.failures, "A batch was not delivered; going back.");
            return false;
        }
        if self.failures > 0 {
            self.report(ConnectorStatus::Connected);
        }
        (self.delivered, self.failures) = (last, 0);
        let new = self.checkpoint.with_extension("new");
        let written = fs::write(&new, last.to_string()).and_then(|()| fs::rename(new, &self.checkpoint));
        // Rule 3: a full disk can pass.
        if let Err(error) = written {
            tracing::warn!(%error, "The checkpoint was not written; a restart repeats what came after the last.");
        }
        true
    }

    fn report(&self, status: ConnectorStatus) {
        self.health.report(ConnectorReport::new("clock", "Ticks", status, Timestamp::now()));
    }
}
