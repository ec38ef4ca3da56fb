//! The simulator on its own: try configurations, detection rules and sinks against it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use graph_simulator::{Simulator, SimulatorConfig, TenantConfig, presets};
use jiff::SignedDuration;
use tracing_subscriber::EnvFilter;

/// A simulated Microsoft Graph and identity platform on a loopback address.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8780")]
    address: SocketAddr,
    /// The same seed gives the same tenants and sign-ins.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Number of tenants.
    #[arg(long, default_value_t = 3)]
    tenants: usize,
    /// How far back sign-ins reach, as in `24h`.
    #[arg(long, default_value = "24h")]
    history: SignedDuration,
    /// Sign-ins of every tenant within that time; by default each has its own number.
    #[arg(long)]
    sign_ins: Option<usize>,
    /// Live sign-ins per second of every tenant; by default each has its own rate.
    #[arg(long)]
    rate: Option<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = configuration(&Options::parse())?;
    let tenants = config.tenants.clone();
    let simulator = Simulator::start(config).await?;
    print_configuration(&simulator, &tenants);
    tokio::signal::ctrl_c().await.context("cannot wait for an interrupt")?;
    simulator.shutdown().await;
    Ok(())
}

fn configuration(options: &Options) -> anyhow::Result<SimulatorConfig> {
    let span = Duration::try_from(options.history).context("--history must not be negative")?;
    let mut config = SimulatorConfig { address: options.address, ..presets::many(options.tenants) };
    config.seed = options.seed;
    for tenant in &mut config.tenants {
        tenant.history.span = span;
        tenant.history.sign_ins = options.sign_ins.unwrap_or(tenant.history.sign_ins);
        tenant.live_per_second = options.rate.unwrap_or(tenant.live_per_second);
    }
    Ok(config)
}

#[expect(clippy::print_stderr, reason = "this is what the program has to say")]
fn print_configuration(simulator: &Simulator, tenants: &[TenantConfig]) {
    eprintln!("{}", source_configuration(simulator, tenants));
}

/// The configuration of the product that reads all tenants.
fn source_configuration(simulator: &Simulator, tenants: &[TenantConfig]) -> String {
    let mut parts = vec!["[sources.entra]\ntype = \"entra_signins\"\n".to_owned()];
    parts.extend(tenants.iter().map(|tenant| tenant_configuration(simulator, tenant)));
    let control = simulator.graph_endpoint().join("_simulator/state");
    parts.extend(control.map(|url| format!("# What happens: {url}\n")));
    parts.join("\n")
}

fn tenant_configuration(simulator: &Simulator, tenant: &TenantConfig) -> String {
    let name = tenant.display_name.to_lowercase().replace(' ', "-");
    format!(
        r#"[[sources.entra.microsoft_365]]
name = "{name}"
tenant_id = "{id}"
login_endpoint = "{login}"
graph_endpoint = "{graph}"
client_id = "{client}"
auth.strategy = "client_secret"
auth.client_secret = "{secret}"

[[sources.entra.azure_ad]]
name = "{name}-sign-ins"
connector_tenant = "{name}"
permissions = "read"
"#,
        id = tenant.id,
        login = simulator.login_endpoint(),
        graph = simulator.graph_endpoint(),
        client = tenant.client_id,
        secret = tenant.client_secret,
    )
}
