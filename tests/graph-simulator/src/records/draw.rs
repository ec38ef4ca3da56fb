//! A seeded source of choices: the same seed and stream give the same record for ever.
//!
//! SplitMix64, written out because records must not change when a library changes its generator.

use uuid::Uuid;

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's finalizer: a bijection that spreads neighbouring numbers over all 64 bits.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A stream of choices.
pub(crate) struct Draw(u64);

impl Draw {
    /// The stream number `stream` of `seed`; streams of one seed are independent.
    pub(crate) const fn new(seed: u64, stream: u64) -> Self {
        Self(mix(seed ^ mix(stream.wrapping_add(GAMMA))))
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0)
    }

    /// A number below `limit` (0 for a limit of 0).
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let scaled = (u128::from(self.next()) * limit as u128) >> 64;
        usize::try_from(scaled).unwrap_or(0)
    }

    /// A number in 0 to 1, never 0.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub(crate) fn fraction(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// True once in `times` on average.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// True for this share (0 to 1) of calls.
    pub(crate) fn share(&mut self, share: f64) -> bool {
        share > 0.0 && self.fraction() <= share
    }

    /// One of `items`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A random-looking GUID (version 4 in form).
    pub(crate) fn guid(&mut self) -> Uuid {
        let random = Uuid::from_u64_pair(self.next(), self.next());
        uuid::Builder::from_random_bytes(random.into_bytes()).into_uuid()
    }
}
