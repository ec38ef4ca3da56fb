//! Tells the host now and then how far every connector is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::late_log::LateLog;
use super::progress::{self, Progress};
use super::shared::Shared;
use crate::collect::part::Part;
use crate::collect::stream::Connector;
use crate::config::SignInEventType;
use crate::status::Measured;

/// How often connectors are reported to the host.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// Reports until the source is asked to stop.
pub(super) async fn keep_reporting(shared: Arc<Shared>) {
    let mut late_log = LateLog::default();
    while !shared.stop.is_cancelled() {
        for (connector, measured) in report(&shared).await {
            late_log.tell(&connector, &measured.counters, shared.clock.monotonic());
        }
        tokio::select! {
            () = shared.stop.cancelled() => {}
            () = tokio::time::sleep(REPORT_INTERVAL) => {}
        }
    }
}

/// Measures and reports every connector. Answers what was measured, by name.
pub(super) async fn report(shared: &Shared) -> Vec<(String, Measured)> {
    let mut connectors: HashMap<String, (Arc<Connector>, HashMap<SignInEventType, Progress>)> =
        HashMap::new();
    for stream in shared.streams() {
        let (bounds, kind) = (stream.bounds(), stream.key.kind);
        let progress =
            Progress::of(&*stream.coverage.lock().await, *stream.lateness(), &bounds, stream.now());
        let running = (shared.clock.monotonic() - stream.begun_at).as_secs().cast_signed();
        let moves = progress.moves(kind, bounds.poll_interval, running);
        stream.connector.board.observe(&Part::Edge(kind), moves);
        let connector = Arc::clone(&stream.connector);
        let entry = connectors.entry(connector.config.name.clone());
        entry.or_insert_with(|| (connector, HashMap::new())).1.insert(kind, progress);
    }
    let measure = |(name, (connector, kinds)): (String, (Arc<Connector>, HashMap<_, _>))| {
        let measured = progress::of_connector(&connector, &kinds, shared.clock.monotonic());
        connector.board.measured(measured.clone());
        connector.board.report();
        (name, measured)
    };
    connectors.into_iter().map(measure).collect()
}
