//! One sink at work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use collector::config::{ComponentKey, ProxyConfig};
use futures::FutureExt as _;
use tracing::{Instrument as _, error_span};

use super::host::Host;
use super::supervise::{Component, Ended, Running, panic_text, supervise};
use crate::config::{HostConfig, SinkSection};
use crate::sinks::{self, Inputs, Reporter, Sink, SinkConfig, SinkContext, SinkDescription, Stop};

/// A sink that can be built and run again and again.
pub(super) struct SinkComponent {
    host: Arc<Host>,
    section: SinkSection,
    description: &'static SinkDescription,
    config: Box<dyn SinkConfig>,
    inputs: Inputs,
    proxy: ProxyConfig,
    stop: Stop,
}

impl SinkComponent {
    /// The sink of a checked configuration.
    pub(super) fn new(host: &Arc<Host>, section: SinkSection, config: &HostConfig) -> Result<Self, String> {
        let description = sinks::find(section.kind).ok_or("there is no such kind of sink")?;
        let inputs = inputs(&section, config);
        let checked =
            (description.configure)(&section.table, &inputs).map_err(|problems| problems.to_string())?;
        Ok(Self {
            host: Arc::clone(host),
            section,
            description,
            config: checked,
            inputs,
            proxy: config.proxy.clone(),
            stop: Stop::default(),
        })
    }

    /// Starts its task; `first` is what was built already.
    pub(super) fn start(self, first: Option<Sink>) -> Running {
        let stop = self.stop.clone();
        let span = error_span!(
            "sink",
            component_id = %self.section.key,
            component_kind = "sink",
            component_type = self.section.kind
        );
        let host = Arc::clone(&self.host);
        let counted = host.count_sink();
        let task = async move {
            supervise(&self.host, &self, first).await;
            drop(counted);
        };
        Running { stop, task: host.tasks.spawn(task.instrument(span)) }
    }
}

/// The schemas of a sink's inputs.
fn inputs(section: &SinkSection, config: &HostConfig) -> Inputs {
    let sources = config.sources.iter().filter(|source| section.inputs.contains(&source.key));
    sources.map(|source| (source.key.clone(), source.config.schemas())).collect()
}

impl Component for SinkComponent {
    type Built = Sink;

    fn key(&self) -> &ComponentKey {
        &self.section.key
    }

    fn stop(&self) -> &Stop {
        &self.stop
    }

    async fn build(&self) -> Result<Sink, String> {
        let key = self.section.key.clone();
        let (report, reports) = Reporter::new(key.clone(), self.description);
        self.host.overview.show_sink(&key, reports);
        let raw = self.config.encoding().needs_raw(&self.inputs);
        let feed =
            self.host.feed(&key, &self.section.inputs, raw).await.map_err(|error| error.to_string())?;
        let context = SinkContext {
            feed,
            key,
            globals: self.host.globals.clone(),
            inputs: self.inputs.clone(),
            proxy: self.proxy.clone(),
            stop: self.stop.clone(),
            reopen: self.host.reopen.subscribe(),
            now: Arc::clone(&self.host.now),
            report,
        };
        self.config.build(context).map_err(|error| error.to_string())
    }

    async fn run(&self, sink: Sink) -> Ended {
        match AssertUnwindSafe(sink).catch_unwind().await {
            Ok(()) => Ended::Done,
            Err(panic) => Ended::Failed(panic_text(panic.as_ref())),
        }
    }
}
