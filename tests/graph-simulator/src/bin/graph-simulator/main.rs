//! The simulator on its own: try configurations, detection rules and sinks against it.

mod words;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use graph_simulator::{Simulator, SimulatorConfig, configuration, presets};
use jiff::SignedDuration;
use tracing_subscriber::EnvFilter;

/// A simulated Microsoft: identity platform and Microsoft Graph, on a loopback address.
///
/// It prints the configuration with which entra-signins reads it.
#[derive(Parser)]
#[command(version, after_long_help = words::long_help())]
struct Options {
    /// Where to listen: a loopback address, since anybody who reaches it can steer it; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8780", value_parser = loopback)]
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
    /// Write the configuration to this file, not to standard output.
    #[arg(long, value_name = "FILE")]
    write_config: Option<PathBuf>,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "not an address with a port, as in 127.0.0.1:8780")?;
    if address.ip().is_loopback() { Ok(address) } else { Err("not a loopback address".to_owned()) }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = Options::parse();
    let config = simulator_config(&options)?;
    let tenants = config.tenants.clone();
    let simulator = Simulator::start(config).await.context("try another --address")?;
    hand_over(&configuration(&simulator, &tenants), options.write_config.as_deref())?;
    say(&words::welcome(&simulator, &tenants, options.write_config.as_deref()));
    tokio::signal::ctrl_c().await.context("cannot wait for an interrupt")?;
    simulator.shutdown().await;
    Ok(())
}

fn simulator_config(options: &Options) -> anyhow::Result<SimulatorConfig> {
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

/// What the first line of a file is that may be written over.
const WRITTEN_BY: &str = "# Written by graph-simulator, which writes it anew whenever it starts.\n";

fn hand_over(configuration: &str, file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else {
        let mut out = std::io::stdout().lock();
        out.write_all(configuration.as_bytes()).and_then(|()| out.flush())?;
        return Ok(());
    };
    let ours =
        std::fs::read_to_string(file).map_or_else(|_| !file.exists(), |text| text.starts_with(WRITTEN_BY));
    anyhow::ensure!(ours, "{} is there and somebody else's: choose another file", file.display());
    std::fs::write(file, format!("{WRITTEN_BY}{configuration}"))
        .with_context(|| format!("cannot write {}", file.display()))
}

#[expect(clippy::print_stderr, reason = "this is what the program has to say")]
fn say(text: &str) {
    eprint!("{text}");
}
