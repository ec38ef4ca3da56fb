//! The built program, running.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use tokio::process::{Child, Command};

use super::{PATIENCE, Scene};

/// The program that this crate builds afresh before its tests run.
pub fn program_path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_entra-signins-under-test"))
}

/// A running program; it is killed when dropped.
pub struct Program {
    child: Child,
    directory: PathBuf,
    stderr: PathBuf,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stderr: String,
}

impl Program {
    /// Starts the program with these arguments.
    pub fn start(scene: &Scene, arguments: &[&str]) -> Self {
        let mut command = Command::new(program_path());
        command.args(arguments);
        Self::spawn(scene, command)
    }

    /// Starts any command that ends up running the program.
    pub fn spawn(scene: &Scene, mut command: Command) -> Self {
        let stderr = scene.path("stderr.log");
        let append = |path: &Path| std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        let child = command
            .current_dir(scene.directory.path())
            .envs(scene.secrets())
            .stdin(Stdio::null())
            .stdout(append(&scene.path("stdout.ndjson")))
            .stderr(append(&stderr))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, directory: scene.directory.path().to_owned(), stderr }
    }

    /// Where its API listens, by the lock of its data directory; `None` until it does.
    pub fn api(&self) -> Option<String> {
        let process = self.child.id()?.to_string();
        let entries = std::fs::read_dir(&self.directory).unwrap().map(|entry| entry.unwrap().path());
        let locks = entries.filter_map(|path| std::fs::read_to_string(path.join("lock")).ok());
        let (_, address) = locks
            .filter_map(|lock| lock.trim().split_once('\n').map(|(by, at)| (by.to_owned(), at.to_owned())))
            .find(|(by, _)| *by == process)?;
        Some(format!("http://{address}"))
    }

    /// `GET` of a path of the API; `None` while it does not answer.
    pub async fn get(&self, path: &str) -> Option<(u16, String)> {
        let answer = reqwest::get(self.api()? + path).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// What `/api/v1/connectors` says.
    pub async fn status(&self) -> Option<Value> {
        serde_json::from_str(&self.get("/api/v1/connectors").await?.1).ok()
    }

    /// The counters of an Azure AD connector; empty while the program does not answer.
    pub async fn counters(&self, connector: &str) -> Value {
        let status = self.status().await.unwrap_or_default();
        let connectors = status["connectors"].as_array().cloned().unwrap_or_default();
        let named = connectors.into_iter().find(|line| line["name"] == connector);
        named.map(|line| line["counters"].clone()).unwrap_or_default()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// The most memory that it has held so far.
    pub fn peak_mib(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Kills it on the spot.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub async fn stop(mut self) -> Ended {
        self.signal("-TERM");
        self.ended().await
    }

    /// Waits until it ends.
    pub async fn ended(&mut self) -> Ended {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("it does not end:\n{}", self.log())).unwrap();
        Ended { status, stderr: self.log() }
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }
}

/// What it said last tells most of why a scenario failed.
impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            eprintln!("the program's last words:\n{}", lines[lines.len().saturating_sub(20)..].join("\n"));
        }
    }
}
