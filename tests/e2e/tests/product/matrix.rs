//! Every kind of fault in every phase of the program's life, each at a tenant of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graph_simulator::{
    Endpoint, Fault, FaultKind, Instability, KindMix, Lateness, NewSignIn, Revisions, SignInKind,
    SimulatorConfig, TenantConfig, TenantHandle,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{PATIENCE, Program, Scene, eventually, ids_in, is_flawed};

/// What the process may take, whatever happens.
const MOST_MIB: u64 = 256;
/// History of each tenant.
const HISTORY: Duration = Duration::from_hours(2);
/// How long before the start the instant lies at which faults of old sign-ins are aimed: no live read reaches back so far.
const LONG_AGO: SignedDuration = SignedDuration::from_mins(70);
/// Between two looks at the status.
const LOOK: Duration = Duration::from_millis(300);

/// Faults that must show while they last, by what: only a person can end them, as far as anybody can tell.
const SHOWN: [(&str, &str); 2] =
    [("forbidden", "Pending user consent: permission_missing"), ("invalid_filter", "Error: invalid_filter")];

/// The reason before there is any answer.
const NOT_ASKED_YET: &str = "checking";

/// Scenario: each fault happens to the first requests that there are. Guarantee: as [`Matrix::settle`] has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_in_the_first_run() {
    let mut matrix = Matrix::new("first run", 1).await;
    matrix.inject(None);
    let program = matrix.scene.run();
    matrix.settle(&program).await;
    matrix.end(program).await;
}

/// Scenario: each happens to history alone, while live sign-ins go on. Guarantee: the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_in_a_back_fill() {
    let mut matrix = Matrix::new("back-fill", 2).await;
    matrix.inject(Some(matrix.scene.simulator.now() - LONG_AGO));
    let program = matrix.scene.run();
    matrix.add(matrix.scene.simulator.now());
    matrix.settle(&program).await;
    matrix.end(program).await;
}

/// Scenario: everything has arrived; each happens to a read of the newest sign-ins. Guarantee: the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_at_the_live_edge() {
    let mut matrix = Matrix::new("live", 3).await;
    let program = matrix.complete().await;
    matrix.inject(None);
    matrix.add(matrix.scene.simulator.now());
    matrix.settle(&program).await;
    matrix.end(program).await;
}

/// Scenario: everything has arrived and half an hour passes; some sign-ins show late, and each fault happens to the re-read that is to
/// find them. Guarantee: the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_in_a_re_read() {
    let mut matrix = Matrix::new("re-read", 4).await;
    let at = matrix.scene.simulator.now() - SignedDuration::from_mins(5);
    let program = matrix.complete().await;
    matrix.inject(Some(at));
    matrix.add(at);
    matrix.scene.simulator.jump_clock(SignedDuration::from_mins(30));
    matrix.settle(&program).await;
    matrix.end(program).await;
}

/// Scenario: each happens while the configuration is changed and loaded again. Guarantee: the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_in_a_reload() {
    let mut matrix = Matrix::new("reload", 5).await;
    let program = matrix.complete().await;
    matrix.inject(None);
    matrix.add(matrix.scene.simulator.now());
    matrix.scene.child = matrix.scene.child.replace("poll_interval_secs = 10", "poll_interval_secs = 11");
    matrix.scene.write();
    program.signal("-HUP");
    matrix.settle(&program).await;
    matrix.end(program).await;
}

/// Scenario: each happens while the program is asked to stop, or when it runs again. Guarantee: it stops in good order, and the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_in_a_shutdown() {
    let mut matrix = Matrix::new("shutdown", 6).await;
    let program = matrix.complete().await;
    matrix.inject(None);
    matrix.add(matrix.scene.simulator.now());
    eventually("some faults have happened", async || {
        matrix.tenants().iter().any(|tenant| !tenant.faults_happened().is_empty())
    })
    .await;
    let ended = program.stop().await;
    assert!(ended.status.success(), "{}", ended.stderr);
    matrix.inject_shown_again();
    let program = matrix.scene.run();
    matrix.settle(&program).await;
    matrix.end(program).await;
}

/// One phase with all faults: a cell is a tenant, named after its fault.
struct Matrix {
    phase: &'static str,
    scene: Scene,
    /// Statuses that are not Connected, with their reasons, by tenant.
    seen: BTreeMap<String, BTreeSet<String>>,
}

impl Matrix {
    async fn new(phase: &'static str, number: u128) -> Self {
        let faults = FaultKind::examples().into_iter().map(|kind| kind.name());
        let others = ["instability", "lateness", "revisions"].map(str::to_owned);
        let tenants =
            faults.chain(others).zip(1..).map(|(name, place)| tenant(&name, number * 1_000 + place));
        let config =
            SimulatorConfig { token_life: Duration::from_mins(1), ..SimulatorConfig::with_tenants(tenants) };
        let mut scene = Scene::new(config).await;
        scene.child = String::from(
            "poll_interval_secs = 10\nstart = \"3h\"\npage_size = 10\n\
                       sign_in_event_types = [\"interactiveUser\", \"servicePrincipal\"]\n",
        );
        Self { phase, scene, seen: BTreeMap::new() }
    }

    fn tenants(&self) -> Vec<TenantHandle> {
        self.scene.simulator.tenants()
    }

    /// Switches on each tenant's fault; what happens to sign-ins only where this instant is asked for.
    fn inject(&self, instant: Option<Timestamp>) {
        for (kind, tenant) in FaultKind::examples().into_iter().zip(self.tenants()) {
            assert_eq!(kind.name(), tenant.display_name());
            inject(&tenant, kind, instant);
        }
    }

    /// Switches those faults on again that must show and have happened to a program that has ended: nobody may have looked then.
    fn inject_shown_again(&self) {
        for (kind, tenant) in FaultKind::examples().into_iter().zip(self.tenants()) {
            let must_show = SHOWN.iter().any(|(fault, _)| *fault == kind.name());
            if must_show && tenant.faults().is_empty() {
                inject(&tenant, kind, None);
            }
        }
    }

    /// Adds sign-ins of the half minute before this instant to each tenant, more than a page of each kind. No two of a kind share a
    /// second: where they do, nobody can see in which order they come.
    fn add(&self, until: Timestamp) {
        for tenant in self.tenants() {
            let kinds = [SignInKind::InteractiveUser, SignInKind::ServicePrincipal].into_iter().cycle();
            let new = kinds.zip(0..30).map(|(kind, second)| NewSignIn {
                created: Some(until - SignedDuration::from_secs(second)),
                kind: Some(kind),
                ..NewSignIn::default()
            });
            tenant.add_sign_ins(new);
        }
    }

    /// Runs until everything of before has arrived.
    async fn complete(&mut self) -> Program {
        let program = self.scene.run();
        eventually("everything of before has arrived", async || self.scene.is_complete()).await;
        program
    }

    /// Waits until every fault has happened, every sign-in has arrived, and every connector is Connected.
    async fn settle(&mut self, program: &Program) {
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        loop {
            let unsettled = self.unsettled(program).await;
            if unsettled.is_empty() {
                return;
            }
            tokio::select! {
                () = &mut patience => panic!("{}: {unsettled:#?}", self.phase),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// The cells that are not done, with what is left. Keeps what the status says meanwhile.
    async fn unsettled(&mut self, program: &Program) -> BTreeMap<String, String> {
        let mut unsettled = BTreeMap::new();
        let status = program.status().await.unwrap_or_default();
        let connectors = status["connectors"].as_array().cloned().unwrap_or_default();
        for connector in &connectors {
            let shown = connector["status"].as_str().unwrap();
            if shown != "Connected" && connector["reason"] == NOT_ASKED_YET {
                unsettled.insert(connector["name"].to_string(), NOT_ASKED_YET.to_owned());
            } else if shown != "Connected" {
                let cell = connector["name"].as_str().unwrap().trim_end_matches("-sign-ins").to_owned();
                let shown = format!("{shown}: {}", connector["reason"].as_str().unwrap_or_default());
                self.seen.entry(cell.clone()).or_default().insert(shown.clone());
                unsettled.insert(cell, shown);
            }
        }
        let arrived: BTreeSet<_> = ids_in(&self.scene.delivered()).into_iter().collect();
        for tenant in self.tenants() {
            let missing =
                tenant.truth().iter().filter(|it| !arrived.contains(&(tenant.id(), it.id.clone()))).count();
            let faults = tenant.faults();
            if missing > 0 || !faults.is_empty() || connectors.is_empty() {
                let left = format!("{missing} missing, faults to come: {faults:?}");
                unsettled.insert(tenant.display_name().to_owned(), left);
            }
        }
        unsettled
    }

    /// Stops, and asserts that each sign-in came once, that memory stayed bounded, and that the status said what was to be said.
    async fn end(self, program: Program) {
        let peak = program.peak_mib();
        let ended = program.stop().await;
        assert!(ended.status.success(), "{}", ended.stderr);
        assert!(peak < MOST_MIB, "{}: {peak} MiB", self.phase);
        let (flawed, good): (Vec<_>, Vec<Value>) = self.scene.delivered().into_iter().partition(is_flawed);
        self.scene.assert_exact(&good);
        let flawed = ids_in(&flawed);
        assert_eq!(
            flawed.iter().collect::<BTreeSet<_>>().len(),
            flawed.len(),
            "{}: some came twice",
            self.phase
        );
        for (cell, shown) in &self.seen {
            let wanted = SHOWN.iter().find(|(fault, _)| fault == cell).map(|(_, shown)| *shown);
            let fits = |shown: &String| wanted.is_some_and(|wanted| shown.starts_with(wanted));
            assert!(shown.iter().all(fits), "{}, {cell}: {shown:?}", self.phase);
        }
        for (fault, _) in SHOWN {
            assert!(self.seen.contains_key(fault), "{}: {fault} was not shown", self.phase);
        }
    }
}

fn inject(tenant: &TenantHandle, kind: FaultKind, instant: Option<Timestamp>) {
    let fault = Fault::new(kind);
    let at_login = matches!(fault.kind, FaultKind::Aadsts { .. });
    tenant.inject(match instant {
        Some(instant) if !at_login => fault.asking_for(instant),
        _ => fault.on(if at_login { Endpoint::Token } else { Endpoint::SignIns }),
    });
}

fn tenant(name: &str, number: u128) -> TenantConfig {
    let mix =
        KindMix { interactive_user: 1, service_principal: 1, ..KindMix::only(SignInKind::InteractiveUser) };
    let tenant =
        TenantConfig { mix, ..TenantConfig::new(Uuid::from_u128(number), name).history(60, HISTORY) };
    match name {
        "instability" => TenantConfig {
            instability: Instability { missing: 0.3, settles_after: Duration::from_secs(45) },
            ..tenant
        },
        "lateness" => tenant.lateness(Lateness::Uniform(Duration::ZERO, Duration::from_secs(30))),
        "revisions" => {
            TenantConfig { revisions: Revisions { share: 0.5, after: Duration::from_secs(5) }, ..tenant }
        }
        _ => tenant,
    }
}
