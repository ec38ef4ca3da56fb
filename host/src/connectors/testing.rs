//! A configuration with one connector by hand, and connectors to be made beside it, for tests.

use std::sync::Arc;

use super::*;
use crate::cli::load_for_tests;
use crate::config::connectors::as_table;

const MAIN: &str = "[sources.entra]\ntype = 'entra_signins'\n\
    [[sources.entra.microsoft_365]]\nname = 'by-hand'\ntenant_id = 'hand.example'\nclient_id = '11111111-2222-3333-4444-555555555555'\n\
    auth = { strategy = 'client_secret', client_secret = 'hush-hush' }\n\
    [sinks.out]\ntype = 'console'\ninputs = ['entra']\n";
pub(crate) const SECRET: &str = "hunter2-and-more";

pub(crate) struct Ground {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) connectors: Arc<Connectors>,
    load: Arc<Load>,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("main.toml");
        fs::write(&main, MAIN).unwrap();
        let load: Arc<Load> = Arc::new(move |candidate: Option<&Candidate>| {
            load_for_tests(std::slice::from_ref(&main), candidate)
        });
        let config = load(None).unwrap();
        let with = Arc::clone(&load);
        let connectors = Connectors::new(Places::of_config(&config), move |candidate| with(candidate));
        Self { directory, connectors: Arc::new(connectors), load }
    }

    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.directory.path().join("data").join(name)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.data("connectors.d").join(format!("{name}.toml"))
    }

    pub(crate) fn config(&self) -> HostConfig {
        (self.load)(None).unwrap()
    }

    /// A parent, with its secret, and a child of it.
    pub(crate) fn with_two() -> Self {
        let ground = Self::new();
        ground.add(&parent("contoso")).unwrap();
        ground.connectors.add(&child("contoso-sign-ins", "contoso"), None).unwrap();
        ground
    }

    pub(crate) fn add(&self, new: &New) -> Result<PathBuf, ConnectorError> {
        self.connectors.add(new, Some(&SECRET.into()))
    }

    /// What `list` says of this one.
    pub(crate) fn entry(&self, name: &str) -> Entry {
        self.connectors.list().unwrap().into_iter().find(|entry| entry.name == name).unwrap()
    }

    /// What is wrong with this one.
    pub(crate) fn problem(&self, name: &str) -> String {
        let problem = self.entry(name).problem.unwrap();
        assert!(!problem.contains(SECRET), "{problem}");
        problem
    }

    /// The secret that the source is given for this parent.
    pub(crate) fn secret_of(&self, name: &str) -> Option<String> {
        let list = self.config().sources[0].table.get("microsoft_365").unwrap().clone();
        let collector::settings::Setting::Array(list) = list.setting else { panic!("a list") };
        let parents = list.iter().filter_map(as_table);
        let parent = parents.into_iter().find(|parent| parent.str("name") == Some(name))?;
        Some(as_table(parent.get("auth")?)?.str("client_secret")?.to_owned())
    }
}

pub(crate) fn parent(name: &str) -> New {
    New {
        application: Application::Microsoft365,
        name: name.to_owned(),
        source: None,
        settings: Settings {
            tenant_id: Some(format!("{name}.example")),
            client_id: Some("11111111-2222-3333-4444-555555555555".to_owned()),
            ..Settings::default()
        },
    }
}

pub(crate) fn child(name: &str, of: &str) -> New {
    New {
        application: Application::AzureAd,
        name: name.to_owned(),
        source: None,
        settings: Settings {
            connector_tenant: Some(of.to_owned()),
            sign_in_event_types: Some(vec!["interactiveUser".to_owned()]),
            start: Some("now".to_owned()),
            ..Settings::default()
        },
    }
}
