//! From a sign-in to Cato's *Application Sign-in* event.
//!
//! [`fields`] is the one table: each row names a Cato field, says where it comes from and holds the function that
//! makes its value. [`event`] walks the table, so neither can say something that the other does not do. A field
//! that does not apply is absent: no null, no empty text, no empty list.

mod address;
mod country;
mod device;
mod field;
mod fields;
pub mod map;
mod notice;
mod subject;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use field::{Confidence, Field, Kind};
pub use fields::fields;
pub(crate) use notice::{Happening, notice};

use bytes::Bytes;
use collector::event::{EventMetadata, LogEvent, ObjectMap};

use crate::config::{IpRange, TenantId};
use crate::graph::sign_in::SignIn;
use subject::Subject;

/// What the event says of the connector that read the sign-in.
#[derive(Clone, Debug, Default)]
pub struct ConnectorFacts {
    /// The tenant whose log this is; without it events have no `event_id`.
    pub tenant_id: Option<TenantId>,
    /// The tenant's name, as configured or as Microsoft displays it.
    pub tenant_name: Option<String>,
    /// The Azure AD connector.
    pub connector_name: Option<String>,
    /// The Microsoft 365 connector above it.
    pub parent_connector_name: Option<String>,
    /// The Cato account.
    pub account_id: Option<i64>,
    /// Addresses by which the tenant's users leave through Cato.
    pub cato_egress_ranges: Vec<IpRange>,
    /// Whether the record itself becomes `raw_data`.
    pub include_raw: bool,
}

/// The event of a sign-in. `raw` is the record's bytes, which go along as metadata and are where `raw_data`
/// comes from.
///
/// ```
/// use entra_signins::cato::{self, ConnectorFacts};
/// use entra_signins::graph::sign_in::{NotASignIn, SignIn};
///
/// let record = br#"{"id": "1", "createdDateTime": "2026-03-02T08:15:27Z", "status": {"errorCode": 50126}}"#;
/// let event = cato::event(&SignIn::parse(record)?, &ConnectorFacts::default(), None);
/// assert_eq!(event.get("failure_reason").and_then(|reason| reason.as_str()), Some("50126"));
/// # Ok::<(), NotASignIn>(())
/// ```
pub fn event(sign_in: &SignIn<'_>, connector: &ConnectorFacts, raw: Option<Bytes>) -> LogEvent {
    let subject = Subject::new(sign_in, connector, raw.as_deref());
    let rows = fields::sorted();
    let mut values = ObjectMap::with_capacity(rows.len());
    // The rows come sorted, so that each value goes to the end.
    values.extend(rows.iter().filter_map(|field| Some((field.name.into(), field.value_of(&subject)?))));
    let mut metadata = EventMetadata::default();
    metadata.source_event_id = subject.event_id.map(|id| id.0);
    metadata.timestamp = Some(sign_in.created_date_time.timestamp());
    metadata.raw = raw;
    LogEvent::from_map(values, metadata)
}
