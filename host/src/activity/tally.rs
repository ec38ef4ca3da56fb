//! Counting some events, in memory.

use std::borrow::Cow;
use std::collections::HashMap;

use super::sign_in::SignIn;
use crate::journal::StoredEvent;

/// Seconds of an hour: counts by value are kept so fine.
pub(super) const HOUR: i64 = 3_600;
/// Seconds of a slot: counts over time are kept so fine.
pub(super) const SLOT: i64 = 900;
/// A value is kept up to so many bytes: nobody reads more in a table.
const LONGEST: usize = 120;

/// By what sign-ins are counted.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Dimension {
    /// Which application.
    Application = 1,
    /// From where.
    Country = 2,
    /// Who; of failed ones alone.
    User = 3,
    /// With which operating system.
    Os = 4,
    /// With which browser.
    Browser = 5,
    /// How risky Microsoft holds it.
    Risk = 6,
    /// With what sort of client.
    ClientClass = 7,
    /// From a compliant device or not.
    Compliant = 8,
    /// From a managed device or not.
    Managed = 9,
    /// From outside Cato or not.
    OutsideCato = 10,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Application,
        Self::Country,
        Self::User,
        Self::Os,
        Self::Browser,
        Self::Risk,
        Self::ClientClass,
        Self::Compliant,
        Self::Managed,
        Self::OutsideCato,
    ];

    /// The event's field that it is.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Application => "application_name",
            Self::Country => "src_country",
            Self::User => "user_name",
            Self::Os => "os_type",
            Self::Browser => "browser_type",
            Self::Risk => "risk_level",
            Self::ClientClass => "client_class",
            Self::Compliant => "is_compliant",
            Self::Managed => "is_managed",
            Self::OutsideCato => "out_of_band_access",
        }
    }

    /// What an event has of it.
    fn of<'e>(self, sign_in: &'e SignIn<'_>) -> Option<&'e str> {
        let word = |truth: bool| if truth { "true" } else { "false" };
        match self {
            Self::Application => sign_in.application_name.as_deref(),
            Self::Country => sign_in.src_country.as_deref(),
            Self::User => sign_in.user_name.as_deref().filter(|_| sign_in.is_failed()),
            Self::Os => sign_in.os_type.as_deref(),
            Self::Browser => sign_in.browser_type.as_deref(),
            Self::Risk => sign_in.risk_level.as_deref(),
            Self::ClientClass => sign_in.client_class.as_deref(),
            Self::Compliant => sign_in.is_compliant.map(word),
            Self::Managed => sign_in.is_managed.map(word),
            Self::OutsideCato => sign_in.out_of_band_access.map(word),
        }
    }
}

/// A number of sign-ins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Count {
    pub(super) sign_ins: u64,
    pub(super) failed: u64,
}

impl Count {
    pub(super) fn add(&mut self, other: Self) {
        self.sign_ins += other.sign_ins;
        self.failed += other.failed;
    }
}

/// Whose sign-ins: tenant and kind.
pub(super) type Whose = (String, String);

/// The counts of some events.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By hour, tenant, kind, dimension and value.
    pub(super) values: HashMap<(i64, Whose, Dimension, String), Count>,
    /// By slot, tenant and kind.
    pub(super) slots: HashMap<(i64, Whose), Count>,
    /// Names of tenants.
    pub(super) names: HashMap<String, String>,
}

impl Tally {
    /// Counts these. What is no sign-in, and what is a new revision of one, does not count.
    pub(super) fn of(events: &[StoredEvent]) -> Self {
        let mut tally = Self::default();
        for event in events.iter().filter(|event| event.revision == 0) {
            if let Ok(sign_in) = serde_json::from_slice::<SignIn<'_>>(&event.json) {
                tally.add(&sign_in);
            }
        }
        tally
    }

    fn add(&mut self, sign_in: &SignIn<'_>) {
        let (Some(tenant), Some(_action)) = (&sign_in.tenant_id, &sign_in.action) else { return };
        let kind = sign_in.kinds.first().map_or("", Cow::as_ref);
        let (whose, second) = ((short(tenant), short(kind)), sign_in.time.div_euclid(1_000));
        let count = Count { sign_ins: 1, failed: u64::from(sign_in.is_failed()) };
        self.slots.entry((second.div_euclid(SLOT), whose.clone())).or_default().add(count);
        for dimension in Dimension::ALL {
            if let Some(value) = dimension.of(sign_in) {
                let key = (second.div_euclid(HOUR), whose.clone(), dimension, short(value));
                self.values.entry(key).or_default().add(count);
            }
        }
        if let Some(name) = &sign_in.tenant_name {
            self.names.insert(whose.0, short(name));
        }
    }
}

fn short(text: &str) -> String {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
