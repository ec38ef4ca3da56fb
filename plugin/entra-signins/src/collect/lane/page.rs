//! A page that came: what is new on it goes to the host, and what the acknowledgement will mean is remembered.

use std::sync::Arc;
use std::time::Duration;

use collector::event::LogEvent;
use collector::finalization::BatchStatus;
use collector::finalizer::OrderedFinalizer;
use collector::internal_event::CountByteSize;
use collector::sender::Ack;

use super::commit::Entry;
use super::{Left, Reader};
use crate::collect::account;
use crate::collect::batch::{Batch, NoBatch, Seen};
use crate::collect::fetch::Fetched;
use crate::collect::stream::Stream;
use crate::collect::walk::{PageSeen, Setback, Walk};
use crate::coverage::{Read, Second};
use crate::graph::NextLink;

/// What a page means to the streams whose records are on it.
#[derive(Clone, Copy)]
struct Meaning {
    /// The server's now when it was asked for.
    asked_at: Second,
    /// The first second that was unread before it came.
    begins: Second,
    /// What was read by it.
    read: Option<Read>,
    /// Whether anything on it is new.
    has_news: bool,
}

impl Reader {
    /// Sends what is new on a page and remembers what its acknowledgement will mean.
    pub(super) async fn take_in(
        &mut self,
        walk: &mut Walk<NextLink>,
        fetched: Fetched,
        acks: &mut OrderedFinalizer<Entry>,
    ) -> Result<Duration, Left> {
        let Fetched { page, asked_at, room } = fetched;
        self.stream.metrics.bytes_received(page.body.len());
        self.part_if_unreadable(&page.records)?;
        let times = page.records.iter().filter_map(|seen| Some(seen.id()?.at)).collect();
        let batches = match self.batches(page.records, acks).await {
            Err(NoBatch::Doubtful) => {
                self.observe(self.stream.unreadable_page());
                return Ok(walk.setback(Setback::Malformed));
            }
            Err(NoBatch::State(error)) => return Err(Left::StateFailed(error)),
            Ok(batches) => batches?,
        };
        for (_, batch) in &batches {
            self.found.add(batch.ids.iter().map(|delivered| delivered.id.at));
        }
        let begins = walk.rest().from;
        let progress = walk.page(PageSeen { times, next: page.next, asked_at });
        let read = progress.read.map(|interval| Read {
            interval,
            at: progress.at,
            new_ids: self.found.read(interval),
        });
        let has_news = batches.iter().any(|(_, batch)| !batch.ids.is_empty());
        let meaning = Meaning { asked_at, begins, read, has_news };
        for (stream, batch) in batches {
            self.hand_on(stream, batch, meaning, acks).await?;
        }
        drop(room);
        Ok(progress.wait)
    }

    /// What a page comes to for each stream whose records it holds.
    async fn batches(
        &self,
        records: Vec<Seen>,
        acks: &mut OrderedFinalizer<Entry>,
    ) -> Result<Result<Vec<(Arc<Stream>, Batch)>, Left>, NoBatch> {
        let mut batches = Vec::new();
        for (stream, records) in self.by_stream(records) {
            let making = async { Batch::of(&stream, records).await };
            match self.meanwhile(acks, making).await {
                Ok(batch) => batches.push((Arc::clone(&stream), batch?)),
                Err(left) => return Ok(Err(left)),
            }
        }
        Ok(Ok(batches))
    }

    async fn hand_on(
        &mut self,
        stream: Arc<Stream>,
        batch: Batch,
        meaning: Meaning,
        acks: &mut OrderedFinalizer<Entry>,
    ) -> Result<(), Left> {
        let Batch { events, ids, changed, flight, depends_on, times, set_aside } = batch;
        let Meaning { asked_at, begins, read, has_news } = meaning;
        let late = stream.late(&ids, asked_at).await;
        let mut accounts = account::of_page(&times, (&ids, &changed), &late, (set_aside, begins));
        if let Some(read) = &read {
            account::add_read(&mut accounts, read.interval);
        }
        let own = self.send(events, acks).await?;
        let word = flight.word();
        let entry = Entry { stream, flight, ids, changed, late, accounts, read, has_news };
        let ack = Ack::new(async move {
            let mut acknowledgement = own.await;
            word.answered(acknowledgement.status == BatchStatus::Delivered);
            for dependency in depends_on {
                if !dependency.delivered().await {
                    acknowledgement.status = acknowledgement.status.max(BatchStatus::Errored);
                }
            }
            acknowledgement
        });
        acks.add(entry, ack);
        Ok(())
    }

    async fn send(&self, events: Vec<LogEvent>, acks: &mut OrderedFinalizer<Entry>) -> Result<Ack, Left> {
        let Some(out) = self.out.clone() else { return Err(Left::Stopped) };
        let metrics = &self.stream.metrics;
        if events.is_empty() {
            return Ok(Ack::ready(BatchStatus::Delivered));
        }
        let size: CountByteSize = metrics.measure(&events);
        metrics.events_received(size);
        self.meanwhile(acks, async move { out.send_batch(events).await })
            .await?
            .map_err(|closed| Left::NotDelivered(closed.to_string()))
    }
}
