//! A page of a walk, and the token that leads to the next one.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Nanos;
use crate::faults::LinkPart;
use crate::sign_ins::Entry;

/// A place in the log: the instant and number of a record.
pub(crate) type Place = (Nanos, u32);

/// What a page will show.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<NextLink>,
    pub(crate) count: Option<usize>,
    /// Records, as JSON, that are in no log; they stand before the others.
    pub(crate) extras: Vec<String>,
    pub(crate) decoration: Decoration,
}

/// Changes to all records of a page.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decoration {
    pub(crate) unknown_fields: bool,
    pub(crate) unknown_enum_values: bool,
    pub(crate) padding_kibibytes: usize,
}

/// Where `@odata.nextLink` leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextLink {
    /// Behind this record.
    After(Place),
    /// To this page again.
    Same,
    /// Away, in this respect.
    Foreign(LinkPart, Place),
}

/// The content of a `$skiptoken`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageToken {
    pub(crate) after: Place,
    /// When it was made, by the simulator's monotonic clock.
    pub(crate) issued: Duration,
    /// The [fingerprint](super::query::ListQuery::fingerprint) of the query.
    pub(crate) query: u64,
}

impl PageToken {
    pub(crate) fn encode(&self) -> String {
        let issued = u64::try_from(self.issued.as_nanos()).unwrap_or(u64::MAX);
        let (created, seq) = self.after;
        let parts: [&[u8]; 4] =
            [&created.to_be_bytes(), &seq.to_be_bytes(), &issued.to_be_bytes(), &self.query.to_be_bytes()];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (created, rest) = bytes.split_first_chunk()?;
        let (seq, rest) = rest.split_first_chunk()?;
        let (issued, rest) = rest.split_first_chunk()?;
        let (query, rest) = rest.split_first_chunk()?;
        rest.is_empty().then(|| Self {
            after: (Nanos::from_be_bytes(*created), u32::from_be_bytes(*seq)),
            issued: Duration::from_nanos(u64::from_be_bytes(*issued)),
            query: u64::from_be_bytes(*query),
        })
    }
}
