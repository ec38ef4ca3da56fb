//! A source that behaves as its configuration tells.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use collector::config::{BuildError, Source, SourceConfig, SourceContext, SourceDescription, SourceOutput};
use collector::event::LogEvent;
use collector::finalization::BatchStatus;
use collector::schema::Schemas;
use collector::settings::{Problems, Table};

pub(super) const DESCRIPTION: SourceDescription =
    SourceDescription { name: "probe", description: "Behaves as told.", example: "", configure };

/// Between two events of a source that keeps sending.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
struct Probe {
    behaviour: String,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a source's description")]
fn configure(table: &Table) -> Result<Box<dyn SourceConfig>, Problems> {
    Ok(Box::new(Probe { behaviour: table.str("behaviour").unwrap_or_default().to_owned() }))
}

/// How often the source with this directory has been run.
pub(super) fn runs(directory: &Path) -> usize {
    std::fs::read_to_string(directory.join("runs")).unwrap_or_default().lines().count()
}

#[async_trait]
impl SourceConfig for Probe {
    async fn build(&self, cx: SourceContext) -> Result<Source, BuildError> {
        if self.behaviour == "cannot be built" {
            return Err("as told".into());
        }
        Ok(Box::pin(run(self.behaviour.clone(), cx)))
    }

    fn outputs(&self) -> Vec<SourceOutput> {
        vec![SourceOutput::new_logs(Vec::new())]
    }

    fn can_acknowledge(&self) -> bool {
        true
    }

    fn schemas(&self) -> Schemas {
        Schemas::only("probe")
    }
}

/// An event that does not compress.
fn large() -> LogEvent {
    let bytes: Vec<u8> = (0..4096).flat_map(|_| uuid::Uuid::new_v4().into_bytes()).collect();
    let mut event = LogEvent::default();
    event.metadata_mut().raw = Some(bytes.into());
    event
}

/// Sends one event that says which run it is, waits for its acknowledgement, and then behaves.
async fn run(behaviour: String, cx: SourceContext) -> Result<(), ()> {
    let SourceContext { key, globals, mut shutdown, out, .. } = cx;
    let directory = globals.resolve_and_make_data_subdir(&key).unwrap();
    let options = std::fs::OpenOptions::new().create(true).append(true).open(directory.join("runs"));
    writeln!(options.unwrap(), "run").unwrap();
    let run = runs(&directory);

    let mut event = LogEvent::default();
    event.insert("run", i64::try_from(run).unwrap());
    out.send_event(event).await.unwrap().await;
    match behaviour.as_str() {
        "panics once" if run == 1 => panic!("as told"),
        "sees no hope" => return Err(()),
        "does not stop" => std::future::pending::<()>().await,
        "keeps sending" => {
            while tokio::time::timeout(PAUSE, &mut shutdown).await.is_err() {
                out.send_event(LogEvent::default()).await.unwrap().await;
            }
        }
        "fills" => while out.send_event(large()).await.unwrap().await.status == BatchStatus::Delivered {},
        _ => {}
    }
    let _token = (&mut shutdown).await;
    // What a source sends while it stops arrives as well.
    let mut last = LogEvent::default();
    last.insert("last", true);
    out.send_event(last).await.unwrap().await;
    Ok(())
}
