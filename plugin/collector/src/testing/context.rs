//! What a source is given besides its sender.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::config::{GlobalOptions, ProxyConfig, SourceContext};
use crate::health::{HealthReceiver, HealthReporter};
use crate::sender::SourceSender;
use crate::shutdown::{ShutdownSignal, ShutdownTrigger};
use crate::slot::Slot;

/// The host's ends of a [`SourceContext`].
#[derive(Debug)]
pub struct TestControls {
    /// Stops the source.
    pub shutdown: ShutdownTrigger,
    /// What it reports of its connectors.
    pub health: HealthReceiver,
    /// Removed with the controls.
    _data_dir: Option<TempDir>,
}

impl SourceContext {
    /// A context for the component `default`, with acknowledgements, no proxy, no store, and a data directory that
    /// lives as long as the controls.
    ///
    /// # Panics
    ///
    /// If no temporary directory can be made.
    pub fn new_test(out: SourceSender) -> (Self, TestControls) {
        let data_dir = tempfile::tempdir().expect("a temporary directory");
        let (context, controls) = Self::new_test_in(data_dir.path(), out);
        (context, TestControls { _data_dir: Some(data_dir), ..controls })
    }

    /// The same over this data directory, which stays: a restart finds what was left there.
    pub fn new_test_in(data_dir: impl Into<PathBuf>, out: SourceSender) -> (Self, TestControls) {
        let (trigger, shutdown) = ShutdownSignal::new_wired();
        let (reporter, health) = HealthReporter::channel();
        let context = Self {
            key: "default".into(),
            globals: GlobalOptions { data_dir: data_dir.into() },
            shutdown,
            out,
            proxy: ProxyConfig::default(),
            acknowledgements: true,
            health: reporter,
            position: None,
            last_stored: None,
            secrets: None,
            reconciler: Slot::default(),
            examiner: Slot::default(),
            authorizer: Slot::default(),
        };
        (context, TestControls { shutdown: trigger, health, _data_dir: None })
    }
}
