//! The built program, running.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use tokio::process::{Child, Command};

use super::{PATIENCE, Scene};

/// The program that this crate builds afresh before its tests run.
pub fn program_path() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_entra-signins-under-test"))
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A running program; it is killed when dropped.
pub struct Program {
    child: Child,
    stderr: PathBuf,
    api: String,
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
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&stderr).unwrap();
        let child = command
            .current_dir(scene.directory.path())
            .envs(scene.secrets())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, stderr, api: format!("http://127.0.0.1:{}", scene.api_port) }
    }

    /// `GET` of a path of the API; `None` while it does not answer.
    pub async fn get(&self, path: &str) -> Option<(u16, String)> {
        let answer = reqwest::get(format!("{}{path}", self.api)).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    /// What `/api/v1/connectors` says.
    pub async fn status(&self) -> Option<Value> {
        serde_json::from_str(&self.get("/api/v1/connectors").await?.1).ok()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
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
