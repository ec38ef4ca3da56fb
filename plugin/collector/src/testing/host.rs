//! A host for tests that runs sources over restarts, with a store that things happen to.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::context::TestControls;
use super::secrets::TestSecrets;
use super::senders::finalize;
use crate::config::{BuildError, Source, SourceConfig, SourceContext};
use crate::event::LogEvent;
use crate::finalization::BatchStatus;
use crate::internal_event::SourceMetrics;
use crate::secrets::SecretStore;
use crate::sender::{Ack, Acknowledgement, Closed, Output, Position, SourceSender};

/// Runs sources, one after the other, over one data directory and one store.
///
/// The store keeps every batch under the next sequence before it acknowledges it. It drops no repeats, so a test
/// sees each one.
#[derive(Debug)]
pub struct TestHost {
    data_dir: TempDir,
    component_type: &'static str,
    store: Arc<watch::Sender<Store>>,
    /// What its sources keep.
    pub secrets: Arc<TestSecrets>,
}

#[derive(Debug)]
struct Store {
    /// Counts the stores that have been there.
    generation: usize,
    sequence: u64,
    batches: Vec<(u64, Vec<LogEvent>)>,
    answer: BatchStatus,
}

impl TestHost {
    /// A host with an empty data directory and a store at sequence 0, for sources of this `type` under the id
    /// `default`.
    ///
    /// # Panics
    ///
    /// If no temporary directory can be made.
    pub fn new(component_type: &'static str) -> Self {
        let store = Store { generation: 1, sequence: 0, batches: Vec::new(), answer: BatchStatus::Delivered };
        Self {
            data_dir: tempfile::tempdir().expect("a temporary directory"),
            component_type,
            store: Arc::new(watch::Sender::new(store)),
            secrets: Arc::default(),
        }
    }

    /// Builds the source and runs it.
    pub async fn start(&self, config: &dyn SourceConfig) -> Result<TestRun, BuildError> {
        let (context, controls) = self.context();
        let source = config.build(context).await?;
        Ok(self.run(source, controls))
    }

    /// Runs a source that was built with [`TestHost::context`].
    pub fn run(&self, source: Source, controls: TestControls) -> TestRun {
        let mut running = JoinSet::new();
        running.spawn(source);
        TestRun { running, store: self.store.subscribe(), controls }
    }

    /// What a source that starts now is given.
    pub fn context(&self) -> (SourceContext, TestControls) {
        let output = StoreOutput(Arc::clone(&self.store));
        let metrics = SourceMetrics::new("default".into(), self.component_type);
        let out = SourceSender::new(Arc::new(output), metrics);
        let (context, controls) = SourceContext::new_test_in(self.data_dir.path(), out);
        let store = self.store.borrow();
        let (position, last_stored) = (Some(store.known_to_the_source()), store.newest());
        let secrets: Arc<dyn SecretStore> = self.secrets.clone();
        (SourceContext { position, last_stored, secrets: Some(secrets), ..context }, controls)
    }

    /// The data directory of all its sources.
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Where the store stands.
    pub fn position(&self) -> Position {
        self.store.borrow().position()
    }

    /// What the store holds, in its order.
    pub fn events(&self) -> Vec<LogEvent> {
        self.store.borrow().batches.iter().flat_map(|(_, events)| events).cloned().collect()
    }

    /// From now on every batch is answered with this status. What is not delivered is not stored.
    pub fn answer(&self, status: BatchStatus) {
        self.store.send_modify(|store| store.answer = status);
    }

    /// The store is restored from a backup: it is the same store, and batches after this sequence are gone.
    pub fn roll_back(&self, sequence: u64) {
        self.store.send_modify(|store| {
            store.sequence = store.sequence.min(sequence);
            store.batches.retain(|(stored_at, _)| *stored_at <= sequence);
        });
    }

    /// The store moves ahead without the source, as one does that others write to.
    pub fn advance(&self, batches: u64) {
        self.store.send_modify(|store| store.sequence += batches);
    }

    /// The store is lost and a new one stands in its place: another name, empty, at sequence 0.
    pub fn replace_store(&self) {
        self.store.send_modify(|store| {
            store.generation += 1;
            store.sequence = 0;
            store.batches.clear();
        });
    }
}

impl Store {
    /// The last batch of the source, whatever others have stored since.
    fn known_to_the_source(&self) -> Position {
        let sequence = self.batches.last().map_or(0, |(stored_at, _)| *stored_at);
        Position { sequence, ..self.position() }
    }

    /// When the newest event happened, as if it had been stored at once.
    fn newest(&self) -> Option<Timestamp> {
        let events = self.batches.iter().flat_map(|(_, events)| events);
        events.filter_map(|event| event.metadata().timestamp).max()
    }

    fn position(&self) -> Position {
        Position { store: format!("store-{}", self.generation), sequence: self.sequence }
    }

    fn len(&self) -> usize {
        self.batches.iter().map(|(_, events)| events.len()).sum()
    }

    fn take(&mut self, mut events: Vec<LogEvent>) -> Acknowledgement {
        finalize(&mut events, self.answer);
        if self.answer != BatchStatus::Delivered {
            return self.answer.into();
        }
        self.sequence += 1;
        self.batches.push((self.sequence, events));
        Acknowledgement { status: BatchStatus::Delivered, position: Some(self.position()) }
    }
}

struct StoreOutput(Arc<watch::Sender<Store>>);

#[async_trait]
impl Output for StoreOutput {
    async fn send(&self, batch: Vec<LogEvent>) -> Result<Ack, Closed> {
        let mut answer = Acknowledgement::from(BatchStatus::Errored);
        self.0.send_modify(|store| answer = store.take(batch));
        Ok(Ack::new(std::future::ready(answer)))
    }
}

/// How long a test waits for a source. With paused time a source that does nothing any more fails the test at once;
/// the longest schedules of sources still fit in.
const PATIENCE: Duration = Duration::from_hours(60 * 24);

async fn patiently<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    let outcome = tokio::time::timeout(PATIENCE, awaited).await.ok();
    outcome.unwrap_or_else(|| panic!("the source stands still: {what}"))
}

/// A running source. Dropping it kills the source.
#[derive(Debug)]
pub struct TestRun {
    running: JoinSet<Result<(), ()>>,
    store: watch::Receiver<Store>,
    /// The host's ends of the source's context.
    pub controls: TestControls,
}

impl TestRun {
    /// Waits until the store holds so many events, of this run and earlier ones.
    ///
    /// # Panics
    ///
    /// If the source ends before, or stands still.
    pub async fn stored(&mut self, events: usize) {
        let Self { running, store, .. } = self;
        let enough = async {
            tokio::select! {
                biased;
                reached = store.wait_for(|store| store.len() >= events) => reached.is_ok(),
                ended = running.join_next() => panic!("the source ended early: {ended:?}"),
            }
        };
        assert!(patiently(&format!("{events} events are not stored"), enough).await, "the store is gone");
    }

    /// Asks the source to stop and waits until it has.
    ///
    /// # Panics
    ///
    /// If it ended with an error or a panic, or does not end and let go of its shutdown signal.
    pub async fn stop(mut self) {
        self.controls.shutdown.cancel();
        let ended = patiently("it does not stop", self.running.join_next()).await;
        assert!(matches!(ended, Some(Ok(Ok(())))), "the source failed: {ended:?}");
        patiently("it holds its shutdown signal", self.controls.shutdown.finished()).await;
    }

    /// Ends the source where it stands, as a crash does.
    pub async fn kill(mut self) {
        self.running.shutdown().await;
    }
}
