//! Test doubles: a feed in memory and a sink's context.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use collector::config::{ComponentKey, GlobalOptions, ProxyConfig};
use collector::schema::Schemas;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::journal::Lineage;

use super::feed::{Feed, FeedError, StoredEvent};
use super::{Inputs, Now, Reporter, SinkContext, SinkDescription, SinkReport, Stop};

/// A journal in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryFeed {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<StoredEvent>,
    closed: bool,
    position: u64,
    aside: Vec<(u64, String)>,
    /// Confirmations fail this many times more.
    failures: u32,
    /// Readings fail this many times more.
    unreadable: u32,
}

struct NotYet;

impl MemoryFeed {
    /// A journal with these events and nothing to come.
    pub(crate) fn of(events: impl IntoIterator<Item = StoredEvent>) -> Arc<Self> {
        let feed = Arc::new(Self::default());
        feed.push(events);
        feed.close();
        feed
    }

    /// Adds events.
    pub(crate) fn push(&self, events: impl IntoIterator<Item = StoredEvent>) {
        self.inner.lock().unwrap().waiting.extend(events);
        self.changed.notify_one();
    }

    /// Nothing comes after what is there.
    pub(crate) fn close(&self) {
        self.inner.lock().unwrap().closed = true;
        self.changed.notify_one();
    }

    /// Sets where the reader stands.
    pub(crate) fn at(&self, sequence: u64) {
        self.inner.lock().unwrap().position = sequence;
    }

    /// Lets the next confirmations fail.
    pub(crate) fn fail_confirmations(&self, times: u32) {
        self.inner.lock().unwrap().failures = times;
    }

    /// Lets the next readings fail.
    pub(crate) fn fail_readings(&self, times: u32) {
        self.inner.lock().unwrap().unreadable = times;
        self.changed.notify_one();
    }

    /// The last confirmed event.
    pub(crate) fn confirmed(&self) -> u64 {
        self.inner.lock().unwrap().position
    }

    /// What was set aside, and why.
    pub(crate) fn aside(&self) -> Vec<(u64, String)> {
        self.inner.lock().unwrap().aside.clone()
    }

    /// What is there; `Err` if nothing is yet.
    fn take(&self, max_events: usize, max_bytes: usize) -> Result<Option<Vec<StoredEvent>>, NotYet> {
        let mut inner = self.inner.lock().unwrap();
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(event) = inner.waiting.front() {
            bytes += event.json.len();
            if taken.len() == max_events || (bytes > max_bytes && !taken.is_empty()) {
                break;
            }
            taken.extend(inner.waiting.pop_front());
        }
        match taken.is_empty() {
            false => Ok(Some(taken)),
            true if inner.closed => Ok(None),
            true => Err(NotYet),
        }
    }
}

#[async_trait]
impl Feed for MemoryFeed {
    async fn next(&self, max_events: usize, max_bytes: usize) -> Result<Option<Vec<StoredEvent>>, FeedError> {
        loop {
            {
                let mut inner = self.inner.lock().unwrap();
                if inner.unreadable > 0 {
                    inner.unreadable -= 1;
                    return Err(FeedError("malformed".to_owned()));
                }
            }
            if let Ok(answer) = self.take(max_events, max_bytes) {
                return Ok(answer);
            }
            self.changed.notified().await;
        }
    }

    async fn confirm(&self, sequence: u64) -> Result<(), FeedError> {
        let mut inner = self.inner.lock().unwrap();
        if inner.failures > 0 {
            inner.failures -= 1;
            return Err(FeedError("full".to_owned()));
        }
        assert!(sequence >= inner.position, "a position never moves back");
        inner.position = sequence;
        Ok(())
    }

    async fn set_aside(&self, sequence: u64, reason: &str) -> Result<(), FeedError> {
        self.inner.lock().unwrap().aside.push((sequence, reason.to_owned()));
        Ok(())
    }

    fn position(&self) -> u64 {
        self.confirmed()
    }

    fn lineage(&self) -> Lineage {
        lineage("memory")
    }
}

/// A journal of this name that was opened once.
pub(crate) fn lineage(name: &str) -> Lineage {
    BTreeMap::from([(1, Uuid::new_v5(&Uuid::nil(), name.as_bytes()))]).into()
}

/// An event with this sequence.
pub(crate) fn event(sequence: u64) -> StoredEvent {
    StoredEvent {
        sequence,
        event_id: Some(Uuid::from_u128(u128::from(sequence))),
        revision: 0,
        timestamp: Some(Timestamp::UNIX_EPOCH),
        json: Bytes::from(format!(r#"{{"event_id":{sequence}}}"#)),
        raw: None,
        source: ComponentKey::from("entra"),
    }
}

/// The handles of a sink under test.
pub(crate) struct Handles {
    pub(crate) stop: Stop,
    pub(crate) reopen: watch::Sender<u64>,
    pub(crate) report: watch::Receiver<SinkReport>,
}

/// A context over this feed, with state under `data_dir`.
pub(crate) fn context(
    description: &SinkDescription,
    feed: Arc<dyn Feed>,
    data_dir: &Path,
    now: Now,
) -> (SinkContext, Handles) {
    let key = ComponentKey::from("siem");
    let (report, reports) = Reporter::new(key.clone(), description);
    let (reopen, reopened) = watch::channel(0);
    let stop = Stop::default();
    let inputs = Inputs::from([(ComponentKey::from("entra"), Schemas::only("cato"))]);
    let context = SinkContext {
        key,
        globals: GlobalOptions { data_dir: data_dir.to_owned() },
        feed,
        inputs,
        proxy: ProxyConfig::default(),
        stop: stop.clone(),
        reopen: reopened,
        now,
        report,
    };
    (context, Handles { stop, reopen, report: reports })
}

/// A clock that stands still.
pub(crate) fn standing() -> Now {
    Arc::new(|| Timestamp::UNIX_EPOCH)
}
