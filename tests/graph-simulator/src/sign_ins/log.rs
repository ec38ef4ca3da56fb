//! The log of one tenant: history made at the start, live sign-ins as the clock moves, and what a test adds.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::lateness::Lateness;
use super::{Entry, SignInKind};
use crate::clock::{Nanos, SECOND, span};
use crate::config::{History, KindMix};
use crate::records::draw::{Draw, mix};

/// What the log makes its entries from.
pub(crate) struct Source {
    /// The tenant's own seed.
    pub(crate) seed: u64,
    pub(crate) mix: KindMix,
    pub(crate) lateness: Lateness,
    /// Share of sign-ins whose time has a fraction of a second.
    pub(crate) fractional: f64,
}

/// A sign-in that differs from what the seed would make.
#[derive(Default)]
pub(crate) struct Special {
    /// Properties laid over the generated record.
    pub(crate) overlay: Map<String, Value>,
    /// Properties laid over it from an instant on, in the order given.
    pub(crate) changes: Vec<(Nanos, Map<String, Value>)>,
}

struct Live {
    per_second: f64,
    since: Nanos,
    made: u64,
}

/// See the module.
pub(crate) struct SignInLog {
    pub(crate) source: Source,
    /// Sorted by [`Entry::key`].
    entries: Vec<Entry>,
    /// `created` of every entry by its number, to find it in `entries`.
    created: Vec<Nanos>,
    specials: HashMap<u32, Special>,
    renamed: HashMap<String, u32>,
    live: Live,
}

impl SignInLog {
    /// A log that holds `history` up to `now` and grows by `per_second` from there.
    pub(crate) fn new(source: Source, history: History, per_second: f64, now: Nanos) -> Self {
        let mut log = Self {
            source,
            entries: Vec::with_capacity(history.sign_ins),
            created: Vec::with_capacity(history.sign_ins),
            specials: HashMap::new(),
            renamed: HashMap::new(),
            live: Live { per_second, since: now, made: 0 },
        };
        log.fill(history, now);
        log
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "times are drawn, not exact"
    )]
    fn fill(&mut self, History { sign_ins, span: width }: History, now: Nanos) {
        let (width, total) = (span(width) as f64, sign_ins as f64);
        for index in 0..sign_ins {
            let place = index as f64 + Draw::new(self.source.seed ^ 1, index as u64).fraction();
            let before_now = (width * (1.0 - place / total)) as Nanos;
            self.push(now - before_now, None, None);
        }
        self.sort(0);
    }

    /// Makes the live sign-ins that happened until `now`.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "times are drawn, not exact"
    )]
    pub(crate) fn advance(&mut self, now: Nanos) {
        if self.live.per_second <= 0.0 {
            return;
        }
        let before = self.entries.len();
        let step = SECOND as f64 / self.live.per_second;
        loop {
            let at = self.live.since + ((self.live.made + 1) as f64 * step) as Nanos;
            if at > now {
                break;
            }
            self.live.made += 1;
            self.push(at, None, None);
        }
        self.sort(before);
    }

    /// Changes the live rate from `now` on.
    pub(crate) fn set_rate(&mut self, per_second: f64, now: Nanos) {
        self.advance(now);
        self.live = Live { per_second, since: now, made: 0 };
    }

    /// Adds one sign-in; the caller sorts when it has added all.
    pub(crate) fn push(&mut self, at: Nanos, kind: Option<SignInKind>, appears: Option<Nanos>) -> u32 {
        let seq = u32::try_from(self.created.len()).unwrap_or(u32::MAX);
        let mut draw = Draw::new(self.source.seed ^ 2, u64::from(seq));
        let kind = kind.unwrap_or_else(|| self.source.mix.pick(&mut draw));
        let digits = if draw.share(self.source.fractional) { 1 + draw.below(7) } else { 0 };
        let digits = u8::try_from(digits).unwrap_or(0);
        let unit = SECOND / 10_i64.pow(u32::from(digits));
        let created = at - at.rem_euclid(unit);
        let appears = appears.unwrap_or_else(|| at + self.source.lateness.draw(&mut draw));
        self.entries.push(Entry { created, appears, seq, kind, digits });
        self.created.push(created);
        seq
    }

    /// Adds one sign-in at exactly `created`, whose fraction is written with as many digits as it needs (7 at most).
    pub(crate) fn push_exact(
        &mut self,
        created: Nanos,
        kind: Option<SignInKind>,
        appears: Option<Nanos>,
        special: Special,
    ) -> u32 {
        let created = created - created.rem_euclid(100);
        let seq = self.push(created, kind, appears);
        let digits = (0..=7_u8).find(|digits| created % (SECOND / 10_i64.pow(u32::from(*digits))) == 0);
        if let (Some(entry), Some(slot)) = (self.entries.last_mut(), self.created.last_mut()) {
            entry.created = created;
            entry.digits = digits.unwrap_or(7);
            *slot = created;
        }
        if let Some(id) = special.overlay.get("id").and_then(Value::as_str) {
            self.renamed.insert(id.to_owned(), seq);
        }
        if !special.overlay.is_empty() || !special.changes.is_empty() {
            self.specials.insert(seq, special);
        }
        seq
    }

    /// Puts the entries in order after those from index `from` on were added; cheap when they came in order.
    pub(crate) fn sort(&mut self, from: usize) {
        let added = self.entries.get(from.saturating_sub(1)..).unwrap_or(&[]);
        if !added.is_sorted_by_key(Entry::key) {
            self.entries.sort_by_key(Entry::key);
        }
    }

    /// All entries, in order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries created from `from` to `to`, both inclusive.
    pub(crate) fn between(&self, from: Nanos, to: Nanos) -> &[Entry] {
        let start = self.entries.partition_point(|e| e.created < from);
        let end = self.entries.partition_point(|e| e.created <= to);
        self.entries.get(start..end).unwrap_or(&[])
    }

    /// The entry with this id.
    pub(crate) fn find(&self, id: &str) -> Option<Entry> {
        let seq = match self.renamed.get(id) {
            Some(seq) => *seq,
            None => seq_of(self.source.seed, &Uuid::try_parse(id).ok()?)?,
        };
        let key = (*self.created.get(usize::try_from(seq).ok()?)?, seq);
        let index = self.entries.binary_search_by_key(&key, Entry::key).ok()?;
        self.entries.get(index).copied()
    }

    /// The id of the record with this number.
    pub(crate) fn id(&self, seq: u32) -> String {
        self.specials
            .get(&seq)
            .and_then(|special| special.overlay.get("id")?.as_str())
            .map_or_else(|| id_of(self.source.seed, seq).to_string(), str::to_owned)
    }

    pub(crate) fn special(&self, seq: u32) -> Option<&Special> {
        self.specials.get(&seq)
    }

    /// Lays `change` over a record from `at` on; false when there is no such record.
    pub(crate) fn change(&mut self, id: &str, at: Nanos, change: Map<String, Value>) -> bool {
        let Some(entry) = self.find(id) else { return false };
        let changes = &mut self.specials.entry(entry.seq).or_default().changes;
        changes.push((at, change));
        changes.sort_by_key(|(at, _)| *at);
        true
    }
}

/// The id of number `seq`: random to look at, but the number can be read back with the seed.
pub(crate) fn id_of(seed: u64, seq: u32) -> Uuid {
    let high = mix(seed ^ 3_u64 ^ mix(u64::from(seq)));
    let high = (high & !0xf000) | 0x4000;
    let low = (u64::from(seq) ^ mix(high ^ seed)) & LOW_BITS;
    Uuid::from_u64_pair(high, low | (0b10 << 62))
}

const LOW_BITS: u64 = (1 << 62) - 1;

fn seq_of(seed: u64, id: &Uuid) -> Option<u32> {
    let (high, low) = id.as_u64_pair();
    let seq = u32::try_from((low ^ mix(high ^ seed)) & LOW_BITS).ok()?;
    (id_of(seed, seq) == *id).then_some(seq)
}
