//! Tests of loading: files and variables in, a checked configuration or every mistake out.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use collector::config::{
    BuildError, ComponentKey, Source, SourceConfig, SourceContext, SourceDescription, SourceOutput,
};
use collector::schema::Schemas;
use collector::sensitive::SensitiveString;
use collector::settings::{Key, Problems, Reader, Table};
use tempfile::TempDir;

use super::{Components, HostConfig};

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

/// Sinks of these tests take `endpoint` and tell by `seen` which schemas they were shown.
fn check_sink(kind: &str, table: &Table, inputs: &BTreeMap<ComponentKey, Schemas>) -> Problems {
    assert_eq!(kind, "post");
    let problems = RefCell::new(Problems::default());
    let keys = ["type", "inputs", "endpoint", "seen"].map(|name| Key { name, doc: "" });
    let reader = Reader::new(table, "", &keys, &problems);
    reader.endpoint("endpoint");
    if reader.has("seen") {
        let seen: Vec<_> =
            inputs.iter().map(|(key, schemas)| format!("{key} in {}", schemas.native)).collect();
        reader.problem("seen", format!("saw [{}]", seen.join(", ")), None);
    }
    problems.into_inner()
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
        let known = Components { sources: &[PROBE], sinks: &["post"], check_sink: &check_sink };
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
