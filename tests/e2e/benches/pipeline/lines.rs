//! The file sink's file as it grows.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// No line for so long: something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

/// Counts the lines of a file.
#[derive(Default)]
pub(crate) struct Lines {
    file: Option<File>,
    pub(crate) count: usize,
}

impl Lines {
    /// Waits until there are so many lines; answers when they were seen.
    pub(crate) async fn reach(&mut self, path: &Path, wanted: usize) -> Instant {
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

    /// Counts what is new since the last look.
    pub(crate) fn look(&mut self, path: &Path) -> usize {
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
