//! The sink's table.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use collector::config::ProxyConfig;
use collector::settings::{Key, Problems, Reader, Table};

use super::delivery::{FileDelivery, Rotated};
use super::rotated::directory_of;
use super::writer::Options;
use crate::encoding::{self, Encoder, EncodingConfig};
use crate::private;
use crate::sinks::batch::{self, BatchOptions};
use crate::sinks::retry::RetryPolicy;
use crate::sinks::{
    BATCH, BuildError, ENCODING, INPUTS, Inputs, Runner, Sink, SinkConfig, SinkContext, SinkDescription,
    SinkMetrics, TYPE,
};

const KEYS: &[Key] = &[
    TYPE,
    INPUTS,
    Key { name: "path", doc: "The file; relative to the configuration file." },
    Key { name: "rotate", doc: "When a new file is begun: max_bytes, interval_secs, gzip, keep." },
    ENCODING,
    BATCH,
];

const ROTATE_KEYS: &[Key] = &[
    Key {
        name: "max_bytes",
        doc: "Begin a new file before this one grows past so many bytes, batch.max_bytes at least. Default: never.",
    },
    Key {
        name: "interval_secs",
        doc: "Begin a new file when so many seconds are over, counted from 1970. Default: never.",
    },
    Key { name: "gzip", doc: "Whether rotated files are compressed. Default: true." },
    Key { name: "keep", doc: "How many rotated files are kept, the newest. Default: all." },
];

/// The sink under its `type`.
pub const DESCRIPTION: SinkDescription = SinkDescription {
    name: "file",
    description: "Lines of a file, each event exactly once, rotated by size or time.",
    example: EXAMPLE,
    best_effort: false,
    keys: KEYS,
    tables: &[("rotate", ROTATE_KEYS), ("encoding", encoding::KEYS), ("batch", batch::KEYS)],
    configure,
};

const EXAMPLE: &str = r#"[sinks.{id}]
type = "file"
inputs = [{inputs}]
path = "sign-ins.ndjson"
# rotate.max_bytes = 1073741824         # default: never by size; batch.max_bytes or more
# rotate.interval_secs = 86400          # default: never by time
# rotate.gzip = true
# rotate.keep = 30                      # default: all
# encoding.schema = "cato"              # cato | raw
# encoding.codec = "json"
# batch.max_events = 1000
# batch.max_bytes = 1048576
# batch.timeout_secs = 1
"#;

#[derive(Debug)]
struct FileConfig {
    path: PathBuf,
    max_bytes: Option<u64>,
    interval: Option<Duration>,
    rotated: Rotated,
    encoding: EncodingConfig,
    batch: BatchOptions,
}

fn configure(table: &Table, inputs: &Inputs) -> Result<Box<dyn SinkConfig>, Problems> {
    let problems = RefCell::default();
    let config = FileConfig::read(&Reader::new(table, "", KEYS, &problems), inputs);
    problems.into_inner().or(config.map(|config| Box::new(config) as Box<dyn SinkConfig>))
}

impl FileConfig {
    fn read(reader: &Reader<'_>, inputs: &Inputs) -> Option<Self> {
        let path = reader.required_string("path").and_then(|_| reader.path("path"));
        if path.as_deref().is_some_and(|path| path.file_name().is_none() || path.is_dir()) {
            reader.problem("path", "is a directory", Some("write the path of a file".to_owned()));
        }
        let (mut max_bytes, mut interval) = (None, None);
        let mut rotated = Rotated { gzip: true, keep: None };
        if let Some(rotate) = reader.table("rotate", ROTATE_KEYS) {
            max_bytes =
                rotate.integer("max_bytes", 1024..=i64::MAX).and_then(|bytes| u64::try_from(bytes).ok());
            let seconds = rotate
                .integer("interval_secs", 1..=366 * 24 * 3600)
                .and_then(|seconds| u64::try_from(seconds).ok());
            interval = seconds.map(Duration::from_secs);
            rotated.gzip = rotate.boolean("gzip").unwrap_or(true);
            rotated.keep = rotate.integer("keep", 1..=1_000_000).and_then(|keep| usize::try_from(keep).ok());
        }
        let encoding = EncodingConfig::read(reader, inputs);
        let batch = BatchOptions::read(reader);
        // A batch goes into one file.
        if max_bytes.is_some_and(|most| most < batch.max_bytes as u64) {
            let what =
                "rotate.max_bytes is less than batch.max_bytes (default 1048576), and a batch is never split";
            let fix = "write at least as much, or a smaller batch.max_bytes";
            reader.problem("rotate", what, Some(fix.to_owned()));
        }
        Some(Self { path: path?, max_bytes, interval, rotated, encoding, batch })
    }
}

#[async_trait]
impl SinkConfig for FileConfig {
    fn build(&self, cx: SinkContext) -> Result<Sink, BuildError> {
        let options = Options {
            path: self.path.clone(),
            state: cx.make_state_dir()?,
            max_bytes: self.max_bytes,
            interval: self.interval,
        };
        let stop = cx.stop.asked.clone();
        let runner = Runner {
            delivery: FileDelivery::new(
                options,
                self.rotated,
                cx.feed.lineage(),
                (cx.now.clone(), cx.reopen.clone()),
                stop,
            ),
            encoder: Encoder::new(&self.encoding, &cx.inputs),
            batch: self.batch,
            retry: RetryPolicy::default(),
            metrics: SinkMetrics::new(cx.labels(), &[("protocol", "file".to_owned())]),
            cx,
        };
        Ok(Box::pin(runner.run()))
    }

    fn encoding(&self) -> &EncodingConfig {
        &self.encoding
    }

    async fn healthcheck(&self, _proxy: &ProxyConfig) -> Result<(), String> {
        writable(&self.path).map_err(|error| format!("{} cannot be written: {error}", self.path.display()))
    }
}

/// Whether the file could be appended to, or made, without leaving anything behind.
fn writable(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return OpenOptions::new().append(true).open(path).map(drop);
    }
    private::check_directory(directory_of(path))
}
