//! The same mapping as a jq program, which is how many do it at first, run by jq and by jaq: all read a file of pages and write
//! lines.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::time::Instant;

use super::{naive, typed};

/// So many that jq's start does not count.
const PAGES: usize = 10;
/// The fastest of so many runs counts.
const RUNS: usize = 5;

/// Says how many times faster than each interpreter of jq programs this is; that it is skipped, if it is not there.
pub(crate) fn compare(page: &Bytes) {
    for program in ["jq", "jaq"] {
        compare_with(program, page);
    }
}

fn compare_with(program: &str, page: &Bytes) {
    let Ok(version) = Command::new(program).arg("--version").output() else {
        println!("\n{program}: skipped, since it is not installed");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("map.jq"), include_str!("map.jq")).unwrap();
    fs::write(path("countries.json"), serde_json::to_vec(&*naive::COUNTRIES).unwrap()).unwrap();
    fs::write(path("page.json"), page).unwrap();
    check(program, directory.path(), page);
    fs::write(path("page.json"), page.repeat(PAGES)).unwrap();
    let theirs = fastest(|| assert!(output_of(program, directory.path(), Stdio::null()).is_empty()));
    let ours = fastest(|| {
        let pages = Bytes::from(fs::read(path("page.json")).unwrap());
        let mut out = File::create("/dev/null").unwrap();
        let mut lines = Vec::new();
        for at in 0..PAGES {
            lines.clear();
            typed(&pages.slice(at * page.len()..(at + 1) * page.len()), &mut lines);
            out.write_all(&lines).unwrap();
        }
    });
    println!(
        "\n{}: {PAGES} pages in {theirs:.2?}; ours in {ours:.2?}: {:.0} times as fast (fastest of {RUNS})",
        String::from_utf8_lossy(&version.stdout).trim(),
        theirs.as_secs_f64() / ours.as_secs_f64()
    );
}

fn output_of(program: &str, directory: &Path, output: Stdio) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(["-c", "--slurpfile", "countries", "countries.json", "-f", "map.jq", "page.json"]);
    let child = command.current_dir(directory).stdout(output).spawn().unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    done.stdout
}

/// Both must say the same, but for `event_id`: jq has no hash to make it with.
fn check(program: &str, directory: &Path, page: &Bytes) {
    let mut lines = Vec::new();
    typed(page, &mut lines);
    let ours = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let theirs = output_of(program, directory, Stdio::piped());
    let mut theirs = theirs.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    for line in ours {
        let mut ours: Value = serde_json::from_slice(line).unwrap();
        ours.as_object_mut().unwrap().remove("event_id");
        assert_eq!(ours, serde_json::from_slice::<Value>(theirs.next().unwrap()).unwrap());
    }
    assert_eq!(theirs.next(), None);
}

fn fastest(mut run: impl FnMut()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    });
    times.min().unwrap()
}
