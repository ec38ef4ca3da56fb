//! Tests of loading: files and variables in, a checked configuration or every mistake out.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use collector::config::{
    BuildError, ProxyConfig, Source, SourceConfig, SourceContext, SourceDescription, SourceOutput,
};
use collector::schema::Schemas;
use collector::sensitive::SensitiveString;
use collector::settings::{Key, Problems, Reader, Table};
use tempfile::TempDir;

use super::{Components, HostConfig};
use crate::encoding::EncodingConfig;
use crate::sinks::{Inputs, Sink, SinkConfig, SinkContext, SinkDescription};

mod components;
mod files;
mod tables;
mod variables;

/// A source that needs a secret and takes a port.
#[derive(Debug)]
struct Probe {
    secret: SensitiveString,
}

const PROBE_KEYS: &[Key] = &[
    Key { name: "type", doc: "" },
    Key { name: "secret", doc: "" },
    Key { name: "secret_file", doc: "" },
    Key { name: "port", doc: "" },
];

const PROBE: SourceDescription =
    SourceDescription { name: "probe", description: "", example: "", configure: configure_probe };

fn configure_probe(table: &Table) -> Result<Box<dyn SourceConfig>, Problems> {
    let problems = RefCell::new(Problems::default());
    let reader = Reader::new(table, "", PROBE_KEYS, &problems);
    reader.integer("port", 1..=65_535);
    let probe =
        reader.required_secret("secret").map(|secret| Box::new(Probe { secret }) as Box<dyn SourceConfig>);
    problems.into_inner().or(probe)
}

#[async_trait]
impl SourceConfig for Probe {
    async fn build(&self, _cx: SourceContext) -> Result<Source, BuildError> {
        Err(self.secret.to_string().into())
    }

    fn outputs(&self) -> Vec<SourceOutput> {
        Vec::new()
    }

    fn can_acknowledge(&self) -> bool {
        false
    }

    fn schemas(&self) -> Schemas {
        Schemas::only("probe")
    }
}

/// A sink that takes `endpoint` and tells by `seen` which schemas it was shown.
#[derive(Debug)]
struct Post(EncodingConfig);

const POST: SinkDescription = SinkDescription {
    name: "post",
    description: "",
    example: "",
    best_effort: false,
    keys: &[],
    tables: &[],
    configure: configure_post,
};

fn configure_post(table: &Table, inputs: &Inputs) -> Result<Box<dyn SinkConfig>, Problems> {
    let problems = RefCell::new(Problems::default());
    let keys = ["type", "inputs", "endpoint", "seen"].map(|name| Key { name, doc: "" });
    let reader = Reader::new(table, "", &keys, &problems);
    reader.endpoint("endpoint");
    if reader.has("seen") {
        let seen: Vec<_> =
            inputs.iter().map(|(key, schemas)| format!("{key} in {}", schemas.native)).collect();
        reader.problem("seen", format!("saw [{}]", seen.join(", ")), None);
    }
    let post = Post(EncodingConfig::read(&reader, inputs));
    problems.into_inner().or(Some(Box::new(post) as Box<dyn SinkConfig>))
}

#[async_trait]
impl SinkConfig for Post {
    fn build(&self, _cx: SinkContext) -> Result<Sink, BuildError> {
        Ok(Box::pin(std::future::ready(())))
    }

    fn encoding(&self) -> &EncodingConfig {
        &self.0
    }

    async fn healthcheck(&self, _proxy: &ProxyConfig) -> Result<(), String> {
        Ok(())
    }
}

/// Files in a directory of their own, with the environment `SET=value`, `EMPTY=`, `SECRET=hunter2`.
struct Files {
    directory: TempDir,
    paths: Vec<PathBuf>,
}

impl Files {
    /// `one.toml`, `two.toml`, ... with these texts.
    fn new(texts: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let names = ["one.toml", "two.toml", "three.toml"];
        let paths: Vec<_> = names.iter().take(texts.len()).map(|name| directory.path().join(name)).collect();
        for (path, text) in paths.iter().zip(texts) {
            std::fs::write(path, text).unwrap();
        }
        Self { directory, paths }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn load(&self) -> Result<HostConfig, String> {
        self.load_in(&environment)
    }

    /// The problems, a line each, without the directory; none may hold the secret.
    fn load_in(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<HostConfig, String> {
        let known = Components { sources: &[PROBE], sinks: &[POST] };
        let loaded = HostConfig::load(&self.paths, environment, known);
        assert!(!format!("{loaded:?}").contains("hunter2"), "{loaded:?}");
        loaded.map_err(|problems| problems.to_string().replace(&format!("{}/", self.path().display()), ""))
    }
}

fn environment(name: &str) -> Option<String> {
    let value = match name {
        "SET" => "value",
        "EMPTY" => "",
        "SECRET" => "hunter2",
        _ => return None,
    };
    Some(value.to_owned())
}

fn load(texts: &[&str]) -> Result<HostConfig, String> {
    Files::new(texts).load()
}

/// The least that is whole.
const WHOLE: &str = "[sources.probe]\ntype = 'probe'\nsecret = '${SECRET}'\n";
