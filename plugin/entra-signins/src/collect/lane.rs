//! One reader of a stream: plans a window, walks its pages, sends what is new, and moves on only what the host has.
//!
//! Several batches may be in flight; they are committed in order. When the host does not take one, everything of this
//! lane that is in flight is forgotten, and the lane begins again where its last commit left it.

mod commit;
mod page;
mod recount;
mod together;

use std::sync::Arc;
use std::time::Duration;

use collector::finalizer::OrderedFinalizer;
use collector::internal_event::{ErrorStage, ErrorType};
use collector::sender::SourceSender;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::count::Counting;
use super::fetch::{Failure, Wanted};
use super::found::Found;
use super::part::Part;
use super::planner::{self, Lane, Window, WindowLength};
use super::stream::Stream;
use super::walk::{Request, Walk};
use crate::coverage::{Interval, Second};
use crate::graph::{NextLink, Refusal};
use crate::state::StateError;
use crate::status::{Observation, not_delivered, state_failed};

use commit::Entry;

/// Batches on their way at once.
const MOST_IN_FLIGHT: usize = 4;
/// The first wait after the host or the state has not taken something; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// The wait after a window of which not a second counts as read: the server's clock is behind what was thought.
const NO_PROGRESS_WAIT: Duration = Duration::from_secs(5);
/// The first wait after a refusal that only a person can undo; it doubles up to [`LONGEST_REFUSAL`].
const FIRST_REFUSAL: Duration = Duration::from_secs(15);
const LONGEST_REFUSAL: Duration = Duration::from_mins(5);
/// The reason that stands when the licence check was refused too often.
const NO_LICENCE: &str = Refusal::NoLicence.reason();
/// A refused licence check is looked at again after this long.
const LICENCE_WAIT: Duration = Duration::from_hours(1);

/// By how much seconds that were read may seem to lie ahead of the server's clock, which is coarse.
const CLOCK_SLACK: Second = 2;

/// Why a window was left before its end.
#[derive(Debug)]
enum Left {
    /// The source is asked to stop, or the host takes nothing more.
    Stopped,
    /// The host has not taken something: go back.
    NotDelivered(String),
    /// The state has not taken something, or does not know it: go back.
    StateFailed(StateError),
    /// Microsoft refuses; whoever can must act.
    Refused { no_licence: bool },
    /// What is wrong with both kinds is found out with each alone.
    Parted,
}

/// One lane of one stream.
pub(crate) struct Reader {
    stream: Arc<Stream>,
    lane: Lane,
    out: Option<SourceSender>,
    shutdown: CancellationToken,
    length: WindowLength,
    setbacks: u32,
    /// Seconds with new sign-ins that do not count as read yet.
    found: Found,
    /// The stream that is read along with this one, in the window at hand.
    second: Option<Arc<Stream>>,
    /// How well Graph counts.
    counting: Counting,
    /// The hour that the last read was the last of, if a count should be held against it.
    just_read: Option<Interval>,
}

impl Reader {
    pub(crate) fn new(
        stream: Arc<Stream>,
        lane: Lane,
        out: SourceSender,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            stream,
            lane,
            out: Some(out),
            shutdown,
            length: WindowLength::default(),
            setbacks: 0,
            found: Found::default(),
            second: None,
            counting: Counting::default(),
            just_read: None,
        }
    }

    /// Reads until it is asked to stop; then waits for the last acknowledgements.
    pub(crate) async fn run(mut self) {
        while !self.shutdown.is_cancelled() {
            let wait = match self.plan().await {
                // Boxed, since most lanes of a thousand tenants wait most of the time.
                Ok(window) => {
                    self.second = self.second_of(window).await;
                    let guard = self.distrust_after_panic();
                    let wait = Box::pin(self.read(window)).await;
                    drop(guard);
                    Box::pin(self.look_at_count()).await;
                    wait
                }
                Err(wait) => wait,
            };
            Box::pin(self.compare_together()).await;
            tokio::select! {
                () = self.shutdown.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
                () = self.stream.edge_moved.notified(), if self.may_follow_the_edge() => {}
            }
        }
    }

    /// Until the live edge has been read there is no history; it must not wait for the next poll after that. What it waits
    /// for after a setback is something else.
    fn may_follow_the_edge(&self) -> bool {
        self.lane == Lane::History && self.setbacks == 0
    }

    /// The next window, or how long there is nothing to read.
    async fn plan(&mut self) -> Result<Window, Duration> {
        if let Some(counted) = Box::pin(self.recount()).await {
            return counted;
        }
        let mut coverage = self.stream.coverage.lock().await;
        let (now, bounds) = (self.stream.now(), self.stream.bounds());
        if self.stream.access.knows_time() {
            // Else an answer with a wrong date, once believed, would keep the live edge waiting until then.
            coverage.forget_from(now + CLOCK_SLACK);
        }
        let stuck = self.stream.stuck();
        planner::next(self.lane, &coverage, &stuck, &bounds, now, self.length.secs()).ok_or_else(|| {
            if self.lane != Lane::Live {
                // What failed has been read by another lane, or is not wanted any more.
                self.observe(Observation::Cleared);
            }
            // The live edge, too, may have been read by another: it does not move as long as nobody takes what is read.
            self.handed_on(Observation::Cleared);
            let at = planner::wake_at(self.lane, &coverage, &stuck, &bounds, now);
            Duration::from_secs((at - now).clamp(1, bounds.poll_interval.max(1)).unsigned_abs())
        })
    }

    /// Reads a window. Answers how long to wait before the next one.
    async fn read(&mut self, window: Window) -> Duration {
        let mut walk = Walk::new(window.interval, self.stream.connector.config.page_size);
        let mut acks = OrderedFinalizer::default();
        self.found.begin(window.interval);
        let walked = match self.walk(&mut walk, window, &mut acks).await {
            Err(back @ (Left::NotDelivered(_) | Left::StateFailed(_))) => Err(back),
            // What is in flight may still arrive, however the walk ended.
            walked @ (Ok(()) | Err(Left::Stopped | Left::Parted | Left::Refused { .. })) => {
                self.commit_all(&mut acks).await.and(walked)
            }
        };
        match walked {
            Ok(()) => {
                self.setbacks = 0;
                self.handed_on(Observation::Cleared);
                self.learn(&walk, window)
            }
            Err(Left::Stopped | Left::Parted) => Duration::ZERO,
            Err(Left::NotDelivered(why)) => {
                self.handed_on(not_delivered(&why));
                self.go_back("not_delivered", &why)
            }
            Err(Left::StateFailed(error)) => {
                self.handed_on(Observation::Passing(state_failed(&error, error.way_out())));
                self.go_back("state_failed", &error.to_string())
            }
            Err(Left::Refused { no_licence: true })
                if self.stream.connector.board.stands(&self.part(), NO_LICENCE) =>
            {
                LICENCE_WAIT
            }
            Err(Left::Refused { .. }) => self.back_off(FIRST_REFUSAL, LONGEST_REFUSAL),
        }
    }

    fn part(&self) -> Part {
        Part::Lane(self.stream.key.kind, self.lane)
    }

    fn observe(&self, observation: Observation) {
        self.stream.connector.board.observe(&self.part(), observation);
    }

    /// What became of that which was read: a part of its own, so that pages with nothing new do not hide a host that takes
    /// nothing.
    fn handed_on(&self, observation: Observation) {
        self.stream.connector.board.observe(&Part::Delivery(self.stream.key.kind, self.lane), observation);
    }

    /// What a walk that ended says about the windows to come. Answers how long to wait before the next one.
    fn learn(&mut self, walk: &Walk<NextLink>, window: Window) -> Duration {
        self.length.learn(self.lane, window.interval, walk);
        let read = Interval::new(window.interval.from, walk.rest().from);
        self.just_read = read.and_then(|read| self.counting.read(read, self.stream.now()));
        walk.given_up().into_iter().for_each(|interval| self.stream.give_up(interval));
        if walk.is_done() && self.second.is_some() {
            self.stream.connector.counters.read_together.add(1);
            self.stream.connector.pair.together().succeeded();
        }
        let stands_still = walk.is_done() && walk.rest().from == window.interval.from;
        if stands_still { NO_PROGRESS_WAIT } else { Duration::ZERO }
    }

    fn go_back(&mut self, code: &'static str, why: &str) -> Duration {
        self.stream.connector.counters.not_delivered.add(1);
        self.stream.metrics.labels().error(ErrorType::AcknowledgmentFailed, ErrorStage::Sending);
        self.stream.connector.board.complain(code, why);
        self.back_off(FIRST_WAIT, LONGEST_WAIT)
    }

    fn back_off(&mut self, first: Duration, longest: Duration) -> Duration {
        let wait = first.saturating_mul(1 << self.setbacks.min(16)).min(longest);
        self.setbacks += 1;
        wait.mul_f64(rand::random_range(0.8..1.0))
    }

    async fn walk(
        &mut self,
        walk: &mut Walk<NextLink>,
        window: Window,
        acks: &mut OrderedFinalizer<Entry>,
    ) -> Result<(), Left> {
        while let Some(request) = walk.request() {
            self.room_for_one_more(acks).await?;
            let elsewhere = matches!(request, Request::Elsewhere { .. });
            let asked = self.stream.fetch(request, window, Wanted::Records, self.kinds());
            let fetched = self.meanwhile(acks, asked).await?;
            let wait = match fetched {
                Ok(_) if elsewhere => {
                    walk.served_elsewhere();
                    Duration::ZERO
                }
                Ok(fetched) => self.take_in(walk, fetched, acks).await?,
                Err(Failure::Setback(setback, observation)) => {
                    self.part_after(setback)?;
                    self.observe(observation);
                    walk.setback(setback)
                }
                Err(Failure::NoToken(Some(setback))) => walk.setback(setback),
                Err(Failure::NoToken(None)) => return Err(Left::Refused { no_licence: false }),
                Err(Failure::Again(observation)) => {
                    self.observe(observation);
                    Duration::ZERO
                }
                Err(Failure::Refused(observation)) => {
                    let no_licence = matches!(observation, Observation::NoLicence(_));
                    self.part_if_refused()?;
                    self.observe(observation);
                    return Err(Left::Refused { no_licence });
                }
            };
            if !wait.is_zero() {
                self.meanwhile(acks, tokio::time::sleep(wait)).await?;
                if planner::is_overtaken(window, &self.stream.bounds(), self.stream.now()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Awaits something while acknowledgements are committed as they come; leaves it when the source is asked to stop.
    async fn meanwhile<T>(
        &self,
        acks: &mut OrderedFinalizer<Entry>,
        work: impl Future<Output = T>,
    ) -> Result<T, Left> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return Err(Left::Stopped),
                Some((acknowledgement, entry)) = acks.next() => self.commit(acknowledgement, entry).await?,
                done = &mut work => return Ok(done),
            }
        }
    }

    /// Waits until fewer batches than [`MOST_IN_FLIGHT`] are on their way.
    async fn room_for_one_more(&self, acks: &mut OrderedFinalizer<Entry>) -> Result<(), Left> {
        while acks.in_flight() >= MOST_IN_FLIGHT {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return Err(Left::Stopped),
                Some((acknowledgement, entry)) = acks.next() => self.commit(acknowledgement, entry).await?,
            }
        }
        Ok(())
    }

    /// Waits for everything that is on its way.
    async fn commit_all(&mut self, acks: &mut OrderedFinalizer<Entry>) -> Result<(), Left> {
        while acks.in_flight() > 0 {
            tokio::select! {
                biased;
                // The host can flush once nobody can send any more.
                () = self.shutdown.cancelled(), if self.out.is_some() => self.out = None,
                Some((acknowledgement, entry)) = acks.next() => self.commit(acknowledgement, entry).await?,
            }
        }
        Ok(())
    }
}
