//! The event of something that happened to a connector, beside those of sign-ins: where these come to be missed, it says why.
//!
//! Names are Cato's for connectors; type *System* keeps them apart from sign-ins.

use collector::event::{EventMetadata, LogEvent, ObjectMap, Value};
use collector::health::ConnectorReport;
use jiff::Timestamp;
use uuid::Uuid;

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Happening {
    /// Another status, or another reason for it.
    Status,
    /// A comparison has found sign-ins that were never delivered.
    Gap {
        /// How many.
        missing: u64,
    },
    /// The credential expires soon, or has.
    CredentialExpires {
        /// When.
        at: Timestamp,
    },
}

impl Happening {
    const fn sub_type(self) -> &'static str {
        match self {
            Self::Status => "Connector Status",
            Self::Gap { .. } => "Connector Gap",
            Self::CredentialExpires { .. } => "Connector Credential",
        }
    }

    fn message(self, report: &ConnectorReport) -> String {
        let way_out = report.way_out.as_ref().map(|way_out| way_out.text.as_str());
        match self {
            Self::Status => [Some(report.message.as_str()), way_out]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
            Self::Gap { missing } => {
                format!(
                    "Microsoft shows {missing} sign-ins that were never delivered; `reconcile --repair` fetches them."
                )
            }
            Self::CredentialExpires { at } => {
                format!("Its credential expires at {at}: renew it, or add the next one as auth.next.")
            }
        }
    }
}

/// The event of what happened to a connector at this time, each time another one.
pub(crate) fn notice(happening: Happening, report: &ConnectorReport, at: Timestamp) -> LogEvent {
    let id = Uuid::new_v4();
    let mut fields = ObjectMap::new();
    let mut put = |name: &'static str, value: Value| {
        fields.insert(name.into(), value);
    };
    put("event_type", Value::fixed("System"));
    put("event_sub_type", Value::fixed(happening.sub_type()));
    put("event_id", id.to_string().into());
    put("event_count", Value::Integer(1));
    put("time", at.as_millisecond().into());
    put("time_str", at.to_string().into());
    put("vendor", Value::fixed("Microsoft"));
    put("service_name", Value::fixed("Microsoft Entra ID"));
    put("tenant_id", report.tenant_id.as_str().into());
    put("connector_name", report.name.as_str().into());
    put("connector_type", Value::fixed(report.application));
    put("connector_status", report.status.to_string().into());
    put("event_message", happening.message(report).into());
    if happening == Happening::Status {
        put("failure_reason", report.reason.as_str().into());
    }
    if let Some(name) = &report.tenant_name {
        put("tenant_name", name.as_str().into());
    }
    if let Some(parent) = &report.parent {
        put("parent_connector_name", parent.as_str().into());
    }
    let mut metadata = EventMetadata::default();
    metadata.source_event_id = Some(id);
    metadata.timestamp = Some(at);
    LogEvent::from_map(fields, metadata)
}
