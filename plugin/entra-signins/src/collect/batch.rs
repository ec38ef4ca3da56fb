//! From a page to a batch of events: what is seen in its records, what of it is new, and whose batches it must wait for.

use std::sync::Arc;

use bytes::Bytes;
use collector::event::LogEvent;

use super::dead_letter::Unreadable;
use super::flights::{Claimed, Dependency, Flight};
use super::stream::Stream;
use crate::cato::{self, ConnectorFacts};
use crate::config::{EventId, SignInEventType, TenantId};
use crate::coverage::{Coverage, Second};
use crate::graph::sign_in::{Anomaly, NotASignIn, SignIn};
use crate::schedule::Priority;
use crate::state::{Delivered, Known, StateError, TimedId, Version};

/// What a page comes to.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Events of sign-ins that nobody has sent yet, and of changed ones if they are wanted.
    pub(crate) events: Vec<LogEvent>,
    /// The ids of new ones.
    pub(crate) ids: Vec<Delivered>,
    /// Sign-ins that were delivered before and show something else now.
    pub(crate) changed: Vec<Delivered>,
    /// The claim on all of them.
    pub(crate) flight: Flight,
    /// Batches of other windows that hold the rest of the page.
    pub(crate) depends_on: Vec<Dependency>,
    /// When the page's records happened, in its order.
    pub(crate) times: Vec<Second>,
    /// Records that no event could be made of and that were not known before.
    pub(crate) set_aside: usize,
}

/// Why a page comes to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoBatch {
    /// The state does not answer.
    #[error("{0}")]
    State(#[from] StateError),
    /// Most records of the stream cannot be read lately: it is not they that are broken.
    #[error("most records are no sign-ins that can be read")]
    Doubtful,
}

/// How to look at the records of a page while it is read.
#[derive(Debug)]
pub(crate) struct Look {
    tenant: TenantId,
    facts: Arc<ConnectorFacts>,
    map: bool,
}

impl Look {
    /// A window of history holds what is new: its events are made on the way, in the one pass over the page. Other windows
    /// hold mostly what is known: there, events are made only of what turns out to be new.
    pub(crate) fn of(stream: &Stream, priority: Priority) -> Self {
        let map = matches!(priority, Priority::CatchUp | Priority::BackFill);
        Self { tenant: stream.key.tenant, facts: stream.connector.facts(), map }
    }

    /// What is seen in a record.
    pub(crate) fn at(&self, record: Bytes, sign_in: Result<SignIn<'_>, NotASignIn>) -> Seen {
        let sign_in = match sign_in {
            Ok(sign_in) => sign_in,
            Err(reason) => return Seen::Unreadable(unreadable(record, reason)),
        };
        let id = TimedId {
            id: EventId::of(self.tenant, &sign_in.id),
            at: sign_in.created_date_time.timestamp().as_second(),
        };
        let mut kinds = sign_in.properties.sign_in_event_types.iter();
        let kind = kinds.find_map(|word| SignInEventType::from_word(word));
        let mapped = self.map.then(|| Mapped::of(&sign_in, &self.facts, record.clone()));
        Seen::SignIn(SeenSignIn { record, id, kind, shown: sign_in.fingerprint(), mapped })
    }
}

/// What was seen in a record.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A sign-in.
    SignIn(SeenSignIn),
    /// Something else.
    Unreadable(Unreadable),
}

/// A record that is a sign-in.
#[derive(Debug)]
pub(crate) struct SeenSignIn {
    record: Bytes,
    id: TimedId,
    /// The kind that it says it is of.
    kind: Option<SignInEventType>,
    /// The fingerprint of what it shows.
    shown: u64,
    mapped: Option<Mapped>,
}

/// The event of a sign-in.
#[derive(Debug)]
struct Mapped {
    event: LogEvent,
    /// What is left out of it.
    anomalies: Vec<Anomaly>,
}

impl Mapped {
    fn of(sign_in: &SignIn<'_>, facts: &ConnectorFacts, record: Bytes) -> Self {
        let event = cato::event(sign_in, facts, Some(record));
        Self { event, anomalies: sign_in.anomalies().to_vec() }
    }
}

fn unreadable(record: Bytes, reason: NotASignIn) -> Unreadable {
    Unreadable { reason: reason.to_string(), record }
}

impl Seen {
    /// The sign-in's id, with when it happened.
    pub(crate) fn id(&self) -> Option<TimedId> {
        match self {
            Self::SignIn(sign_in) => Some(sign_in.id),
            Self::Unreadable(_) => None,
        }
    }

    /// The kind of sign-in that it says it is.
    pub(crate) fn kind(&self) -> Option<SignInEventType> {
        match self {
            Self::SignIn(sign_in) => sign_in.kind,
            Self::Unreadable(_) => None,
        }
    }
}

impl SeenSignIn {
    fn delivered(&self, version: Version) -> Delivered {
        Delivered { id: self.id, version }
    }

    /// Its event, which is made now if that was not done on the way.
    fn into_event(self, stream: &Stream, facts: &ConnectorFacts) -> Result<LogEvent, Unreadable> {
        let Mapped { event, anomalies } = match self.mapped {
            Some(mapped) => mapped,
            None => match SignIn::parse(&self.record) {
                Ok(sign_in) => Mapped::of(&sign_in, facts, self.record.clone()),
                Err(reason) => return Err(unreadable(self.record, reason)),
            },
        };
        stream.connector.note_anomalies(&anomalies);
        Ok(event)
    }
}

impl Batch {
    /// Tells new from known, makes the events that are not made yet, and sets aside what is no sign-in.
    pub(crate) async fn of(stream: &Arc<Stream>, records: Vec<Seen>) -> Result<Self, NoBatch> {
        stream.connector.counters.fetched.add(records.len());
        let (seen, mut unreadable) = sort_out(records);
        if stream.doubts(seen.len(), &unreadable) {
            return Err(NoBatch::Doubtful);
        }
        let times: Vec<_> = seen.iter().map(|seen| seen.id.at).collect();
        let flight = stream.tenant.flights.open();
        let (mine, depends_on) = claim(&flight, seen);
        let asked: Vec<_> = mine.iter().map(|seen| seen.id).collect();
        let known = stream.tenant.state.delivered(stream.key.tenant, asked).await?;
        let forgotten = Forgotten::of(stream, &known).await;
        let facts = stream.connector.facts();
        let (events, ids, changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut batch = Self { events, ids, changed, flight, depends_on, times, set_aside: 0 };
        for (seen, before) in mine.into_iter().zip(known.versions) {
            let added = match before {
                Some(before) => batch.compare(stream, &facts, seen, before),
                None if forgotten.may_hold(seen.id.at) => {
                    batch.flight.release(seen.id.id);
                    continue;
                }
                None => batch.add(stream, &facts, seen),
            };
            unreadable.extend(added.err());
        }
        batch.set_aside = stream.set_aside(&unreadable).await?;
        stream.connector.counters.repeated.add(batch.times.len() - batch.ids.len());
        Ok(batch)
    }

    fn add(&mut self, stream: &Stream, facts: &ConnectorFacts, seen: SeenSignIn) -> Result<(), Unreadable> {
        let delivered = seen.delivered(Version::first(seen.shown));
        self.events.push(seen.into_event(stream, facts)?);
        self.ids.push(delivered);
        Ok(())
    }

    /// A sign-in that was delivered before: has Microsoft changed what it shows?
    fn compare(
        &mut self,
        stream: &Stream,
        facts: &ConnectorFacts,
        seen: SeenSignIn,
        before: Version,
    ) -> Result<(), Unreadable> {
        let Some(version) = before.changed(seen.shown) else {
            self.flight.release(seen.id.id);
            return Ok(());
        };
        let delivered = seen.delivered(version);
        if stream.connector.config.emit_updates {
            let mut event = seen.into_event(stream, facts)?;
            event.metadata_mut().revision = version.revision();
            self.events.push(event);
        }
        self.changed.push(delivered);
        Ok(())
    }
}

/// Seconds that were read and whose ids may have been forgotten since: what is unknown in them counts as delivered. A window may
/// have been begun before they were.
pub(crate) struct Forgotten(Option<(Second, Coverage)>);

impl Forgotten {
    pub(crate) async fn of(stream: &Stream, known: &Known) -> Self {
        let Some(known_from) = known.known_from.filter(|_| known.versions.contains(&None)) else {
            return Self(None);
        };
        Self(Some((known_from, stream.coverage.lock().await.clone())))
    }

    pub(crate) fn may_hold(&self, second: Second) -> bool {
        self.0.as_ref().is_some_and(|(known_from, read)| second < *known_from && read.holds(second))
    }
}

fn sort_out(records: Vec<Seen>) -> (Vec<SeenSignIn>, Vec<Unreadable>) {
    let (mut sign_ins, mut unreadable) = (Vec::with_capacity(records.len()), Vec::new());
    for seen in records {
        match seen {
            Seen::SignIn(sign_in) => sign_ins.push(sign_in),
            Seen::Unreadable(other) => unreadable.push(other),
        }
    }
    (sign_ins, unreadable)
}

fn claim(flight: &Flight, seen: Vec<SeenSignIn>) -> (Vec<SeenSignIn>, Vec<Dependency>) {
    let (mut mine, mut depends_on) = (Vec::with_capacity(seen.len()), Vec::new());
    for seen in seen {
        match flight.claim(seen.id.id) {
            Claimed::Mine => mine.push(seen),
            Claimed::Repeated => {}
            Claimed::Elsewhere(dependency) => {
                if !depends_on.contains(&dependency) {
                    depends_on.push(dependency);
                }
            }
        }
    }
    (mine, depends_on)
}
