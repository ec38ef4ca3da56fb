//! One source at work.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use collector::config::{ComponentKey, ProxyConfig, Source, SourceContext};
use collector::health::HealthReporter;
use collector::internal_event::SourceMetrics;
use collector::sender::SourceSender;
use collector::shutdown::{ShutdownSignal, ShutdownTrigger};
use collector::slot::Slot;
use futures::FutureExt as _;
use tracing::{Instrument as _, error_span, info};

use super::host::Host;
use super::supervise::{Component, Ended, Running, panic_text, supervise};
use crate::api::Offers;
use crate::config::SourceSection;
use crate::secrets::OfSource;
use crate::sinks::Stop;

/// How long what a panicked source left behind may take to let go of its shutdown signal.
const LEFT_BEHIND: Duration = Duration::from_secs(10);

/// A source that can be built and run again and again.
pub(super) struct SourceComponent {
    host: Arc<Host>,
    section: SourceSection,
    proxy: ProxyConfig,
    stop: Stop,
}

/// A source before it runs.
pub(super) struct BuiltSource {
    source: Source,
    shutdown: ShutdownTrigger,
}

impl SourceComponent {
    pub(super) fn new(host: &Arc<Host>, section: SourceSection, proxy: &ProxyConfig) -> Self {
        Self { host: Arc::clone(host), section, proxy: proxy.clone(), stop: Stop::default() }
    }

    /// Starts its task; `first` is what was built already.
    pub(super) fn start(self, first: Option<BuiltSource>) -> Running {
        let stop = self.stop.clone();
        let span = error_span!(
            "source",
            component_id = %self.section.key,
            component_kind = "source",
            component_type = self.section.kind
        );
        let host = Arc::clone(&self.host);
        let task = async move { supervise(&self.host, &self, first).await };
        Running { stop, task: host.tasks.spawn(task.instrument(span)) }
    }
}

impl Component for SourceComponent {
    type Built = BuiltSource;

    fn key(&self) -> &ComponentKey {
        &self.section.key
    }

    fn stop(&self) -> &Stop {
        &self.stop
    }

    async fn build(&self) -> Result<BuiltSource, String> {
        let SourceSection { key, kind, config, .. } = &self.section;
        let (shutdown, signal) = ShutdownSignal::new_wired();
        let (health, reports) = HealthReporter::channel();
        let (reconciler, examiner, authorizer) = (Slot::default(), Slot::default(), Slot::default());
        let offers = Offers {
            reconciler: reconciler.clone(),
            examiner: examiner.clone(),
            authorizer: authorizer.clone(),
        };
        self.host.overview.show_source(key, kind, reports, offers);
        let now = Arc::clone(&self.host.now);
        let out = SourceSender::new(self.host.output(key), SourceMetrics::new(key.clone(), kind));
        let context = SourceContext {
            key: key.clone(),
            globals: self.host.globals.clone(),
            shutdown: signal,
            out: out.with_wall_clock(move || now()),
            proxy: self.proxy.clone(),
            acknowledgements: true,
            health,
            position: Some(self.host.journal.position_of(key)),
            last_stored: self.host.journal.last_stored(key),
            secrets: Some(Arc::new(OfSource::new(Arc::clone(&self.host.vault), key))),
            reconciler,
            examiner,
            authorizer,
        };
        let source = config.build(context).await.map_err(|error| error.to_string())?;
        Ok(BuiltSource { source, shutdown })
    }

    async fn run(&self, built: BuiltSource) -> Ended {
        self.stop.now.run_until_cancelled(self.run_to_its_end(built)).await.unwrap_or(Ended::Done)
    }
}

impl SourceComponent {
    async fn run_to_its_end(&self, BuiltSource { source, mut shutdown }: BuiltSource) -> Ended {
        info!("Source has started.");
        let mut running = std::pin::pin!(AssertUnwindSafe(source).catch_unwind());
        let outcome = tokio::select! {
            biased;
            outcome = &mut running => outcome,
            () = self.stop.asked.cancelled() => {
                shutdown.cancel();
                running.await
            }
        };
        match outcome {
            Ok(Ok(())) => {
                shutdown.finished().await;
                info!("Source has stopped.");
                Ended::Done
            }
            Ok(Err(())) => Ended::Hopeless,
            Err(panic) => {
                shutdown.cancel();
                let _let_go = tokio::time::timeout(LEFT_BEHIND, shutdown.finished()).await;
                Ended::Failed(panic_text(panic.as_ref()))
            }
        }
    }
}
