//! A directory, a simulated Microsoft, and the configuration between the two.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use graph_simulator::{Simulator, SimulatorConfig, TenantConfig};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use super::mapping::Facts;
use super::program::{Program, program_path};

/// Everything one scenario needs.
pub struct Scene {
    pub directory: TempDir,
    pub simulator: Simulator,
    pub tenants: Vec<TenantConfig>,
    /// Added to each Microsoft 365 connector's table.
    pub parent: String,
    /// Added to each Azure AD connector's table.
    pub child: String,
    /// Tables of sinks.
    pub sinks: String,
    /// What stands before everything else.
    pub top: String,
}

impl Scene {
    /// Tenants at a simulated Microsoft that keeps its limits, and a file sink.
    pub async fn new(config: SimulatorConfig) -> Self {
        let tenants = config.tenants.clone();
        Self {
            directory: tempfile::tempdir().unwrap(),
            simulator: Simulator::start(config).await.unwrap(),
            tenants,
            parent: String::new(),
            child: "poll_interval_secs = 10\nstart = \"25h\"\n".to_owned(),
            sinks: "[sinks.out]\ntype = \"file\"\ninputs = [\"entra\"]\npath = \"out.ndjson\"\n".to_owned(),
            top: String::new(),
        }
    }

    /// The configuration as TOML.
    pub fn toml(&self) -> String {
        let mut toml = format!(
            "{}[api]\naddress = \"127.0.0.1:0\"\n\n[sources.entra]\ntype = \"entra_signins\"\n",
            self.top
        );
        let url = self.simulator.login_endpoint();
        for tenant in &self.tenants {
            let (name, parent, child) = (&tenant.display_name, &self.parent, &self.child);
            write!(
                toml,
                "\n[[sources.entra.microsoft_365]]\nname = \"{name}\"\ntenant_id = \"{}\"\nlogin_endpoint = \"{url}\"\n\
                 graph_endpoint = \"{url}\"\nclient_id = \"{}\"\nauth.strategy = \"client_secret\"\n\
                 auth.client_secret = \"${{SECRET_{name}}}\"\n{parent}\
                 \n[[sources.entra.azure_ad]]\nname = \"{name}-sign-ins\"\nconnector_tenant = \"{name}\"\n{child}",
                tenant.id, tenant.client_id
            )
            .unwrap();
        }
        toml + "\n" + &self.sinks
    }

    /// Writes the configuration and answers where.
    pub fn write(&self) -> PathBuf {
        let path = self.path("entra-signins.toml");
        std::fs::write(&path, self.toml()).unwrap();
        path
    }

    /// A path in the scene's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Starts `entra-signins run` with the configuration as it is now.
    pub fn run(&self) -> Program {
        let config = self.write();
        Program::start(self, &["run", "-c", config.to_str().unwrap()])
    }

    /// As [`Scene::run`], with secrets of tenants that the configuration does not name yet.
    pub fn run_with_secrets_of(&self, later: &[TenantConfig]) -> Program {
        let config = self.write();
        let mut command = tokio::process::Command::new(program_path());
        command.args(["run", "-c", config.to_str().unwrap()]).envs(later.iter().map(secret));
        Program::spawn(self, command)
    }

    /// Runs a command, such as `status`, with the configuration as it was last written.
    pub async fn command(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(program_path());
        let config = self.path("entra-signins.toml");
        command.args(arguments).arg("-c").arg(config).envs(self.secrets()).stdin(Stdio::null());
        command.output().await.unwrap()
    }

    /// The secrets that the configuration names, by variable.
    pub fn secrets(&self) -> Vec<(String, String)> {
        self.tenants.iter().map(secret).collect()
    }

    /// Graph ids of everything that happened, over all tenants.
    pub fn truth(&self) -> BTreeSet<(Uuid, String)> {
        let of = |tenant: &TenantConfig| {
            let truth = self.simulator.tenant(&tenant.id).unwrap().truth();
            truth.into_iter().map(|sign_in| (tenant.id, sign_in.id)).collect::<Vec<_>>()
        };
        self.tenants.iter().flat_map(of).collect()
    }

    /// The file sink's events so far.
    pub fn delivered(&self) -> Vec<Value> {
        lines_in(&self.path("out.ndjson"))
    }

    /// Whether the file holds everything that happened.
    pub fn is_complete(&self) -> bool {
        ids_in(&self.delivered()).into_iter().collect::<BTreeSet<_>>() == self.truth()
    }

    /// Asserts that these events are everything that happened, each once.
    pub fn assert_exact(&self, events: &[Value]) {
        let ids = ids_in(events);
        let unique: BTreeSet<_> = ids.iter().cloned().collect();
        let truth = self.truth();
        let missing: Vec<_> = truth.difference(&unique).take(5).collect();
        let invented: Vec<_> = unique.difference(&truth).take(5).collect();
        assert!(missing.is_empty(), "missing: {missing:?}");
        assert!(invented.is_empty(), "invented: {invented:?}");
        assert_eq!(ids.len(), unique.len(), "some came twice");
    }

    /// The record of an event, and what else its fields come from.
    pub fn origin(&self, event: &Value) -> (Facts, Value) {
        let id: Uuid = event["tenant_id"].as_str().unwrap().parse().unwrap();
        let tenant = self.simulator.tenant(&id).unwrap();
        let name = tenant.display_name().to_owned();
        let facts = Facts {
            tenant: id,
            tenant_name: name.clone(),
            connector: format!("{name}-sign-ins"),
            parent: name,
            account: None,
            cato_addresses: None,
            include_raw: false,
        };
        (facts, tenant.record(event["vendor_event_id"].as_str().unwrap()).unwrap())
    }
}

/// Whatever a scenario is about, Microsoft's limits were kept.
impl Drop for Scene {
    fn drop(&mut self) {
        if self.simulator.limit_violations() > 0 && !std::thread::panicking() {
            let requests = self.simulator.requests();
            let beyond = requests.iter().position(|request| request.over_limit).unwrap_or(0);
            let before = &requests[beyond.saturating_sub(8)..=beyond];
            panic!("requests beyond Microsoft's limits, the last of these first: {before:#?}");
        }
    }
}

fn secret(tenant: &TenantConfig) -> (String, String) {
    (format!("SECRET_{}", tenant.display_name), tenant.client_secret.clone())
}

/// Whole lines of a file, as JSON; none if there is no file yet.
pub fn lines_in(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// Whether an event is of a record with a flaw, which is in no log; one with id and time is an event all the same.
pub fn is_flawed(event: &Value) -> bool {
    let id = event["vendor_event_id"].as_str().unwrap();
    id.starts_with("bad00000") || id == "not a guid"
}

/// Tenant and Graph id of each event.
pub fn ids_in(events: &[Value]) -> Vec<(Uuid, String)> {
    let id = |event: &Value| {
        let text =
            |field: &str| event[field].as_str().unwrap_or_else(|| panic!("no {field}: {event}")).to_owned();
        (text("tenant_id").parse().unwrap(), text("vendor_event_id"))
    };
    events.iter().map(id).collect()
}
