//! What has been read, as intervals: never one cursor.
//!
//! Times are whole seconds of Unix time; an interval holds its first second and not its last. A second read for
//! the first time is not done with: a sign-in can appear hours after it happened, so every second is read again
//! at the [`Ages`]. A second is *proven* when the read at the last age, or a later one, found nothing new around it.

mod ages;
mod hours;
mod interval;

#[cfg(test)]
mod tests;

pub use ages::{Ages, REREADS};
pub use interval::{Interval, Second};

/// After how many more seconds a second is read again when its last due read still found something new, or when it
/// was read but once.
pub const PROOF_DELAY: Second = 3_600;

/// Seconds that were read alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Which seconds.
    pub interval: Interval,
    /// How many [`Ages`] had passed at the last read, as they were then.
    pub ages: u8,
    /// Whether the last read, at the last age or later, was not the first and found nothing new.
    pub quiet: bool,
    /// When they were last read.
    pub read_at: Second,
}

impl Span {
    const ALL_AGES: u8 = 5;

    /// Whether nothing more is looked for.
    pub fn is_proven(&self) -> bool {
        self.ages == Self::ALL_AGES && self.quiet
    }

    /// When its first second should be read again; `None` when proven.
    fn due_at(&self, ages: Ages) -> Option<Second> {
        match ages.after(self.ages) {
            Some(age) => Some(self.interval.from + age),
            None if self.quiet => None,
            None => Some(self.read_at + PROOF_DELAY),
        }
    }

    /// Until which second it may be read again at `now`.
    fn due_to(&self, ages: Ages, now: Second) -> Second {
        match ages.after(self.ages) {
            Some(age) => self.interval.to.min(now - age + 1),
            None => self.interval.to,
        }
    }

    /// How long its first due second may wait for company, so that re-reads fill pages: a quarter of the age or delay.
    fn patience(&self, ages: Ages) -> Second {
        ages.after(self.ages).unwrap_or(PROOF_DELAY) / 4
    }

    /// What of it is not before this second.
    fn since(&self, oldest: Second) -> Option<Self> {
        let interval = Interval::new(self.interval.from.max(oldest), self.interval.to)?;
        Some(Self { interval, ..*self })
    }

    fn joins(&self, next: &Self) -> bool {
        self.interval.to == next.interval.from
            && self.ages == next.ages
            && self.quiet == next.quiet
            && (self.is_proven() || self.ages < Self::ALL_AGES || self.read_at == next.read_at)
    }
}

/// A read that is complete and acknowledged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Read {
    /// Which seconds.
    pub interval: Interval,
    /// When it was begun, by the server's clock.
    pub at: Second,
    /// Sign-ins in it that had not been seen before.
    pub new_ids: u64,
}

/// Everything that has been read of one stream: spans in order, without overlap.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    spans: Vec<Span>,
    ages: Ages,
}

impl Coverage {
    /// What a store kept; spans in order, without overlap.
    pub fn from_spans(spans: Vec<Span>) -> Self {
        debug_assert!(spans.windows(2).all(|pair| pair[0].interval.to <= pair[1].interval.from));
        Self { spans, ages: Ages::default() }
    }

    /// When seconds are read again, from now on. What was read at other ages stays read.
    pub fn set_ages(&mut self, ages: Ages) {
        self.ages = ages;
    }

    /// When seconds are read again.
    pub fn ages(&self) -> Ages {
        self.ages
    }

    /// What a store should keep.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Takes a read in.
    pub fn record(&mut self, read: Read) {
        let was = self.cut(read.interval);
        let mut fresh = Vec::with_capacity(was.len() * 2 + REREADS);
        let mut at = read.interval.from;
        for span in was {
            self.push_by_age(&mut fresh, Interval::new(at, span.interval.from), read, None);
            self.push_by_age(&mut fresh, Some(span.interval), read, Some(span));
            at = span.interval.to;
        }
        self.push_by_age(&mut fresh, Interval::new(at, read.interval.to), read, None);
        self.insert(fresh);
    }

    /// Forgets that these seconds were read.
    pub fn forget(&mut self, interval: Interval) {
        self.cut(interval);
    }

    /// Forgets everything before this second, which is no longer of interest.
    pub fn forget_before(&mut self, second: Second) {
        self.cut(Interval { from: Second::MIN, to: second });
    }

    /// Forgets everything from this second on, which cannot have been read yet.
    pub fn forget_from(&mut self, second: Second) {
        if self.edge().is_some_and(|edge| edge > second) {
            self.cut(Interval { from: second, to: Second::MAX });
        }
    }

    /// Takes an interval out and hands back what it held.
    fn cut(&mut self, interval: Interval) -> Vec<Span> {
        let mut out = Vec::new();
        let mut kept = Vec::with_capacity(self.spans.len() + 1);
        for span in self.spans.drain(..) {
            let piece = |part: Interval| Span { interval: part, ..span };
            kept.extend(Interval::new(span.interval.from, span.interval.to.min(interval.from)).map(piece));
            out.extend(span.interval.meet(interval).map(piece));
            kept.extend(Interval::new(span.interval.from.max(interval.to), span.interval.to).map(piece));
        }
        self.spans = kept;
        out
    }

    fn insert(&mut self, fresh: Vec<Span>) {
        let Some(first) = fresh.first() else { return };
        let at = self.spans.partition_point(|span| span.interval.from < first.interval.from);
        self.spans.splice(at..at, fresh);
        self.spans.dedup_by(|next, span| {
            let joins = span.joins(next);
            if joins {
                span.interval.to = next.interval.to;
                span.read_at = span.read_at.max(next.read_at);
            }
            joins
        });
    }

    /// The end of the newest second that was read.
    pub fn edge(&self) -> Option<Second> {
        self.spans.last().map(|span| span.interval.to)
    }

    /// Whether this second was read.
    pub fn holds(&self, second: Second) -> bool {
        let at = self.spans.partition_point(|span| span.interval.to <= second);
        self.spans.get(at).is_some_and(|span| span.interval.from <= second)
    }

    /// Whether nothing more is looked for within these seconds.
    pub fn is_proven(&self, within: Interval) -> bool {
        let proven = self.spans.iter().filter(|span| span.is_proven());
        let proven = proven.filter_map(|span| span.interval.meet(within));
        proven.map(Interval::secs).sum::<Second>() == within.secs()
    }

    /// What has never been read within these seconds, oldest first.
    pub fn gaps(&self, within: Interval) -> Vec<Interval> {
        let mut gaps = Vec::new();
        let mut at = within.from;
        for span in &self.spans {
            gaps.extend(Interval::new(at, span.interval.from.min(within.to)));
            at = at.max(span.interval.to);
        }
        gaps.extend(Interval::new(at, within.to));
        gaps
    }

    /// When something was last read.
    pub fn last_read(&self) -> Option<Second> {
        self.spans.iter().map(|span| span.read_at).max()
    }

    /// What should be read again at `now`, at most `longest` seconds of it and nothing before `oldest`: what had to be read soonest
    /// first. Where there are fewer turns than re-reads, all come later and serve more seconds each, and none is left out.
    pub fn due(&self, now: Second, oldest: Second, longest: Second) -> Option<Interval> {
        let ages = self.ages;
        let deadline = |span: Span| Some((span.due_at(ages)? + span.patience(ages), span.interval));
        let ready = self.since(oldest).filter_map(deadline).filter(|(deadline, _)| *deadline <= now);
        let (_, first) = ready.min_by_key(|(deadline, interval)| (*deadline, interval.from))?;
        let mut due: Option<Interval> = None;
        for span in self.since(first.from) {
            let contiguous = due.is_none_or(|due| due.to == span.interval.from);
            if !contiguous || span.due_at(ages).is_none_or(|at| at > now) {
                break;
            }
            let from = due.map_or(span.interval.from, |due| due.from);
            due = Some(Interval { from, to: span.due_to(ages, now) });
        }
        due.map(|due| Interval { to: due.to.min(due.from + longest.max(1)), ..due })
    }

    /// When [`Coverage::due`] will have something, if nothing else is read until then.
    pub fn next_due(&self, oldest: Second) -> Option<Second> {
        self.since(oldest).filter_map(|span| Some(span.due_at(self.ages)? + span.patience(self.ages))).min()
    }

    /// The spans, without what lies before this second.
    fn since(&self, oldest: Second) -> impl Iterator<Item = Span> {
        self.spans.iter().filter_map(move |span| span.since(oldest))
    }

    /// For how long the re-read of something from `oldest` on has been overdue that waits longest; 0 if nothing is.
    pub fn overdue(&self, now: Second, oldest: Second) -> Second {
        let ages = self.ages;
        let deadline = |span: Span| Some(span.due_at(ages)? + span.patience(ages));
        self.since(oldest).filter_map(deadline).min().map_or(0, |deadline| (now - deadline).max(0))
    }

    /// Seconds from `oldest` on whose re-read is overdue by more than its patience and `slack`: what could not be read again in time.
    pub fn unproven(&self, now: Second, oldest: Second, slack: Second) -> Second {
        let ages = self.ages;
        let overdue =
            |span: &Span| span.due_at(ages).is_some_and(|due| due + span.patience(ages) + slack < now);
        let overdue = self.since(oldest).filter(overdue);
        overdue.map(|span| (span.due_to(ages, now) - span.interval.from).max(0)).sum()
    }

    /// The span or spans of an interval after a read: split where an age had just passed.
    fn push_by_age(&self, into: &mut Vec<Span>, interval: Option<Interval>, read: Read, was: Option<Span>) {
        let Some(interval) = interval else { return };
        let mut to = interval.to;
        let mut pieces = Vec::with_capacity(REREADS + 1);
        // Younger seconds, at the end, have passed fewer ages: walk back over the boundaries.
        for (ages, age) in (0u8..).zip(self.ages.iter()) {
            let boundary = (read.at - age + 1).clamp(interval.from, to);
            pieces.extend(Interval::new(boundary, to).map(|part| (part, ages)));
            to = boundary;
        }
        pieces.extend(Interval::new(interval.from, to).map(|part| (part, Span::ALL_AGES)));
        for (part, ages) in pieces.into_iter().rev() {
            let ages = ages.max(was.map_or(0, |span| span.ages));
            // Before the last age it would mean nothing, and keep apart spans that are otherwise alike.
            let quiet = ages == Span::ALL_AGES && was.is_some() && read.new_ids == 0;
            into.push(Span { interval: part, ages, quiet, read_at: read.at });
        }
    }
}
