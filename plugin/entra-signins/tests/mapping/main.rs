//! The mapping from Graph's sign-in record to Cato's event, through the crate's public face.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests")]

mod anything;
mod complete;
mod samples;
mod table;

use bytes::Bytes;
use collector::event::LogEvent;
use entra_signins::cato::{self, ConnectorFacts};
use entra_signins::config::IpRange;
use entra_signins::graph::sign_in::{NotASignIn, SignIn};

/// A fixture's name, record and event.
macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../fixtures/sign_ins/", $name, ".json")),
            include_str!(concat!("../fixtures/sign_ins/", $name, ".event.json")),
        )
    };
}

/// Names, records and the events expected of them, written by hand.
const FIXTURES: [(&str, &str, &str); 4] = [
    fixture!("interactive_user"),
    fixture!("non_interactive_user"),
    fixture!("service_principal"),
    fixture!("managed_identity"),
];

/// A connector of which everything is known.
fn connector() -> ConnectorFacts {
    let range = |network: &str, prefix| IpRange { network: network.parse().unwrap(), prefix };
    ConnectorFacts {
        tenant_id: Some("c0ffee00-1234-4abc-8def-0123456789ab".parse().unwrap()),
        tenant_name: Some("Contoso Ltd".to_owned()),
        connector_name: Some("Contoso sign-ins".to_owned()),
        parent_connector_name: Some("Contoso".to_owned()),
        account_id: Some(1714),
        cato_egress_ranges: vec![range("198.51.100.0", 24), range("2001:db8:85a3::", 48)],
        include_raw: false,
    }
}

/// The event of a record.
fn event(record: &str, connector: &ConnectorFacts) -> Result<LogEvent, NotASignIn> {
    let sign_in = SignIn::parse(record.as_bytes())?;
    Ok(cato::event(&sign_in, connector, Some(Bytes::copy_from_slice(record.as_bytes()))))
}

/// An event's fields as a reader gets them.
fn written(event: &LogEvent) -> serde_json::Value {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}
