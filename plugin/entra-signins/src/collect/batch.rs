//! From a page to a batch of events: what is new on it, and whose batches it must wait for.

use std::sync::Arc;

use bytes::Bytes;
use collector::event::LogEvent;

use super::dead_letter::Unreadable;
use super::flights::{Claimed, Dependency, Flight};
use super::stream::Stream;
use crate::cato;
use crate::config::EventId;
use crate::coverage::Second;
use crate::graph::sign_in::{SignIn, SignInKey};
use crate::state::{Delivered, StateError, TimedId};

/// What a page comes to.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Events of sign-ins that nobody has sent yet.
    pub(crate) events: Vec<LogEvent>,
    /// Their ids.
    pub(crate) ids: Vec<Delivered>,
    /// Sign-ins that were delivered before and show something else now.
    pub(crate) changed: Vec<Delivered>,
    /// The claim on all of them.
    pub(crate) flight: Flight,
    /// Batches of other windows that hold the rest of the page.
    pub(crate) depends_on: Vec<Dependency>,
    /// When the page's records happened, in its order.
    pub(crate) times: Vec<Second>,
}

/// A record that is a sign-in.
struct Seen {
    record: Bytes,
    id: TimedId,
}

impl Batch {
    /// Tells new from known, sets aside what is no sign-in, and maps the rest.
    pub(crate) async fn of(stream: &Arc<Stream>, records: Vec<Bytes>) -> Result<Self, StateError> {
        stream.connector.counters.fetched.add(records.len());
        let seen = sort_out(stream, records).await?;
        let times = seen.iter().map(|seen| seen.id.at).collect();
        let flight = stream.tenant.flights.open();
        let (mine, depends_on) = claim(&flight, &seen);
        let asked: Vec<_> = mine.iter().map(|seen| seen.id).collect();
        let known = stream.tenant.state.delivered(stream.key.tenant, asked).await?;
        let (events, ids, changed) = (Vec::new(), Vec::new(), Vec::new());
        let mut batch = Self { events, ids, changed, flight, depends_on, times };
        for (seen, shown) in mine.into_iter().zip(known) {
            match shown {
                Some(shown) => batch.compare(seen, shown),
                None => batch.add(stream, seen),
            }
        }
        stream.connector.counters.repeated.add(batch.times.len() - batch.events.len());
        Ok(batch)
    }

    fn add(&mut self, stream: &Stream, seen: &Seen) {
        // The key was read from the same bytes, so the whole is a sign-in too.
        let Ok(sign_in) = SignIn::parse(&seen.record) else { return };
        stream.connector.note_anomalies(sign_in.anomalies());
        let facts = stream.connector.facts();
        self.events.push(cato::event(&sign_in, &facts, Some(seen.record.clone())));
        self.ids.push(Delivered { id: seen.id, shown: sign_in.fingerprint() });
    }

    /// A sign-in that was delivered before: has Microsoft changed what it shows?
    fn compare(&mut self, seen: &Seen, before: u64) {
        match SignIn::parse(&seen.record).map(|sign_in| sign_in.fingerprint()) {
            Ok(shown) if shown != before => self.changed.push(Delivered { id: seen.id, shown }),
            Ok(_) | Err(_) => self.flight.release(seen.id.id),
        }
    }
}

async fn sort_out(stream: &Stream, records: Vec<Bytes>) -> Result<Vec<Seen>, StateError> {
    let (mut seen, mut unreadable) = (Vec::with_capacity(records.len()), Vec::new());
    for record in records {
        let key = SignInKey::parse(&record).map(|key| TimedId {
            id: EventId::of(stream.key.tenant, &key.id),
            at: key.created_date_time.timestamp().as_second(),
        });
        match key {
            Ok(id) => seen.push(Seen { record, id }),
            Err(reason) => unreadable.push(Unreadable { reason: reason.to_string(), record }),
        }
    }
    stream.set_aside(&unreadable).await?;
    Ok(seen)
}

fn claim<'a>(flight: &Flight, seen: &'a [Seen]) -> (Vec<&'a Seen>, Vec<Dependency>) {
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
