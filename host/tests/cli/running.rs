//! `run` and what talks to it: signals, a second process, `status`, a changed configuration.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::{program, run_in};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A connector that finds nobody, and a file.
const CONFIGURATION: &str = "\
[api]
address = '127.0.0.1:0'
[sources.entra]
type = 'entra_signins'
[[sources.entra.microsoft_365]]
name = 'contoso'
tenant_id = '72f988bf-86f1-41af-91ab-2d7cd011db47'
client_id = '11111111-2222-3333-4444-555555555555'
login_endpoint = 'http://127.0.0.1:9'
graph_endpoint = 'http://127.0.0.1:9'
auth.strategy = 'client_secret'
auth.client_secret = 'a-secret'
[[sources.entra.azure_ad]]
name = 'contoso-sign-ins'
connector_tenant = 'contoso'
[sinks.out]
type = 'file'
inputs = ['entra']
path = 'out.ndjson'
";

/// A running program; killed if a test ends early.
struct Running {
    directory: TempDir,
    child: Child,
}

impl Running {
    /// Starts it and waits until it answers.
    fn start() -> Self {
        Self::with(CONFIGURATION)
    }

    fn with(configuration: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.toml"), configuration).unwrap();
        let log = File::create(directory.path().join("log")).unwrap();
        let mut command = program();
        command.args(["run", "-c", "a.toml"]).current_dir(directory.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let running = Self { directory, child };
        running.wait("it runs", |status| status["state"] == "running");
        running
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).unwrap()
    }

    fn write(&self, configuration: &str) {
        std::fs::write(self.path().join("a.toml"), configuration).unwrap();
    }

    /// What `status --json` says, if something answers.
    fn status(&self) -> Option<Value> {
        serde_json::from_str(&run_in(self.path(), &["status", "--json", "-c", "a.toml"]).out).ok()
    }

    /// Waits until the status is so.
    fn wait(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut waited = Duration::ZERO;
        loop {
            match self.status() {
                Some(status) if is(&status) => return status,
                status => assert!(waited < PATIENCE, "not so: {what}: {status:#?}\n{}", self.log()),
            }
            std::thread::sleep(LOOK_AGAIN);
            waited += LOOK_AGAIN;
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a signal and waits for the end; its exit code.
    fn end(&mut self, signal: &str) -> Option<i32> {
        self.signal(signal);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Scenario: a program runs whose Microsoft cannot be reached; somebody asks for its status, starts it a second time,
/// validates its configuration, asks it to stop, and asks for its status again.
/// Guarantee: the status says what is wrong and so does its exit code; the second process is refused; the validation leaves
/// Microsoft to the first; the stop is clean; afterwards nobody answers.
#[test]
fn a_program_and_its_status() {
    let mut running = Running::start();
    let unreachable = |status: &Value| status["connectors"][0]["status"] == "Error";
    let status = running.wait("the connector fails", unreachable);
    assert_eq!(status["connectors"][0]["name"], "contoso");
    assert_eq!(status["sinks"][0]["key"], "out");
    assert_eq!(status["journal"]["events"], 0);

    let table = run_in(running.path(), &["status", "-c", "a.toml"]);
    assert_eq!(table.code, Some(1));
    for part in ["CONNECTOR", "contoso-sign-ins", "Microsoft Azure AD", "what to do: ", "out   file"] {
        assert!(table.out.contains(part), "{part} in {}", table.out);
    }
    let variable = format!("data_dir = '${{ENTRA_SIGNINS_NOT_SET:-data}}'\n{CONFIGURATION}");
    std::fs::write(running.path().join("variable.toml"), variable).unwrap();
    assert_eq!(run_in(running.path(), &["status", "-c", "variable.toml"]).code, Some(1));
    // Its address is taken too, which says less than whose the data directory is.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let again = CONFIGURATION.replace("127.0.0.1:0", &taken.local_addr().unwrap().to_string());
    std::fs::write(running.path().join("again.toml"), again).unwrap();
    let second = run_in(running.path(), &["run", "-c", "again.toml"]);
    assert_eq!(second.code, Some(75), "{}", second.err);
    assert!(second.err.contains(&format!("process {}", running.child.id())), "{}", second.err);
    assert!(!second.err.contains("served"), "{}", second.err);

    let validated = run_in(running.path(), &["validate", "-c", "a.toml"]);
    assert_eq!(validated.code, Some(0), "{}{}", validated.out, validated.err);
    let process = format!("process {} runs on this data directory", running.child.id());
    assert!(
        validated.out.contains(&process) && validated.out.contains("`entra-signins status`"),
        "{}",
        validated.out
    );
    assert!(!validated.err.contains("trying source"), "{}", validated.err);

    assert_eq!(running.end("-TERM"), Some(0), "{}", running.log());
    let nobody = run_in(running.path(), &["status", "-c", "a.toml"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (Some(69), ""));
}

/// Scenario: the configuration of a running program becomes broken, is mended with another file for its sink, and
/// SIGHUP comes.
/// Guarantee: broken, everything goes on and the status says why; mended, the new file is used; SIGHUP does no harm.
#[test]
fn a_changed_configuration_is_used() {
    let mut running = Running::start();
    running.write(&CONFIGURATION.replace("inputs =", "inptus ="));
    let broken = running.wait("it is broken", |status| status["config_error"].is_string());
    assert!(broken["config_error"].as_str().unwrap().contains("sinks.out.inputs"), "{broken}");
    assert_eq!(broken["sinks"][0]["state"]["name"], "working");

    running.write(&CONFIGURATION.replace("out.ndjson", "other.ndjson"));
    running.wait("it is mended", |status| status["config_error"].is_null());
    running.wait("the other file is there", |_| running.path().join("other.ndjson").exists());
    running.signal("-HUP");
    running.wait("it still runs", |status| status["state"] == "running");
    assert_eq!(running.end("-INT"), Some(0), "{}", running.log());
}

/// Somebody who listens: its address, and what it will have been asked first.
fn somebody() -> (String, JoinHandle<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = String::new();
        for line in BufReader::new(stream.try_clone().unwrap()).lines() {
            match line.unwrap() {
                line if line.is_empty() => break,
                line => head.extend([line.to_lowercase().as_str(), "\n"]),
            }
        }
        stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").unwrap();
        head
    });
    (address, asked)
}

/// Scenario: reading takes the token, which stands in its file, made or configured; commands are run while the program runs, and, when it has stopped and somebody else listens
/// at its address, with and without a token in the environment. Guarantee: the program is shown the token of the file, the other one only what the environment says.
#[test]
fn a_token_is_shown_to_the_running_program_alone() {
    let token = "a-token-that-is-long-enough";
    let public = CONFIGURATION.replace("[api]", "[api]\npublic_url = 'https://siem.example'");
    let mut running = Running::with(&public);
    assert_eq!(running.end("-TERM"), Some(0), "{}", running.log());
    assert!(running.path().join("data/console.token").exists());

    std::fs::write(running.path().join("token"), token).unwrap();
    let own_file = public.replace("[api]", "[api]\ntoken_file = 'token'");
    for (configuration, variable) in [(&public, None), (&own_file, None), (&own_file, Some(token))] {
        for command in
            [["status", "-c", "a.toml"].as_slice(), &["connectors", "authorize", "contoso", "-c", "a.toml"]]
        {
            let (address, asked) = somebody();
            running.write(&configuration.replace("127.0.0.1:0", &address));
            let mut command_line = program();
            command_line.args(command).current_dir(running.path()).stdin(Stdio::null());
            let ran =
                command_line.envs(variable.map(|token| ("ENTRA_SIGNINS_TOKEN", token))).output().unwrap();
            assert_eq!(ran.status.code(), Some(69));
            assert!(String::from_utf8(ran.stderr).unwrap().contains("ENTRA_SIGNINS_TOKEN"));
            let head = asked.join().unwrap();
            assert_eq!(head.contains("authorization: bearer"), variable.is_some(), "{head}");
        }
    }
}

/// Scenario: the program is served by https, with a certificate for another name than its address, whose authority nobody knows; then somebody else with
/// another certificate stands there. Guarantee: commands reach the program, and nobody else.
#[test]
fn commands_know_the_program_by_its_certificate() {
    let certificates = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sinks/client/tests/certificates");
    let tls = |name: &str| {
        let file = |end: &str| certificates.join(format!("{name}.{end}")).display().to_string();
        CONFIGURATION.replace(
            "[sources.entra]",
            &format!(
                "tls = {{ crt_file = '{}', key_file = '{}' }}\n[sources.entra]",
                file("pem"),
                file("key.pem")
            ),
        )
    };
    let mut running = Running::with(&tls("elsewhere"));
    assert!(running.log().contains("https://localhost:"), "{}", running.log());
    std::fs::write(running.path().join("other.toml"), tls("server")).unwrap();
    let other = run_in(running.path(), &["status", "-c", "other.toml"]);
    assert_eq!((other.code, other.out.as_str()), (Some(69), ""));
    assert!(other.err.contains("certificate"), "{}", other.err);
    assert_eq!(running.end("-TERM"), Some(0), "{}", running.log());
}

/// Scenario: something listens on the configured address already.
/// Guarantee: the program says so and does not start.
#[test]
fn a_taken_address_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let configuration = CONFIGURATION.replace("127.0.0.1:0", &address);
    std::fs::write(directory.path().join("a.toml"), configuration).unwrap();
    let ran = run_in(directory.path(), &["run", "-c", "a.toml"]);
    assert_eq!(ran.code, Some(69));
    assert!(ran.err.contains(&address) && ran.err.contains("api.address"), "{}", ran.err);
    assert!(!directory.path().join("data/journal").exists(), "nothing is made");
}

/// Scenario: connectors in which a user signs in: one with a code, one in a browser, at a Microsoft that cannot be reached; and one that nobody
/// knows. Guarantee: each waits for somebody and names the command, which says what to do or why it is not authorized.
#[test]
fn a_connector_waits_to_be_authorized() {
    let mut running = Running::start();
    let strategy = |strategy: &str| {
        let secret = "auth.strategy = 'client_secret'\nauth.client_secret = 'a-secret'";
        CONFIGURATION.replace(secret, &format!("auth.strategy = '{strategy}'"))
    };
    let authorize = |name: &str| run_in(running.path(), &["connectors", "authorize", name, "-c", "a.toml"]);
    let pending = |status: &Value| {
        let connector = &status["connectors"][0];
        let way_out = connector["way_out"]["text"].as_str().unwrap_or_default();
        connector["reason"] == "not_authorized" && way_out.contains("connectors authorize contoso")
    };
    running.write(&strategy("device_code"));
    running.wait("somebody is wanted", pending);
    let unreachable = authorize("contoso");
    assert_eq!((unreachable.code, unreachable.out.as_str()), (Some(1), ""));
    assert!(unreachable.err.contains("cannot be reached"), "{}", unreachable.err);
    assert_eq!(authorize("nobody").code, Some(64));

    running.write(&strategy("authorization_code"));
    let in_console = |status: &Value| {
        let way_out = status["connectors"][0]["way_out"]["text"].as_str();
        pending(status) && way_out.is_some_and(|text| text.contains("press Authorize in the console"))
    };
    running.wait("a browser would do", in_console);
    let console = authorize("contoso-sign-ins");
    assert_eq!(console.code, Some(0), "{}", console.err);
    assert!(
        console.out.contains("http://localhost:") && console.out.contains("press Authorize"),
        "{}",
        console.out
    );
    assert_eq!(running.end("-TERM"), Some(0), "{}", running.log());
}
