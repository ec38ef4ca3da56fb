//! The one thread that writes: it takes everything that waits, writes it in one transaction, and then answers all.
//!
//! SQLite blocks, and one fsync serves as many batches as came together, so a thread of its own is both the simplest
//! and the fastest way. When a commit fails, what readers want is tried again without the events, since
//! confirmations make room; events are answered with an error and come again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use collector::config::ComponentKey;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::{error, info, warn};

use super::block::Encoded;
use super::error::{JournalError, is_full};
use super::output::Pending;
use super::schema;
use super::shared::Shared;
use super::store;
use super::transaction::{CommitError, Draft, Order, State, Written};
use super::{JournalState, Limits};

/// How often it looks for what has become old, if there is nothing else to do.
const TICK: Duration = Duration::from_secs(30);
/// Free pages are given back to the file system when there are more than this part of the file, down to half of it.
const FREE_PART: u64 = 8;
/// Fewer free pages than this are not worth the work: 64 MiB.
const FREE_PAGES: u64 = 16_384;
/// Pages given back in one transaction: 4 MiB.
const VACUUM_PAGES: u64 = 1024;

/// Answers an order.
pub(super) type Answer = oneshot::Sender<Result<u64, JournalError>>;

/// What reaches the writer.
pub(super) enum Command {
    Append(Append),
    Order(Order, Answer),
    /// A confirmation that nobody waits for: written with the next commit.
    Note(ComponentKey, u64),
    /// What these sources still send is answered at once if there is no room: they are stopping and wait for it.
    Leaving(BTreeSet<ComponentKey>),
    Close,
    /// As if there had been nothing to do for a while.
    #[cfg(test)]
    Idle,
}

/// A batch to be written.
pub(super) struct Append {
    pub(super) blocks: Vec<Encoded>,
    pub(super) pending: Pending,
    /// Its share of the queue, held until it is answered.
    pub(super) room: OwnedSemaphorePermit,
}

/// The writer and what it knows.
pub(super) struct Writer {
    db: Connection,
    path: PathBuf,
    limits: Limits,
    shared: Arc<Shared>,
    commands: Receiver<Command>,
    state: State,
    waiting: VecDeque<Append>,
    /// Sources that are stopping.
    leaving: BTreeSet<ComponentKey>,
    noted: BTreeMap<ComponentKey, u64>,
    /// There is more to clean up than was done at once.
    more: bool,
    vacuuming: bool,
    /// The connection may be broken.
    suspect: bool,
    trouble: Trouble,
}

/// What could not be written, and was not since.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Trouble {
    None,
    /// Positions alone; a commit ends it.
    Orders,
    /// Events: only events that are written end it.
    Events,
}

/// What was committed.
struct Done {
    replies: Vec<u64>,
    written: Vec<Written>,
}

/// What waits for one commit.
#[derive(Default)]
struct Round {
    orders: Vec<Order>,
    answers: Vec<Answer>,
    idle: bool,
    close: bool,
}

impl Writer {
    pub(super) fn new(
        (db, path): (Connection, PathBuf),
        limits: Limits,
        shared: Arc<Shared>,
        commands: Receiver<Command>,
        state: State,
    ) -> Self {
        Self {
            db,
            path,
            limits,
            shared,
            commands,
            state,
            waiting: VecDeque::new(),
            leaving: BTreeSet::new(),
            noted: BTreeMap::new(),
            more: false,
            vacuuming: false,
            suspect: false,
            trouble: Trouble::None,
        }
    }

    /// The first commit: whoever opens the journal hears if it cannot be written.
    pub(super) fn begin(&mut self, required: BTreeSet<ComponentKey>) -> Result<(), JournalError> {
        self.commit(&[Order::Require(required)], &[], 0)
            .map_err(|error| JournalError::Unavailable { reason: error.to_string() })?;
        self.shared.publish(&self.state);
        Ok(())
    }

    /// Writes until it is told to close or nobody is left.
    pub(super) fn run(mut self) {
        loop {
            let round = self.gather();
            let close = round.close;
            let idle = round.idle;
            if idle || !round.orders.is_empty() || !self.waiting.is_empty() {
                self.round(round);
            }
            if close {
                return self.close();
            }
            if idle {
                self.vacuum();
            }
        }
    }

    /// Waits for something, then takes all there is.
    fn gather(&mut self) -> Round {
        let mut round = Round::default();
        let wait = if self.more { Duration::ZERO } else { TICK };
        let mut next = match self.commands.recv_timeout(wait) {
            Ok(command) => Ok(command),
            Err(RecvTimeoutError::Timeout) => {
                round.idle = true;
                return round;
            }
            Err(RecvTimeoutError::Disconnected) => Err(TryRecvError::Disconnected),
        };
        loop {
            match next {
                Ok(Command::Append(append)) => self.waiting.push_back(append),
                Ok(Command::Order(order, answer)) => {
                    round.orders.push(order);
                    round.answers.push(answer);
                }
                Ok(Command::Note(reader, sequence)) => {
                    self.noted.insert(reader, sequence);
                }
                Ok(Command::Leaving(sources)) => self.leaving = sources,
                Ok(Command::Close) | Err(TryRecvError::Disconnected) => {
                    round.close = true;
                    return round;
                }
                #[cfg(test)]
                Ok(Command::Idle) => round.idle = true,
                Err(TryRecvError::Empty) => return round,
            }
            next = self.commands.try_recv();
        }
    }

    fn round(&mut self, round: Round) {
        let mut waiting = std::mem::take(&mut self.waiting);
        match self.commit(&round.orders, waiting.make_contiguous(), 0) {
            Ok(done) => self.settle(done, round.answers, &mut waiting),
            Err(error) => self.recover(error, round, &mut waiting),
        }
        let is_leaving =
            |append: &Append| append.blocks.iter().any(|block| self.leaving.contains(&block.source));
        let (refused, waiting) = waiting.into_iter().partition(is_leaving);
        self.waiting = waiting;
        VecDeque::into_iter(refused).for_each(|append| append.pending.errored());
    }

    /// One transaction. Events that find no room are not in the answer; `free` bytes are made free first.
    fn commit(&mut self, orders: &[Order], appends: &[Append], free: u64) -> Result<Done, CommitError> {
        self.reopen_if_suspect()?;
        let now = (self.shared.now)();
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut draft = Draft::new(&tx, self.limits, now, &self.state);
        for (reader, sequence) in &self.noted {
            draft.obey(&Order::Confirm { reader: reader.clone(), sequence: *sequence })?;
        }
        let replies = orders.iter().map(|order| draft.obey(order)).collect::<Result<_, _>>()?;
        let more = draft.sweep()?;
        draft.free(free)?;
        let mut written = Vec::new();
        for append in appends {
            match draft.append(&append.blocks)? {
                Some(one) => written.push(one),
                None => break,
            }
        }
        let state = draft.finish()?;
        tx.commit()?;
        self.state = state;
        self.more = more;
        self.noted.clear();
        Ok(Done { replies, written })
    }

    /// Answers everybody, once it is durable and visible.
    fn settle(&mut self, done: Done, answers: Vec<Answer>, waiting: &mut VecDeque<Append>) {
        self.shared.publish(&self.state);
        self.show(waiting.len(), done.written.len());
        for (answer, reply) in answers.into_iter().zip(done.replies) {
            // Whoever asked may have gone.
            let _unheard = answer.send(Ok(reply));
        }
        for one in done.written {
            self.shared.count(one);
            if let Some(append) = waiting.pop_front() {
                append.pending.delivered(self.shared.position_at(one.sequence));
                drop(append.room);
            }
        }
    }

    /// How it stands after a commit that wrote so many of the batches that wait.
    fn show(&mut self, waiting: usize, written: usize) {
        if written > 0 || self.trouble == Trouble::Orders {
            self.trouble = Trouble::None;
        }
        if waiting > written {
            self.shared.enter(JournalState::Full { held_by: self.state.holders() });
        } else if self.trouble == Trouble::None {
            self.shared.enter(JournalState::Working);
        }
    }

    /// Does what can still be done after a failed commit, and says so to those whose wish was not met.
    fn recover(&mut self, first: CommitError, round: Round, waiting: &mut VecDeque<Append>) {
        let mut error = first;
        let full = matches!(&error, CommitError::Store(error) if is_full(error));
        self.suspect = !full;
        let size = waiting.iter().flat_map(|append| &append.blocks).map(store::size_of).sum();
        if full {
            // Moves pages into the file, after which the log is written from its beginning again.
            let moved = self.db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if let Err(error) = moved {
                warn!(%error, "The journal's log cannot be moved into its file.");
            }
        }
        match self.commit(&round.orders, &[], if full { size } else { 0 }) {
            Ok(done) => self.settle(done, round.answers, &mut VecDeque::new()),
            Err(again) => {
                for answer in round.answers {
                    let _unheard = answer.send(Err(JournalError::Unavailable { reason: again.to_string() }));
                }
                return self.fail(&again, waiting);
            }
        }
        if full && !waiting.is_empty() {
            match self.commit(&[], waiting.make_contiguous(), 0) {
                Ok(done) => return self.settle(done, Vec::new(), waiting),
                Err(again) => error = again,
            }
        }
        if !waiting.is_empty() {
            self.fail(&error, waiting);
        }
    }

    fn fail(&mut self, error: &CommitError, waiting: &mut VecDeque<Append>) {
        let reason = error.to_string();
        let batches = waiting.len();
        error!(%reason, batches, "The journal cannot write; sources try again.");
        self.trouble = if batches > 0 { Trouble::Events } else { Trouble::Orders };
        self.shared.enter(JournalState::Failing { reason });
        for append in waiting.drain(..) {
            append.pending.errored();
        }
    }

    /// After an error of the disk nothing that SQLite holds in memory is trusted.
    fn reopen_if_suspect(&mut self) -> rusqlite::Result<()> {
        if !self.suspect {
            return Ok(());
        }
        let (db, mut state) = schema::reopen_writer(&self.path, &self.shared.store)?;
        state.required = Arc::clone(&self.state.required);
        state.set_aside_lost = self.state.set_aside_lost;
        (self.db, self.state, self.suspect) = (db, state, false);
        info!("The journal was opened again.");
        Ok(())
    }

    /// Gives free pages back to the file system, a few at a time, when there is nothing else to do.
    fn vacuum(&mut self) {
        match self.vacuum_step() {
            Ok(more) => self.more |= more,
            Err(error) => warn!(%error, "Free pages of the journal cannot be given back now."),
        }
    }

    fn vacuum_step(&mut self) -> rusqlite::Result<bool> {
        let number = |name: &str| self.db.pragma_query_value(None, name, |row| row.get(0)).map(store::nat);
        let (free, all) = (number("freelist_count")?, number("page_count")?);
        let part = if self.vacuuming { all / FREE_PART / 2 } else { (all / FREE_PART).max(FREE_PAGES) };
        self.vacuuming = free > part;
        if self.vacuuming {
            let mut step = self.db.prepare(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
            let mut rows = step.query([])?;
            while rows.next()?.is_some() {}
        }
        Ok(self.vacuuming)
    }

    fn close(mut self) {
        if !self.noted.is_empty()
            && let Err(error) = self.commit(&[Order::Sweep], &[], 0)
        {
            warn!(%error, "The last positions are not written; sinks begin a little earlier.");
        }
        for append in self.waiting.drain(..) {
            append.pending.errored();
        }
        self.shared.close_connections();
        if let Err(error) = schema::tidy(&self.db) {
            warn!(%error, "The journal's log stays beside its file; the next start reads both.");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.closed();
    }
}
