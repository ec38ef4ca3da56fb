//! Keeping one component running.

use std::any::Any;
use std::future::Future;
use std::time::Duration;

use collector::config::ComponentKey;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{error, warn};

use super::host::Host;
use crate::sinks::Stop;
use crate::sinks::retry::{Backoff, RetryPolicy};

/// The waits before a failed component is started again.
const RESTART: RetryPolicy = RetryPolicy { initial: Duration::from_secs(2), cap: Duration::from_mins(1) };
/// A component that ran so long before it failed begins with the shortest wait again.
const STEADY: Duration = Duration::from_mins(10);
/// How long a task that is cut off may take to be gone.
const CUT_OFF: Duration = Duration::from_secs(1);

/// How a run of a component ended.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Ended {
    /// It was asked to stop, or has nothing to do any more.
    Done,
    /// It can be tried again.
    Failed(String),
    /// It says itself that there is no use in going on.
    Hopeless,
}

/// What can be built and run again and again.
pub(super) trait Component: Send + Sync + 'static {
    /// Built, not yet running.
    type Built: Send;

    fn key(&self) -> &ComponentKey;

    fn stop(&self) -> &Stop;

    /// Builds it and shows it. The error is for people.
    fn build(&self) -> impl Future<Output = Result<Self::Built, String>> + Send;

    /// Runs it until it ends.
    fn run(&self, built: Self::Built) -> impl Future<Output = Ended> + Send;
}

/// Runs a component until it is done, starting it again whenever it fails. `first` is what was built already.
pub(super) async fn supervise<C: Component>(host: &Host, component: &C, mut first: Option<C::Built>) {
    let mut backoff = Backoff::new(RESTART);
    loop {
        let began = Instant::now();
        let built = match first.take() {
            Some(built) => Ok(built),
            None => component.build().await,
        };
        let ended = match built {
            Ok(built) => component.run(built).await,
            Err(reason) => Ended::Failed(format!("cannot be built: {reason}")),
        };
        let reason = match ended {
            Ended::Done => return,
            Ended::Hopeless => return host.give_up(),
            Ended::Failed(reason) => reason,
        };
        if began.elapsed() > STEADY {
            backoff = Backoff::new(RESTART);
        }
        host.overview.set_trouble(component.key(), &reason);
        let wait = backoff.next(None);
        error!(%reason, retry_in_secs = wait.as_secs_f64(), "A component has failed and is started again.");
        tokio::select! {
            biased;
            () = component.stop().asked.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", said.unwrap_or_default())
}

/// A component's task.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) stop: Stop,
    pub(super) task: JoinHandle<()>,
}

impl Running {
    /// Asks it to stop.
    pub(super) fn ask(&self) {
        self.stop.asked.cancel();
    }

    /// Waits until it has ended. At the deadline it is cut off: whether it ended by itself is the answer.
    pub(super) async fn ended_by(&mut self, key: &ComponentKey, deadline: Instant) -> bool {
        if self.task.is_finished() || timeout_at(deadline, &mut self.task).await.is_ok() {
            return true;
        }
        warn!(component_id = %key, "A component did not stop in time and is cut off; nothing acknowledged is lost.");
        self.stop.now.cancel();
        if timeout(CUT_OFF, &mut self.task).await.is_err() {
            self.task.abort();
        }
        false
    }
}
