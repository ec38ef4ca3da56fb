//! The built program, and what Linux knows of it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Of `/proc/PID/stat`: what Linux calls a hundredth of a second, on every platform that it runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// The running program; it is killed when dropped.
pub(crate) struct Program(Child);

impl Program {
    /// Runs with this configuration in this directory.
    pub(crate) fn start(directory: &Path, toml: &str) -> Self {
        let config = directory.join("entra-signins.toml");
        fs::write(&config, toml).unwrap();
        let log = File::create(directory.join("stderr.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_entra-signins-under-test"));
        command.args(["run", "-c"]).arg(config).current_dir(directory);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0.id())).unwrap()
    }

    /// In the program and in the kernel on its behalf, on all cores.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = self.proc("stat");
        // The name before may hold blanks; utime and stime are the fields 14 and 15.
        let (_name, fields) = stat.rsplit_once(") ").unwrap();
        let ticks: f64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
        ticks / TICKS_PER_SECOND
    }

    /// The most memory that was resident so far.
    pub(crate) fn peak_mib(&self) -> f64 {
        self.mib("VmHWM:")
    }

    /// The memory that is resident now.
    pub(crate) fn resident_mib(&self) -> f64 {
        self.mib("VmRSS:")
    }

    fn mib(&self, name: &str) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
