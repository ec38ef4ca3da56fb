//! Simulated tenants, and the configuration that reads them.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use graph_simulator::{Fault, FaultKind, Limits, Simulator, SimulatorConfig, TenantConfig};
use tempfile::TempDir;
use uuid::Uuid;

use crate::program::Program;

/// What one run is about.
pub(crate) struct Plan {
    pub(crate) tenants: usize,
    /// App registrations, over which the tenants are spread evenly.
    pub(crate) apps: usize,
    /// In the last day, over all tenants.
    pub(crate) history: usize,
    /// Sign-ins per second over all tenants from the start on.
    pub(crate) live: f64,
    /// Whether Microsoft's request limits hold.
    pub(crate) limits: bool,
    /// How long Graph takes to answer, besides making the answer.
    pub(crate) answer_millis: u64,
    /// Added to each Azure AD connector's table.
    pub(crate) child: String,
    /// The table of the sink; by default a file.
    pub(crate) sink: Option<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            tenants: 1,
            apps: 1,
            history: 0,
            live: 0.0,
            limits: true,
            answer_millis: 0,
            child: String::new(),
            sink: None,
        }
    }
}

/// A simulated Microsoft, the program that reads it, and the directory where that works.
pub(crate) struct Scene {
    pub(crate) simulator: Simulator,
    pub(crate) program: Program,
    directory: TempDir,
}

impl Scene {
    pub(crate) async fn start(plan: &Plan) -> Self {
        let simulator = Simulator::start(SimulatorConfig {
            limits: if plan.limits { Limits::default() } else { Limits::off() },
            ..SimulatorConfig::with_tenants(plan.tenants())
        });
        let simulator = simulator.await.unwrap();
        if plan.answer_millis > 0 {
            for tenant in simulator.tenants() {
                tenant.inject(Fault::new(FaultKind::Delay { millis: plan.answer_millis }).always());
            }
        }
        // Beside the build, since a temporary directory may be in memory.
        let directory = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let program = Program::start(directory.path(), &plan.toml(&simulator));
        Self { simulator, program, directory }
    }

    /// What the file sink writes.
    pub(crate) fn out(&self) -> PathBuf {
        self.directory.path().join("out.ndjson")
    }

    /// Sign-ins that there are, over all tenants.
    pub(crate) fn sign_ins(&self) -> usize {
        self.simulator.tenants().iter().map(graph_simulator::TenantHandle::sign_in_count).sum()
    }

    pub(crate) async fn end(self) {
        drop(self.program);
        self.simulator.shutdown().await;
    }
}

impl Plan {
    fn tenants(&self) -> Vec<TenantConfig> {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand tenants")]
        let live = self.live / self.tenants as f64;
        let tenant = |number: usize| {
            let id = Uuid::from_u128(0xc0ff_ee00_1234_4abc_8def_0000_0000_0000 + number as u128);
            TenantConfig {
                client_id: format!("0a990000-0000-4000-8000-{:012}", number % self.apps),
                ..TenantConfig::new(id, &format!("Contoso{number}"))
            }
            .history(self.history / self.tenants, Duration::from_hours(24))
            .live(live)
        };
        (0..self.tenants).map(tenant).collect()
    }

    fn toml(&self, simulator: &Simulator) -> String {
        let mut toml = "[api]\nenabled = false\n\n[sources.entra]\ntype = \"entra_signins\"\n".to_owned();
        let (url, child) = (simulator.login_endpoint(), &self.child);
        let limits = if self.limits { "" } else { "unlimited_requests = true\n" };
        for TenantConfig { id, display_name: name, client_id, client_secret, .. } in self.tenants() {
            write!(
                toml,
                "\n[[sources.entra.microsoft_365]]\nname = \"{name}\"\ntenant_id = \"{id}\"\n{limits}\
                 login_endpoint = \"{url}\"\ngraph_endpoint = \"{url}\"\nclient_id = \"{client_id}\"\n\
                 auth.strategy = \"client_secret\"\nauth.client_secret = '{client_secret}'\n\
                 \n[[sources.entra.azure_ad]]\nname = \"{name}-sign-ins\"\nconnector_tenant = \"{name}\"\n\
                 start = \"25h\"\n{child}",
            )
            .unwrap();
        }
        let file = "[sinks.out]\ntype = \"file\"\ninputs = [\"entra\"]\npath = \"out.ndjson\"\n";
        format!("{toml}\n{}", self.sink.as_deref().unwrap_or(file))
    }
}
