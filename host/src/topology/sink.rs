//! One sink at work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use collector::config::{ComponentKey, ProxyConfig};
use futures::FutureExt as _;
use tracing::{Instrument as _, error_span};

use super::host::Host;
use super::supervise::{Component, Ended, Running, panic_text, supervise};
use crate::config::SinkSection;
use crate::sinks::{Reporter, Sink, SinkContext, Stop};

/// A sink that can be built and run again and again.
pub(super) struct SinkComponent {
    host: Arc<Host>,
    section: SinkSection,
    proxy: ProxyConfig,
    stop: Stop,
}

impl SinkComponent {
    pub(super) fn new(host: &Arc<Host>, section: SinkSection, proxy: &ProxyConfig) -> Self {
        Self { host: Arc::clone(host), section, proxy: proxy.clone(), stop: Stop::default() }
    }

    /// Starts its task; `first` is what was built already.
    pub(super) fn start(self, first: Option<Sink>) -> Running {
        let stop = self.stop.clone();
        let span = error_span!(
            "sink",
            component_id = %self.section.key,
            component_kind = "sink",
            component_type = self.section.description.name
        );
        let host = Arc::clone(&self.host);
        let counted = host.count_sink();
        let task = async move {
            supervise(&self.host, &self, first).await;
            if !self.stop.asked.is_cancelled() {
                self.host.let_go(&self.section.key).await;
            }
            drop(counted);
        };
        Running { stop, task: host.tasks.spawn(task.instrument(span)) }
    }
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
        let SinkSection { key, description, inputs, config, .. } = &self.section;
        let (report, reports) = Reporter::new(key.clone(), description);
        self.host.overview.show_sink(key, reports, inputs.keys().cloned().collect());
        let raw = config.encoding().needs_raw(inputs);
        let feed = self.host.feed(key, inputs, raw).await.map_err(|error| error.to_string())?;
        let context = SinkContext {
            feed,
            key: key.clone(),
            globals: self.host.globals.clone(),
            inputs: inputs.clone(),
            proxy: self.proxy.clone(),
            stop: self.stop.clone(),
            reopen: self.host.reopen.subscribe(),
            now: Arc::clone(&self.host.now),
            report,
        };
        config.build(context).map_err(|error| error.to_string())
    }

    async fn run(&self, sink: Sink) -> Ended {
        match AssertUnwindSafe(sink).catch_unwind().await {
            Ok(()) => Ended::Done,
            Err(panic) => Ended::Failed(panic_text(panic.as_ref())),
        }
    }
}
