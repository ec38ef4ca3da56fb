//! The whole way of a sign-in at full speed: the built program reads the history of simulated tenants without limits,
//! over HTTP with gzip, into its journal and a file, everything synced to the disk as always. The simulated Microsoft
//! runs in this process, so that it takes its share of the machine as well.
//!
//! `cargo bench -p e2e --bench pipeline`, or with other numbers `-- SIGN_INS RUNS TENANTS...`
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench ends where something is wrong"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use graph_simulator::{Limits, Simulator, SimulatorConfig, TenantConfig};
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// No line for so long: something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);
/// Of `/proc/PID/stat`: what Linux calls a hundredth of a second, on every platform that it runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one run has shown.
struct Figures {
    per_second: f64,
    cpu_micros_each: f64,
    peak_mib: f64,
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let sign_ins = numbers.next().unwrap_or(300_000);
    let runs = numbers.next().unwrap_or(3);
    let mut tenants: Vec<usize> = numbers.collect();
    if tenants.is_empty() {
        tenants = vec![1, 3];
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("tenants  sign-ins     per second   CPU us each   peak MiB");
    for tenants in tenants {
        for _ in 0..runs {
            let Figures { per_second, cpu_micros_each, peak_mib } = runtime.block_on(run(tenants, sign_ins));
            println!(
                "{tenants:>7}  {sign_ins:>8}  {per_second:>13.0}  {cpu_micros_each:>12.1}  {peak_mib:>9.0}"
            );
        }
    }
}

async fn run(tenants: usize, sign_ins: usize) -> Figures {
    let simulator = Simulator::start(SimulatorConfig {
        limits: Limits::off(),
        ..SimulatorConfig::with_tenants((0..tenants).map(|number| tenant(number, sign_ins / tenants)))
    });
    let simulator = simulator.await.unwrap();
    let total: usize = simulator.tenants().iter().map(graph_simulator::TenantHandle::sign_in_count).sum();
    // Beside the build, since a temporary directory may be in memory.
    let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = Program::start(&directory, &toml(tenants, &simulator));
    let mut lines = Lines::default();
    let first = lines.reach(&directory.path().join("out.ndjson"), 1).await;
    let (begin, cpu, already) = (first, program.cpu_seconds(), lines.count);
    let end = lines.reach(&directory.path().join("out.ndjson"), total).await;
    let figures = Figures {
        #[expect(clippy::cast_precision_loss, reason = "counts of sign-ins are far below 2^52")]
        per_second: (total - already) as f64 / (end - begin).as_secs_f64(),
        #[expect(clippy::cast_precision_loss, reason = "counts of sign-ins are far below 2^52")]
        cpu_micros_each: (program.cpu_seconds() - cpu) * 1e6 / (total - already) as f64,
        peak_mib: program.peak_mib(),
    };
    drop(program);
    simulator.shutdown().await;
    figures
}

/// Each tenant has an application of its own and a day of history.
fn tenant(number: usize, sign_ins: usize) -> TenantConfig {
    let id = Uuid::from_u128(0xc0ff_ee00_1234_4abc_8def_0000_0000_0000 + number as u128);
    TenantConfig::new(id, &format!("Contoso{number}")).history(sign_ins, Duration::from_hours(24))
}

fn toml(tenants: usize, simulator: &Simulator) -> String {
    let mut toml = "[api]\nenabled = false\n\n[sources.entra]\ntype = \"entra_signins\"\n".to_owned();
    let url = simulator.login_endpoint();
    for TenantConfig { id, display_name: name, client_id, client_secret, .. } in
        (0..tenants).map(|number| tenant(number, 0))
    {
        write!(
            toml,
            "\n[[sources.entra.microsoft_365]]\nname = \"{name}\"\ntenant_id = \"{id}\"\nunlimited_requests = true\n\
             login_endpoint = \"{url}\"\ngraph_endpoint = \"{url}\"\nclient_id = \"{client_id}\"\n\
             auth.strategy = \"client_secret\"\nauth.client_secret = '{client_secret}'\n\
             \n[[sources.entra.azure_ad]]\nname = \"{name}-sign-ins\"\nconnector_tenant = \"{name}\"\nstart = \"25h\"\n",
        )
        .unwrap();
    }
    toml + "\n[sinks.out]\ntype = \"file\"\ninputs = [\"entra\"]\npath = \"out.ndjson\"\n"
}

/// The running program; it is killed when dropped.
struct Program(Child);

impl Program {
    fn start(directory: &TempDir, toml: &str) -> Self {
        let config = directory.path().join("entra-signins.toml");
        fs::write(&config, toml).unwrap();
        let log = File::create(directory.path().join("stderr.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_entra-signins-under-test"));
        command.args(["run", "-c"]).arg(config).current_dir(directory.path());
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap()
    }

    /// In the program and in the kernel on its behalf, on all cores.
    fn cpu_seconds(&self) -> f64 {
        let stat = self.proc("stat");
        // The name before may hold blanks; utime and stime are the fields 14 and 15.
        let (_name, fields) = stat.rsplit_once(") ").unwrap();
        let ticks: f64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
        ticks / TICKS_PER_SECOND
    }

    fn peak_mib(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Counts the lines of a file as it grows.
#[derive(Default)]
struct Lines {
    file: Option<File>,
    count: usize,
}

impl Lines {
    /// Waits until there are so many lines; answers when they were seen.
    async fn reach(&mut self, path: &Path, wanted: usize) -> Instant {
        let mut last = Instant::now();
        while self.count < wanted {
            tokio::time::sleep(LOOK).await;
            if self.look(path) > 0 {
                last = Instant::now();
            }
            assert!(Instant::now() - last < PATIENCE, "no new line for long: {} of {wanted}", self.count);
        }
        assert!(wanted == 1 || self.count == wanted, "more lines than sign-ins");
        last
    }

    fn look(&mut self, path: &Path) -> usize {
        let mut new = 0;
        if self.file.is_none() {
            self.file = File::open(path).ok();
        }
        if let Some(file) = &mut self.file {
            let mut block = vec![0; 1 << 20];
            while let length @ 1.. = file.read(&mut block).unwrap() {
                new += block[..length].split(|byte| *byte == b'\n').count() - 1;
            }
        }
        self.count += new;
        new
    }
}
