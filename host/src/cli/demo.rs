//! `demo`: the whole product against a simulated Microsoft, without any configuration.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use graph_simulator::{Simulator, SimulatorConfig, presets};

use super::exit::{CommandError, Exit};
use super::output::say;
use super::registry;
use super::run::{Operation, StopArgs, Watch, bind, block_on, console, take};
use crate::api::Api;
use crate::config::{ApiConfig, HostConfig};

/// Where people look for the console, if it is free.
const USUAL_ADDRESS: &str = "127.0.0.1:8686";

#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Stop after so many events. Default: at Ctrl-C.
    #[arg(long, value_name = "N")]
    events: Option<u64>,
    /// Other people and other sign-ins; the same number gives the same ones.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Live sign-ins per second, over all tenants.
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
    #[command(flatten)]
    stop: StopArgs,
}

impl DemoArgs {
    pub(crate) fn execute(self) -> Result<ExitCode, CommandError> {
        let microsoft = self.microsoft()?;
        block_on(self.run(microsoft))
    }

    /// The tenants of the demonstration.
    fn microsoft(&self) -> Result<SimulatorConfig, CommandError> {
        let mut microsoft = presets::demo();
        if let Some(seed) = self.seed {
            microsoft.seed = seed;
        }
        if let Some(rate) = self.rate {
            if !rate.is_finite() || rate < 0.0 {
                return Err(CommandError::new(Exit::Usage, "--rate: write a number of sign-ins per second"));
            }
            let usual: f64 = microsoft.tenants.iter().map(|tenant| tenant.live_per_second).sum();
            for tenant in &mut microsoft.tenants {
                tenant.live_per_second *= rate / usual;
            }
        }
        Ok(microsoft)
    }

    async fn run(self, microsoft: SimulatorConfig) -> Result<ExitCode, CommandError> {
        let directory = tempfile::tempdir().map_err(|error| {
            CommandError::new(Exit::CannotCreate, format!("no temporary directory: {error}"))
        })?;
        let simulator = Simulator::start(microsoft.clone())
            .await
            .map_err(|error| CommandError::new(Exit::Unavailable, error.to_string()))?;
        let (file, config) = configure(directory.path(), &microsoft, simulator.graph_endpoint().as_str())?;
        let lock = take(&config)?;
        let api = listen(&config.api).await?;
        say(introduction(&microsoft, &api));
        let files = vec![file];
        let (console, connectors) = (console(&files, &config), config.connectors_dir());
        let operation = Operation {
            config,
            lock,
            watch: Watch::new(files).beside(connectors),
            limit: self.stop.limit(),
            max_events: self.events,
            api: Some(api),
            console,
        };
        let ended = operation.run().await;
        // Nobody asks it any more, and a second signal waits for nothing.
        drop(simulator);
        ended
    }
}

/// Writes a configuration that reads these tenants, and loads it as any other.
fn configure(
    directory: &Path,
    microsoft: &SimulatorConfig,
    endpoint: &str,
) -> Result<(PathBuf, HostConfig), CommandError> {
    let file = directory.join("entra-signins.toml");
    std::fs::write(&file, configuration(microsoft, endpoint))
        .map_err(|error| CommandError::new(Exit::CannotCreate, format!("{}: {error}", file.display())))?;
    let config = registry::load(std::slice::from_ref(&file), &|_| None)?;
    Ok((file, config))
}

fn configuration(microsoft: &SimulatorConfig, endpoint: &str) -> String {
    let mut text =
        format!("[api]\naddress = \"{USUAL_ADDRESS}\"\n\n[sources.entra]\ntype = \"entra_signins\"\n");
    for tenant in &microsoft.tenants {
        let name =
            tenant.domains.first().map_or("tenant", |domain| domain.split('.').next().unwrap_or(domain));
        // Writing to a String cannot fail.
        let _infallible = write!(
            text,
            r#"
[[sources.entra.microsoft_365]]
name = "{name}"
tenant_id = "{}"
login_endpoint = "{endpoint}"
graph_endpoint = "{endpoint}"
client_id = "{}"
auth.strategy = "client_secret"
auth.client_secret = "{}"

[[sources.entra.azure_ad]]
name = "{name}-sign-ins"
connector_tenant = "{name}"
poll_interval_secs = 16
"#,
            tenant.id, tenant.client_id, tenant.client_secret
        );
    }
    text + "\n[sinks.console]\ntype = \"console\"\ninputs = [\"entra\"]\n"
}

/// The usual address, or a free one if somebody has it.
async fn listen(config: &ApiConfig) -> Result<Api, CommandError> {
    match bind(config).await {
        Ok(api) => Ok(api),
        Err(_taken) => {
            let mut free = config.clone();
            free.address.set_port(0);
            bind(&free).await
        }
    }
}

fn introduction(microsoft: &SimulatorConfig, api: &Api) -> String {
    let tenants: Vec<_> = microsoft
        .tenants
        .iter()
        .map(|tenant| {
            let (name, history) = (&tenant.display_name, tenant.history.sign_ins);
            format!(
                "  {name}: {history} sign-ins of the last day, {:.2} more per second",
                tenant.live_per_second
            )
        })
        .collect();
    format!(
        "A simulated Microsoft runs inside this program, with {} tenants:\n{}\n\
         Their sign-ins come out on standard output as Cato events, one JSON object a line.\n\
         Status: {}   Stop: Ctrl-C\n\
         For a real tenant: `entra-signins generate > entra-signins.toml`, fill in tenant, app and secret, then\n\
         `entra-signins validate -c entra-signins.toml` and `entra-signins run -c entra-signins.toml`.\n",
        tenants.len(),
        tenants.join("\n"),
        api.url()
    )
}
