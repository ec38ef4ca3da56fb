//! Tests of the topology with sources that behave as told, over a real journal and real files.

mod changes;
mod health;
mod life;
mod probe;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use collector::config::SourceDescription;
use jiff::Timestamp;
use tempfile::TempDir;

use super::{DataDirLock, Options, StartError, Topology};
use crate::api::{Overview, Snapshot};
use crate::config::{Components, HostConfig};
use crate::sinks;

/// Long enough for anything that works, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A directory with a configuration, and what came of it.
struct Ground {
    directory: TempDir,
    overview: Overview,
}

impl Ground {
    fn new() -> Self {
        let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        Self { directory: tempfile::tempdir().unwrap(), overview }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The checked configuration of this text; data lives in `data`.
    fn config(&self, text: &str) -> HostConfig {
        const SOURCES: &[SourceDescription] = &[probe::DESCRIPTION];
        let file = self.path().join("host.toml");
        std::fs::write(&file, text).unwrap();
        let known = Components { sources: SOURCES, sinks: sinks::DESCRIPTIONS };
        HostConfig::load(&[file], &|_| None, known).unwrap()
    }

    fn options(&self) -> Options {
        Options { now: Arc::new(|| Timestamp::UNIX_EPOCH), overview: self.overview.clone(), max_events: None }
    }

    async fn start(&self, text: &str) -> Result<Topology, StartError> {
        self.start_with(text, self.options()).await
    }

    async fn start_with(&self, text: &str, options: Options) -> Result<Topology, StartError> {
        let config = self.config(text);
        let lock = DataDirLock::take(&config.data_dir).unwrap();
        Topology::start(config, lock, options).await
    }

    /// How often this source has been run.
    fn runs(&self, source: &str) -> usize {
        probe::runs(&self.path().join("data").join(source))
    }

    fn lines(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path().join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until what is shown is so.
    async fn shown(&self, what: &str, is: impl Fn(&Snapshot) -> bool) {
        self.wait(what, || is(&self.overview.snapshot())).await;
    }

    async fn wait(&self, what: &str, is: impl Fn() -> bool) {
        let looking = async {
            while !is() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        assert!(found.is_ok(), "not so: {what}; {:#?}", self.overview.snapshot());
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

/// A configuration of one source and one file sink.
fn one(behaviour: &str) -> String {
    format!("{}{}", source("a", behaviour), sink("out", "a"))
}

fn source(id: &str, behaviour: &str) -> String {
    format!("[sources.{id}]\ntype = 'probe'\nbehaviour = '{behaviour}'\n")
}

fn sink(id: &str, input: &str) -> String {
    format!("[sinks.{id}]\ntype = 'file'\ninputs = ['{input}']\npath = '{id}.ndjson'\n")
}
