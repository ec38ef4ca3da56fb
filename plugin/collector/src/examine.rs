//! Looking, on request, whether all is well that a source depends on, while it runs.
//!
//! It is what [`crate::config::SourceConfig::probe`] is before anything runs: of a running source only it itself can ask without
//! going beyond the limits of its service.

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::health::Finding;

/// Examines.
#[async_trait]
pub trait Examiner: Send + Sync {
    /// Examines the connectors with these names, and those that they depend on; all, if there are none. Sends each finding when it is
    /// made, and ends when all are, or nobody listens any more.
    async fn examine(&self, connectors: Vec<String>, findings: mpsc::Sender<Finding>);
}
